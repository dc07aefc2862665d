#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "judge/checks.h"
#include "judge/pattern.h"
#include "judge/possible.h"
#include "judge/yaml_text.h"

namespace fwproof::judge {
namespace {

std::string capture_text(const CaptureCheck& check, const std::string& packets) {
  std::string text = fmt::format("{{at: {}:{}", check.node, check.dev);
  if (!check.filter.empty()) text += ", filter: " + yaml_scalar(check.filter);
  return text + ", packets: " + packets + "}";
}

void check_capture(const CaptureCheck& check, const std::string& flow, const CaptureSeen& seen,
                   Judgement& judgement) {
  Finding f;
  f.flow = flow;
  f.check = fmt::format("capture {}:{}", check.node, check.dev);
  f.asserted = capture_text(check, yaml_scalar(check.packets.text));
  f.seen = capture_text(check, std::to_string(seen.packets));
  f.at = check.at;
  judgement.settle(check.packets.contains(seen.packets), std::move(f));
}

/// A rule or a policy that a counter check may mean.
struct Candidate {
  Family family = Family::ip;
  std::optional<Counter> counter;
};

std::vector<Candidate> find_candidates(const StepPattern& pattern, const Ruleset& rules,
                                       bool legacy) {
  std::vector<Candidate> found;
  for (const Table& table : rules.tables) {
    if (table.legacy != legacy) continue;
    for (const Chain& chain : table.chains) {
      for (const Rule& rule : chain.rules)
        if (matches_rule(pattern, table, chain, rule))
          found.push_back({table.family, rule.counter});
      if (matches_policy(pattern, table, chain))
        found.push_back({table.family, chain.policy_counter});
    }
  }
  return found;
}

/// Where no family is said and the rules are of several, ip is meant, as in nft(8).
void keep_default_family(const StepPattern& pattern, std::vector<Candidate>& candidates) {
  if (pattern.family || candidates.size() < 2) return;
  const auto other = [](const Candidate& c) { return c.family != Family::ip; };
  if (!std::all_of(candidates.begin(), candidates.end(), other)) std::erase_if(candidates, other);
}

void check_counter(const CounterCheck& check, bool legacy, const Seen& seen, Judgement& judgement) {
  const auto rules = seen.rulesets.find(check.node);
  std::vector<Candidate> found;
  if (rules != seen.rulesets.end()) found = find_candidates(check.step, rules->second, legacy);
  keep_default_family(check.step, found);
  const std::string what = fmt::format("counter check on '{}' '{}'", check.node, check.step.text);
  if (const std::string why = lines_unknown(check.step, check.node, seen); !why.empty()) {
    judgement.unanswerable.push_back(fmt::format("{}: {}{}; name the rule by its number or comment",
                                                 what, why, place(check.at)));
    return;
  }
  if (found.size() > 1) {
    judgement.unanswerable.push_back(fmt::format("{}: {} rules or policies fit, it must be one{}",
                                                 what, found.size(), place(check.at)));
    return;
  }
  if (found.size() == 1 && !found[0].counter) {
    judgement.unanswerable.push_back(fmt::format(
        "{}: nothing counts there; in nft, write 'counter' in the rule{}", what, place(check.at)));
    return;
  }
  const bool holds = found.size() == 1 && check.packets.contains(found[0].counter->packets);
  Finding f;
  f.check = "counters " + check.node;
  f.asserted = fmt::format("{}: {}", check.step.text, yaml_scalar(check.packets.text));
  f.seen = found.empty() ? "no such rule or policy"
                         : fmt::format("{}: {}", check.step.text, found[0].counter->packets);
  f.at = check.at;
  judgement.settle(holds, std::move(f));
}

}  // namespace

void check_captures(std::span<const FlowChecks> all, std::span<const CaptureSeen> seen,
                    Judgement& judgement) {
  size_t next = 0;
  for (const FlowChecks& checks : all)
    for (const CaptureCheck& check : checks.captures) {
      const CaptureSeen* capture = next < seen.size() ? &seen[next] : nullptr;
      ++next;
      if (capture && capture->node == check.node && capture->dev == check.dev &&
          capture->filter == check.filter) {
        check_capture(check, checks.flow, *capture, judgement);
      } else {
        judgement.lost.push_back(fmt::format("capture check at '{}:{}': no capture was kept{}",
                                             check.node, check.dev, place(check.at)));
      }
    }
}

void check_counters(std::span<const CounterCheck> checks, Backend backend, const Seen& seen,
                    Judgement& judgement) {
  for (const CounterCheck& check : checks)
    check_counter(check, backend == Backend::iptables_legacy, seen, judgement);
}

}  // namespace fwproof::judge
