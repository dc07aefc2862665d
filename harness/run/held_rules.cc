#include "run/held_rules.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace fwproof::run {
namespace {

bool counts_from_zero(const Ruleset& rules) {
  const auto zero = [](const std::optional<Counter>& counter) {
    return !counter || *counter == Counter{};
  };
  for (const Table& table : rules.tables)
    for (const Chain& chain : table.chains)
      if (!zero(chain.policy_counter) ||
          !std::all_of(chain.rules.begin(), chain.rules.end(),
                       [&](const Rule& rule) { return zero(rule.counter); }))
        return false;
  return true;
}

/// An element of a set that is written in a rule may limit by itself, which neither the rule nor
/// the set tells: so whatever has a word for that is out, wherever it stands.
bool says_all(const std::string& text) {
  constexpr std::array<std::string_view, 5> kWords{"include", "limit", "quota", "ct count", "last"};
  return std::none_of(kWords.begin(), kWords.end(),
                      [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

bool can_be_held(const NodeRules& rules) {
  return rules.files.size() == 1 && says_all(rules.files[0].text);
}

bool are_same(const NodeRules& a, const NodeRules& b) {
  const RulesFile& one = a.files[0];
  return b.files.size() == 1 && a.node == b.node && one.kind == b.files[0].kind &&
         one.family == b.files[0].family && one.text == b.files[0].text;
}

}  // namespace

HeldRules::HeldRules(Backend backend, const std::vector<NodeRules>& rules,
                     std::map<std::string, HeldByNode> held)
    : backend_(backend) {
  const bool can_be = std::all_of(rules.begin(), rules.end(), can_be_held);
  const bool all_zero = std::all_of(held.begin(), held.end(), [](const auto& of_node) {
    return counts_from_zero(of_node.second.rules);
  });
  if (!can_be || !all_zero) return;
  rules_ = rules;
  held_ = std::move(held);
}

bool HeldRules::are(Backend backend, const std::vector<NodeRules>& rules) const {
  return !rules_.empty() && backend == backend_ &&
         std::equal(rules_.begin(), rules_.end(), rules.begin(), rules.end(), are_same);
}

}  // namespace fwproof::run
