// Where in a file something was written. line and column count from 1; line 0 means unknown.
#pragma once

#include <string>

namespace fwproof {

struct Location {
  std::string file;
  int line = 0;
  int column = 0;
  bool operator==(const Location&) const = default;
};

}  // namespace fwproof
