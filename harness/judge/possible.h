// Can a pattern fit anything at all, with the rules that a node has? Where it cannot, that nothing
// fitted proves nothing.
#pragma once

#include <string>

#include "model/case.h"
#include "model/seen.h"

namespace fwproof::judge {

/// Why no packet can ever meet what the pattern of a `never` names: "node 'W': the rule 'filter
/// INPUT rule 9' of 'never' does not exist: filter INPUT has 2 rules". Empty if one can, or if the
/// node's rules are not known.
std::string why_never_fits(const StepPattern& pattern, const std::string& node, const Seen& seen);

/// "node 'W': the lines of the rules of 'filter INPUT' are not known", if the pattern names a rule
/// by its line and some of the chain's have none; else empty.
std::string lines_unknown(const StepPattern& pattern, const std::string& node, const Seen& seen);

/// "node 'W': which element of 'banned' it found is not known: ...", if the pattern names an
/// element that none of the steps of these walks is known to have found, and one may have; else
/// empty.
std::string element_unknown(const StepPattern& pattern, const std::string& node,
                            const std::vector<Walk>& walks);

/// Can the pattern speak of a step in this hook? True also where that is not known.
bool may_be_met_in(const StepPattern& pattern, Hook hook, const std::string& node,
                   const Seen& seen);

}  // namespace fwproof::judge
