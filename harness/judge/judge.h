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
  std::vector<Finding> findings;    // checks that do not hold, in the order of the case
  std::vector<std::string> errors;  // evidence that was lost or contradicts itself, and checks that
                                    // cannot be answered: the case is then an error, never a pass
};

/// `seen` must be of a run of `c` with `backend`. Every check is judged, whatever the others say.
Judgement judge(const Case& c, Backend backend, const Seen& seen);

}  // namespace fwproof::judge
