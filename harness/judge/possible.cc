#include "judge/possible.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "judge/pattern.h"

namespace fwproof::judge {
namespace {

struct Place {
  const Table* table;
  const Chain* chain;
};

/// All rulesets that the node had, the newest first; empty if nothing is known of its rules.
std::vector<const Ruleset*> rules_of(const std::string& node, const Seen& seen) {
  std::vector<const Ruleset*> all;
  if (const auto now = seen.rulesets.find(node); now != seen.rulesets.end())
    all.push_back(&now->second);
  if (const auto before = seen.rulesets_before.find(node); before != seen.rulesets_before.end())
    for (auto rules = before->second.rbegin(); rules != before->second.rend(); ++rules)
      all.push_back(&*rules);
  return all;
}

/// The chains that the pattern may mean.
std::vector<Place> chains_of(const StepPattern& pattern,
                             const std::vector<const Ruleset*>& rulesets) {
  std::vector<Place> found;
  for (const Ruleset* rules : rulesets)
    for (const Table& table : rules->tables)
      for (const Chain& chain : table.chains)
        if (matches_chain(pattern, table, chain)) found.push_back({&table, &chain});
  return found;
}

std::string chain_text(const StepPattern& pattern) { return pattern.table + " " + pattern.chain; }

bool any_rule_fits(const StepPattern& pattern, const Place& at) {
  StepPattern without_target = pattern;
  without_target.target.clear();
  const auto& rules = at.chain->rules;
  return std::any_of(rules.begin(), rules.end(), [&](const Rule& rule) {
    // The verdict of a rule without a target is not known before a packet meets it.
    const StepPattern& p = rule.target.empty() ? without_target : pattern;
    return matches_rule(p, *at.table, *at.chain, rule);
  });
}

bool can_fit(const StepPattern& pattern, const Place& at) {
  return is_chain_only(pattern) || any_rule_fits(pattern, at) ||
         matches_policy(pattern, *at.table, *at.chain) ||
         matches_return(pattern, *at.table, *at.chain);
}

/// What the chain has instead.
std::string instead(const StepPattern& pattern, const Chain& chain) {
  const std::string name = chain_text(pattern);
  const size_t count = chain.rules.size();
  if (pattern.rule_number > count)
    return fmt::format("{} has {} rule{}", name, count, count == 1 ? "" : "s");
  if (pattern.rule_number > 0 && !pattern.target.empty())
    return fmt::format("its target is '{}'", chain.rules[pattern.rule_number - 1].target);
  if (!pattern.rule_comment.empty()) return fmt::format("no rule of {} has that comment", name);
  if (!pattern.element.empty()) return fmt::format("no such rule of {} looks into a set", name);
  if (pattern.rule_handle != 0) return fmt::format("no rule of {} has that handle", name);
  if (pattern.rule_line != 0) return fmt::format("no rule of {} is at that line", name);
  if (pattern.says == StepPattern::Says::policy && chain.base)
    return fmt::format("the policy of {} is '{}'", name, to_string(chain.policy));
  return fmt::format("nothing in {} says that", name);
}

}  // namespace

std::string why_never_fits(const StepPattern& pattern, const std::string& node, const Seen& seen) {
  const auto rules = rules_of(node, seen);
  if (rules.empty() || is_chain_only(pattern)) return {};
  const std::vector<Place> chains = chains_of(pattern, rules);
  const bool possible = std::any_of(chains.begin(), chains.end(),
                                    [&](const Place& at) { return can_fit(pattern, at); });
  if (possible) return {};
  return fmt::format("node '{}': {}'{}' of 'never' does not exist: {}", node,
                     names_rule(pattern) ? "the rule " : "", pattern.text,
                     chains.empty() ? fmt::format("there is no chain {}", chain_text(pattern))
                                    : instead(pattern, *chains.front().chain));
}

std::string lines_unknown(const StepPattern& pattern, const std::string& node, const Seen& seen) {
  const auto rules = rules_of(node, seen);
  if (rules.empty() || pattern.rule_line == 0) return {};
  bool fits = false;
  bool unknown = false;
  bool unclear = false;
  for (const Place& at : chains_of(pattern, rules)) {
    const auto any = [&](const auto& is) {
      return std::any_of(at.chain->rules.begin(), at.chain->rules.end(), is);
    };
    const bool fits_here = any_rule_fits(pattern, at);
    fits |= fits_here;
    unknown |= any([](const Rule& rule) { return rule.at.line == 0; });
    unclear |= !fits_here && any([](const Rule& rule) { return rule.unclear; });
  }
  if (!unclear && (fits || !unknown)) return {};
  return fmt::format("node '{}': the lines of the rules of '{}' are not known", node,
                     chain_text(pattern));
}

std::string element_unknown(const StepPattern& pattern, const std::string& node,
                            const std::vector<Walk>& walks) {
  if (pattern.element.empty()) return {};
  const Step* unclear = nullptr;
  for (const Walk& walk : walks)
    for (const HookVisit* hook : hooks_in(walk, node))
      for (const Step& step : hook->steps) {
        if (matches(pattern, step, *hook)) return {};
        if (may_match(pattern, step, *hook)) unclear = &step;
      }
  if (!unclear) return {};
  return fmt::format(
      "node '{}': what '{}' found in its set is not known: the set is one that packets change or "
      "whose elements time out, it has changed since, its key is none that fwproof knows, or "
      "asking took more than 10 s",
      node, to_string(*unclear));
}

bool may_be_met_in(const StepPattern& pattern, Hook hook, const std::string& node,
                   const Seen& seen) {
  const auto rules = rules_of(node, seen);
  if (rules.empty()) return true;
  const std::vector<Place> chains = chains_of(pattern, rules);
  return std::any_of(chains.begin(), chains.end(), [&](const Place& at) {
    return !at.chain->base || at.chain->base->hook == hook;
  });
}

}  // namespace fwproof::judge
