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
  check_dropped(view, judgement);
  check_reaches(view, judgement);
  check_seen_as(view, judgement);
  check_answered_from(view, judgement);
  check_walks(view, judgement);
  check_hooks(view, judgement);
  check_conntrack(view, seen, judgement);
  check_program(view, judgement);
}

}  // namespace

Judgement judge(const Case& c, Backend backend, const Seen& seen) {
  Judgement judgement;
  judgement.errors = seen.lost;
  for (const Flow& flow : c.flows) {
    const FlowSeen* went = find_named(seen.flows, &FlowSeen::flow, flow.name);
    if (!went) {
      judgement.errors.push_back(fmt::format("flow '{}': nothing tells how it went", flow.name));
      continue;
    }
    for (std::string& text : contradictions(flow, *went))
      judgement.errors.push_back(std::move(text));
  }
  for (const FlowChecks& checks : c.checks) {
    const Flow* flow = find_named(c.flows, &Flow::name, checks.flow);
    const FlowSeen* went = find_named(seen.flows, &FlowSeen::flow, checks.flow);
    if (!flow) judgement.errors.push_back(fmt::format("checks of '{}': no such flow", checks.flow));
    if (flow && went) check_flow({*flow, checks, *went}, seen, judgement);
  }
  check_captures(c, seen, judgement);
  check_counters(c, backend, seen, judgement);
  check_routes(c, seen, judgement);
  return judgement;
}

}  // namespace fwproof::judge
