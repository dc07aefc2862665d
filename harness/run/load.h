// Reads what the command line names: all of it, and all its mistakes at once.
#pragma once

#include <string>
#include <vector>

#include "model/case.h"
#include "parse/parse.h"

namespace fwproof::run {

/// One file, as parse::load_case() has it, with the filters of its captures tried as well. Throws
/// BadInput.
std::vector<Case> load_case(const std::string& path, const std::string& root,
                            parse::Checks checks = parse::Checks::needed);

/// Every case below the paths, each file once; topology files (with `nodes`) are passed over. Where
/// the names of two would give one folder of evidence, both are called by their paths. Throws
/// BadInput with the mistakes of all files.
std::vector<Case> load_cases(const std::vector<std::string>& paths,
                             parse::Checks checks = parse::Checks::needed);

struct Loaded {
  std::vector<Case> cases;
  std::vector<Topology> topologies;
};

/// The same, with the topologies.
Loaded load_everything(const std::vector<std::string>& paths);

}  // namespace fwproof::run
