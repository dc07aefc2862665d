// The difference of two texts in the unified form of diff(1), which patch(1) takes.
#pragma once

#include <string>

namespace fwproof::report {

/// Empty if they are the same. Both are called `path`.
std::string diff(const std::string& path, const std::string& before, const std::string& after);

}  // namespace fwproof::report
