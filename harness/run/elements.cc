#include "run/elements.h"

#include <functional>
#include <map>
#include <string>
#include <tuple>

#include "base/deadline.h"
#include "lab/sets.h"

namespace fwproof::run {
namespace {

/// libnftables lists the whole set for each key: half a second, of a hundred thousand elements.
constexpr std::chrono::seconds kTimeToAsk{10};

/// Calls `each` for every step of the walks, and for those that stand at their ends.
void for_each_step(Seen& seen,
                   const std::function<void(const std::string& node, Step& step)>& each) {
  for (FlowSeen& flow : seen.flows)
    for (Walk& walk : flow.walks) {
      for (NodeVisit& visit : walk.visits)
        for (HookVisit& hook : visit.hooks)
          for (Step& step : hook.steps) each(visit.node, step);
      if (walk.end.step) each(walk.end.node, *walk.end.step);
      for (WalkEnd& end : walk.other_ends)
        if (end.step) each(end.node, *end.step);
    }
}

/// The answers of one node's kernel, asked once for each key.
class Answers {
 public:
  Answers(const nl::Netns& netns, const std::string& node) : finder_(netns, node) {}

  const std::string& find(const Step& step, const ElementMet& met) {
    const auto [answer, is_new] =
        known_.try_emplace(std::tuple(step.family, step.table, met.set, met.key));
    if (is_new) answer->second = finder_.find(step.family, step.table, met.set, met.key);
    return answer->second;
  }

 private:
  lab::ElementFinder finder_;
  std::map<std::tuple<Family, std::string, std::string, std::string>, std::string> known_;
};

}  // namespace

void tell_elements(Seen& seen, lab::Lab& lab, const RulesByNode& rules,
                   const std::function<void()>& take_in) {
  const auto as_met = [&](const std::string& node, const Step& step) {
    const auto in_force = rules.find(node);
    return in_force != rules.end() && step.rules == in_force->second.newest();
  };
  const Deadline deadline = Deadline::after(kTimeToAsk);
  std::map<std::string, Answers> answers;
  for_each_step(seen, [&](const std::string& node, Step& step) {
    if (!as_met(node, step)) return;
    for (ElementMet& met : step.elements) {
      if (met.key.empty() || deadline.passed()) continue;
      auto of_node = answers.find(node);
      if (of_node == answers.end())
        of_node = answers.try_emplace(node, lab.netns(node), node).first;
      met.element = of_node->second.find(step, met);
    }
  });
  if (answers.empty()) return;
  take_in();
  for_each_step(seen, [&](const std::string& node, Step& step) {
    if (as_met(node, step)) return;
    for (ElementMet& met : step.elements) met.element.clear();
  });
}

}  // namespace fwproof::run
