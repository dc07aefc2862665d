// Assertions taken apart, to be judged one by one.
#pragma once

#include <vector>

#include "model/case.h"

namespace fwproof::judge {

/// Each with a single assertion, in the order of the case: an outcome, one packet's walk in one
/// node, one conntrack entry, one text of a program's output, one counter, ...
std::vector<Assertions> one_by_one(const Assertions& all);

/// How many captures, and so how many pieces of evidence, the checks ask for.
size_t count_captures(const std::vector<FlowChecks>& checks);

}  // namespace fwproof::judge
