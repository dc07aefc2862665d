#include "run/held_rules.h"

#include <algorithm>
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

bool is_whole(const NodeRules& rules) {
  return rules.files.size() == 1 && rules.files[0].text.find("include") == std::string::npos;
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
  const bool all_whole = std::all_of(rules.begin(), rules.end(), is_whole);
  const bool all_zero = std::all_of(held.begin(), held.end(), [](const auto& of_node) {
    return counts_from_zero(of_node.second.rules);
  });
  if (!all_whole || !all_zero) return;
  rules_ = rules;
  held_ = std::move(held);
}

bool HeldRules::are(Backend backend, const std::vector<NodeRules>& rules) const {
  return !rules_.empty() && backend == backend_ &&
         std::equal(rules_.begin(), rules_.end(), rules.begin(), rules.end(), are_same);
}

}  // namespace fwproof::run
