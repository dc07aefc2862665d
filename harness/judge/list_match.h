// Lists of a case (steps of a walk, hooks) against the things that were seen: exact, contains,
// never.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/case.h"

namespace fwproof::judge {

struct ListMatch {
  ListMode mode = ListMode::exact;
  std::vector<std::string> asserted;  // each pattern as it was written
  size_t seen = 0;                    // how many things there were

  /// How many things, from the one at `at` on, the pattern stands for; 0 if it does not fit there.
  std::function<size_t(size_t pattern, size_t at)> takes;
  /// Never: does the pattern speak of this one thing?
  std::function<bool(size_t pattern, size_t at)> speaks_of;
  /// The thing, in the words that this pattern uses. `pattern` may be one past the last.
  std::function<std::string(size_t pattern, size_t at)> text;
};

/// The first thing in which the two differ, as a sentence; empty if the list holds.
///   exact     every thing is stood for, in order, and nothing is missing
///   contains  the patterns fit in this order; other things may stand between
///   never     no pattern speaks of any thing
std::string first_difference(const ListMatch& match);

/// The list as a case writes it: "[a, b]", "{contains: [a, b]}", "{never: [a, b]}".
std::string asserted_list(ListMode mode, const std::vector<std::string>& patterns);

}  // namespace fwproof::judge
