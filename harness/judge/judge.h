// Holds what was seen while a case ran against what the case says must be true. Pure: no kernel, no
// files.
#pragma once

#include <string>
#include <vector>

#include "model/case.h"
#include "model/finding.h"
#include "model/seen.h"

namespace fwproof::judge {

struct Judgement {
  std::vector<Finding> findings;  // checks that do not hold, in the order of the case
  std::vector<Finding> held;      // checks that do, told in the same way, without a note
  // With either of these the case is an error, never a pass.
  std::vector<std::string> lost;          // evidence that is missing or contradicts itself
  std::vector<std::string> unanswerable;  // checks that sound evidence cannot answer

  /// Puts the check where it belongs.
  void settle(bool holds, Finding check);
};

/// `seen` must be of a run of `c` with `backend`. Every check is judged, whatever the others say.
Judgement judge(const Case& c, Backend backend, const Seen& seen);

}  // namespace fwproof::judge
