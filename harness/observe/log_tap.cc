#include "observe/log_tap.h"

#include <fmt/format.h>

#include "observe/ruleset_reader.h"

namespace fwproof::observe {

namespace {

const Rule* find_rule(const TraceEvent& event, const Ruleset& ruleset) {
  if (!event.legacy) return ruleset.find_rule(event.family, event.table, event.chain, event.rule);
  const Table* table = ruleset.find_table(event.family, event.table, true);
  const Chain* chain = table ? table->find_chain(event.chain) : nullptr;
  const bool there = chain && event.rule >= 1 && event.rule <= chain->rules.size();
  return there ? &chain->rules[event.rule - 1] : nullptr;
}

}  // namespace

void LogTap::add(const std::vector<TraceEvent>& events, const RulesByNode& rules) {
  for (const TraceEvent& event : events) {
    if (event.kind != TraceEvent::Kind::rule || is_trace_table(event.family, event.table)) continue;
    const auto of_node = rules.find(event.node);
    const Rule* rule =
        of_node == rules.end() ? nullptr : find_rule(event, of_node->second.at(event.rules));
    if (!rule)
      unclear_[event.node] = fmt::format(
          "a rule of '{} {}' that packets matched is gone, and nothing tells whether it logged",
          event.table, event.chain);
    if (!rule) continue;
    for (const RuleLog& log : rule->logs) ++logged_[{event.node, log.prefix}];
  }
}

void LogTap::tell(const std::string& node, const RulesByNode& rules, Seen& seen) const {
  if (const auto why = unclear_.find(node); why != unclear_.end())
    seen.logs_unclear[node] = why->second;
  std::map<std::string, uint64_t> by_prefix;
  const auto tell_rule = [&](const Table& table, const Chain& chain, const Rule& rule) {
    for (const RuleLog& log : rule.logs) {
      by_prefix.emplace(log.prefix, 0);
      if (log.before_match)
        seen.logs_unclear[node] = fmt::format(
            "rule {} of '{} {}' looks at the packet after it has logged it, so nothing tells "
            "what it logged; write its log after its matches",
            rule.number, table.name, chain.name);
    }
  };
  if (const auto of_node = rules.find(node); of_node != rules.end())
    for (const Ruleset& ruleset : of_node->second.all())
      for (const Table& table : ruleset.tables)
        for (const Chain& chain : table.chains)
          for (const Rule& rule : chain.rules) tell_rule(table, chain, rule);
  for (const auto& [name, packets] : logged_)
    if (name.first == node) by_prefix[name.second] = packets;
  for (const auto& [prefix, packets] : by_prefix) seen.logs.push_back({node, prefix, packets});
}

bool has_legacy_tables(const nl::Netns& netns) {
  return !legacy_tables(netns, Family::ip).empty() || !legacy_tables(netns, Family::ip6).empty();
}

}  // namespace fwproof::observe
