// The checks of a case, a function for each kind. Each adds a finding for every check that does not
// hold, and an entry in `lost` or `unanswerable` for every one that the evidence cannot answer.
#pragma once

#include <span>

#include "judge/judge.h"

namespace fwproof::judge {

/// One flow: what was asked for, what must be true of it, how it went.
struct FlowView {
  const Flow& flow;
  const FlowChecks& checks;
  const FlowSeen& seen;
};

// flow_checks.cc: how the flow went for those at its ends
void check_outcome(const FlowView& view, Judgement& judgement);
void check_dropped(const FlowView& view, const Seen& seen, Judgement& judgement);
void check_reaches(const FlowView& view, Judgement& judgement);
void check_seen_as(const FlowView& view, Judgement& judgement);
void check_answered_from(const FlowView& view, Judgement& judgement);
void check_program(const FlowView& view, Judgement& judgement);

// connection_checks.cc: several connections at once
void check_connections(const Case& c, const FlowChecks& checks, const Seen& seen,
                       Judgement& judgement);

// cause_checks.cc: why it did not get on
void check_cause(const FlowView& view, Judgement& judgement);

// walk_checks.cc: what its packets met
void check_walks(const FlowView& view, const Seen& seen, Judgement& judgement);
void check_hooks(const FlowView& view, Judgement& judgement);

// conntrack_checks.cc
void check_conntrack(const FlowView& view, const Seen& seen, Judgement& judgement);
/// The node's entries of the flow: those with which it came there and that are there at the end.
struct EntriesOfFlow {
  bool any = false;  // also ones that are gone
  std::vector<ConntrackEntry> at_end;
};
EntriesOfFlow entries_of_flow(const FlowView& view, const std::string& node, const Seen& seen);

// tally_checks.cc: packets counted, by captures and by rules
void check_captures(std::span<const FlowChecks> checks, std::span<const CaptureSeen> seen,
                    Judgement& judgement);
void check_counters(std::span<const CounterCheck> checks, Backend backend, const Seen& seen,
                    Judgement& judgement);

// route_checks.cc
void check_routes(std::span<const RouteCheck> checks, std::span<const RouteAnswer> answers,
                  Judgement& judgement);

// log_checks.cc
void check_logs(std::span<const LogCheck> checks, const Seen& seen, Judgement& judgement);

// set_checks.cc
void check_sets(std::span<const SetCheck> checks, const Seen& seen, Judgement& judgement);

// matrix_checks.cc: who reaches whom
void check_matrices(const Case& c, const Seen& seen, Judgement& judgement);

// claim.cc: does the claim have the outcome that is written?
void check_claim(const Case& c, Backend backend, const Seen& seen, Judgement& judgement);

/// What assertions are judged by: captures and routes are those of their own checks, in order.
struct Evidence {
  const Seen& seen;
  std::span<const CaptureSeen> captures;
  std::span<const RouteAnswer> routes;
};
/// judge.cc: all of them, of flows of `c`.
void check_assertions(const Case& c, const Assertions& assertions, Backend backend,
                      const Evidence& evidence, Judgement& judgement);

}  // namespace fwproof::judge
