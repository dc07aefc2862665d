// A case's result as the terminal shows it: one line, and for a red case its story. The story is
// what somebody needs who knows iptables and has never seen fwproof: which check did not hold, what
// was asserted and seen, the walks that matter, and where the evidence lies.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "model/finding.h"
#include "report/layout.h"
#include "report/told.h"

namespace fwproof::report {

/// "pass  nat/masquerade [iptables-nft]  12 ms"; a skip says what is missing. No newline.
std::string one_line(const CaseResult& result, Style style);

/// All there is to say of a case that failed or is an error; empty for others. Ends with a newline.
/// Walks that a finding names or that ended on the way are printed whole, others on a line each.
std::string story(const CaseResult& result, Style style);

/// "41 passed, 1 failed, 0 errors, 2 skipped in 0.8 s". No newline.
std::string summary(const std::vector<Told>& results, std::chrono::microseconds took, Style style);

/// "nat/masquerade [iptables-nft]".
std::string title(const CaseResult& result);

/// The check as a case nests it: "visit: walk gw syn", or "counters gw" where it is of no flow.
std::string title(const Finding& finding);

}  // namespace fwproof::report
