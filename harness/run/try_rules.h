// Asks the kernel and the tools what they say of the rules of cases, without running these: each
// ruleset is loaded into its topology, and nothing is sent, no script or program of the user's
// runs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/case.h"

namespace fwproof::run {

struct TriedRules {
  Diagnostics mistakes;  // each once, in the order of the cases
  /// What could not be tried, as parts of one sentence: "2 scripts, and what is loaded after them".
  std::vector<std::string> unchecked;
  int signal = 0;  // that ended it before all was tried
};

/// Leaves the machine's own network (run/privilege.h) and uses as many processes as there are
/// processors. A ruleset that several cases load into one topology is tried once. Rules that
/// mutants bring are not tried. Throws nothing that the machine says: that is in `unchecked`.
TriedRules try_rules(const std::vector<Case>& cases);

}  // namespace fwproof::run
