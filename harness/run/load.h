// Reads what the command line names: all of it, and all its mistakes at once.
#pragma once

#include <string>
#include <vector>

#include "model/case.h"

namespace fwproof::run {

/// Every case below the paths; topology files (with `nodes`) are passed over. Throws BadInput with
/// the mistakes of all files.
std::vector<Case> load_cases(const std::vector<std::string>& paths);

struct Loaded {
  std::vector<Case> cases;
  std::vector<Topology> topologies;
};

/// The same, with the topologies.
Loaded load_everything(const std::vector<std::string>& paths);

}  // namespace fwproof::run
