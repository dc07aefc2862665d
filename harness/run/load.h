// Reads what the command line names: all of it, and all its mistakes at once.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
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

/// Which files of each kind are good, and what is wrong with the others.
struct Validated {
  size_t cases = 0;
  size_t topologies = 0;
  std::vector<std::string> rules;  // *.rules and *.nft, also those that no case names
  size_t wrong = 0;
  Diagnostics mistakes;
  std::vector<Case> loaded;  // the good cases, each row by itself
};

/// Reads every file below the paths and throws nothing but for a path that is not there.
Validated validate(const std::vector<std::string>& paths);

}  // namespace fwproof::run
