// GoogleMock matchers over flows, walks, conntrack entries and captures. Their arguments are values
// or matchers: StepsIn("gw", ElementsAre("raw PREROUTING", ...)).
#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <ostream>
#include <string>

#include "run/fwproof.h"

namespace fwproof {

inline void PrintTo(const Sent& sent, std::ostream* out) { *out << "\n" << to_text(sent); }
inline void PrintTo(const Walk& walk, std::ostream* out) { *out << "\n" << to_text(walk); }

namespace detail {

/// "has an outcome which is equal to "dropped"".
template <typename T, typename M>
std::string which(const std::string& what, const M& matcher, bool negation) {
  return (negation ? "not: " : "") + what + " which " + testing::DescribeMatcher<T>(matcher);
}

}  // namespace detail

/// A Sent: "connected", "dropped", StartsWith("rejected").
MATCHER_P(OutcomeIs, outcome, detail::which<std::string>("has an outcome", outcome, negation)) {
  return testing::ExplainMatchResult(outcome, arg.outcome, result_listener);
}

/// A Sent that has a packet of this name ("syn", "reply data") whose walk matches.
MATCHER_P2(HasWalk, name, walk,
           detail::which<Walk>(std::string("has a packet '") + name + "'", walk, negation)) {
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
MATCHER_P2(StepsIn, node, steps,
           detail::which<std::vector<std::string>>(std::string("has steps in ") + node, steps,
                                                   negation)) {
  return testing::ExplainMatchResult(steps, steps_in(arg, node), result_listener);
}

/// A Walk: the list of hooks it met in a node, "INPUT in lo".
MATCHER_P2(HooksIn, node, hooks,
           detail::which<std::vector<std::string>>(std::string("met hooks in ") + node, hooks,
                                                   negation)) {
  return testing::ExplainMatchResult(hooks, hooks_met_in(arg, node), result_listener);
}

/// A Walk: "delivered to web", HasSubstr("dropped at gw").
MATCHER_P(Ended, how, detail::which<std::string>("has an end", how, negation)) {
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
