#include "judge/judge.h"

#include <fmt/format.h>

#include <algorithm>

#include "judge/checks.h"
#include "judge/outcome.h"

namespace fwproof::judge {
namespace {

template <typename List, typename Name>
auto find_named(const List& list, Name member, const std::string& name) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const auto& item) { return item.*member == name; });
  return found == list.end() ? nullptr : &*found;
}

void check_flow(const FlowView& view, const Seen& seen, Judgement& judgement) {
  check_outcome(view, judgement);
  check_dropped(view, seen, judgement);
  check_cause(view, judgement);
  check_reaches(view, judgement);
  check_seen_as(view, judgement);
  check_answered_from(view, judgement);
  check_walks(view, seen, judgement);
  check_hooks(view, judgement);
  check_conntrack(view, seen, judgement);
  check_program(view, judgement);
}

}  // namespace

void check_assertions(const Case& c, const Assertions& assertions, Backend backend,
                      const Evidence& evidence, Judgement& judgement) {
  const Seen& seen = evidence.seen;
  for (const FlowChecks& checks : assertions.checks) {
    if (checks.connections) {
      check_connections(c, checks, seen, judgement);
      continue;
    }
    const Flow* flow = find_named(c.flows, &Flow::name, checks.flow);
    const FlowSeen* went = find_named(seen.flows, &FlowSeen::flow, checks.flow);
    if (!flow) judgement.lost.push_back(fmt::format("checks of '{}': no such flow", checks.flow));
    if (flow && went) check_flow({*flow, checks, *went}, seen, judgement);
  }
  check_captures(assertions.checks, evidence.captures, judgement);
  check_counters(assertions.counters, backend, seen, judgement);
  check_routes(assertions.routes, evidence.routes, judgement);
  check_logs(assertions.logs, seen, judgement);
  check_sets(assertions.sets, seen, judgement);
}

void Judgement::settle(bool holds, Finding check) {
  if (holds) check.note.clear();
  (holds ? held : findings).push_back(std::move(check));
}

Judgement judge(const Case& c, Backend backend, const Seen& seen) {
  Judgement judgement;
  judgement.lost = seen.lost;
  for (const Flow& flow : c.flows) {
    const FlowSeen* went = find_named(seen.flows, &FlowSeen::flow, flow.name);
    if (!went) {
      judgement.lost.push_back(fmt::format("flow '{}': nothing tells how it went", flow.name));
      continue;
    }
    for (std::string& text : contradictions(flow, *went)) judgement.lost.push_back(std::move(text));
  }
  const Assertions own{c.checks, c.counters, c.routes, c.logs, c.sets, c.at};
  check_assertions(c, own, backend, {seen, seen.captures, seen.routes}, judgement);
  check_matrices(c, seen, judgement);
  check_claim(c, backend, seen, judgement);
  return judgement;
}

}  // namespace fwproof::judge
