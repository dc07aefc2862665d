// Proves that a case can fail: with its mutant applied it must.
#pragma once

#include "model/case.h"
#include "model/finding.h"
#include "run/run_case.h"

namespace fwproof::run {

/// Runs the case with the mutant. The outcome is pass if a check no longer holds, fail if all do,
/// and error if it could not be run or evidence was lost.
CaseResult run_mutant(const Case& c, const Mutant& mutant, Backend backend,
                      const RunOptions& options);

/// "remove nat PREROUTING rule 1 on gw", for people.
std::string describe(const Mutant& mutant);

}  // namespace fwproof::run
