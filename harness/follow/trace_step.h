// What one message of the trace says, as a step of a walk: with the rule's number, text, comment
// and place from the rules that were in force when the packet met it.
#pragma once

#include "model/rules_in_force.h"
#include "model/trace.h"
#include "model/walk.h"

namespace fwproof::follow {

/// Null if the rules in force have no such chain.
const Chain* chain_of(const TraceEvent& event, const RulesByNode& rules);

/// `backend` decides whether a policy is written DROP or drop. Where the rule is not known, the
/// step has what the trace told alone. `visit` is that of the hook, up to this step.
Step make_step(const TraceEvent& event, Backend backend, const RulesByNode& rules,
               const HookVisit& visit);

}  // namespace fwproof::follow
