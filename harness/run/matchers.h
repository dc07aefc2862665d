// GoogleMock matchers over flows, walks, conntrack entries and captures. Their arguments are values
// or matchers: StepsIn("gw", ElementsAre("raw PREROUTING", ...)).
#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "run/fwproof.h"

namespace fwproof {

/// A Sent: "connected", "dropped", StartsWith("rejected").
MATCHER_P(OutcomeIs, outcome, "") {
  return testing::ExplainMatchResult(outcome, arg.outcome, result_listener);
}

/// A Sent that has a packet of this name ("syn", "reply data") whose walk matches.
MATCHER_P2(HasWalk, name, walk, "") {
  const auto& walks = arg.seen.walks;
  const auto found =
      std::find_if(walks.begin(), walks.end(), [&](const Walk& w) { return w.name == name; });
  if (found == walks.end()) {
    *result_listener << "no packet of that name; seen:";
    for (const Walk& seen : walks) *result_listener << " '" << seen.name << "'";
    return false;
  }
  return testing::ExplainMatchResult(walk, *found, result_listener);
}

/// A Walk: the list of its steps in a node, in the notation of a case.
MATCHER_P2(StepsIn, node, steps, "") {
  return testing::ExplainMatchResult(steps, steps_in(arg, node), result_listener);
}

/// A Walk: the list of hooks it met in a node, "INPUT in lo".
MATCHER_P2(HooksIn, node, hooks, "") {
  return testing::ExplainMatchResult(hooks, hooks_met_in(arg, node), result_listener);
}

/// A Walk: "delivered to web", HasSubstr("dropped at gw").
MATCHER_P(Ended, how, "") {
  return testing::ExplainMatchResult(how, to_string(arg.end), result_listener);
}

/// A ConntrackEntry of a node, by its two tuples: "1.2.3.4:60000 -> 203.0.113.1:8080".
MATCHER_P3(EntryOn, node, original, reply, "") {
  return arg.node == node && to_string(arg.original) == original && to_string(arg.reply) == reply;
}

/// A ConntrackEntry: SEEN_REPLY, ASSURED, SRC_NAT, ...
MATCHER_P(HasStatus, status, "") {
  return testing::ExplainMatchResult(testing::Contains(status), arg.status, result_listener);
}

/// A CaptureSeen: how many packets passed its filter.
MATCHER_P(Captured, packets, "") {
  return testing::ExplainMatchResult(packets, arg.packets, result_listener);
}

}  // namespace fwproof
