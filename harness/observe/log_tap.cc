#include "observe/log_tap.h"

#include <fmt/format.h>

#include "model/case.h"
#include "observe/ruleset_reader.h"

namespace fwproof::observe {

void LogTap::add(const std::vector<TraceEvent>& events) {
  for (const TraceEvent& event : events) {
    if (event.kind != TraceEvent::Kind::rule || event.table == kTraceTable) continue;
    ++matched_[{event.node, event.legacy, event.family, event.table, event.chain, event.rule}];
  }
}

const Rule* LogTap::find(const RuleName& name, std::initializer_list<const Ruleset*> rules) {
  for (const Ruleset* ruleset : rules) {
    if (!name.legacy) {
      if (const Rule* rule = ruleset->find_rule(name.family, name.table, name.chain, name.rule))
        return rule;
      continue;
    }
    const Table* table = ruleset->find_table(name.family, name.table, true);
    const Chain* chain = table ? table->find_chain(name.chain) : nullptr;
    if (chain && name.rule >= 1 && name.rule <= chain->rules.size())
      return &chain->rules[name.rule - 1];
  }
  return nullptr;
}

void LogTap::tell(const std::string& node, std::initializer_list<const Ruleset*> rules,
                  Seen& seen) const {
  for (const Ruleset* ruleset : rules)
    for (const Table& table : ruleset->tables)
      for (const Chain& chain : table.chains)
        for (const Rule& rule : chain.rules)
          if (rule.log && rule.log->before_match)
            seen.logs_unclear[node] = fmt::format(
                "rule {} of '{} {}' looks at the packet after it has logged it, so nothing tells "
                "what it logged; write its log after its matches",
                rule.number, table.name, chain.name);
  for (const auto& [name, packets] : matched_) {
    if (name.node != node) continue;
    const Rule* rule = find(name, rules);
    if (!rule)
      seen.logs_unclear[node] = fmt::format(
          "a rule of '{} {}' that packets matched is gone, and nothing tells whether it logged",
          name.table, name.chain);
    if (rule && rule->log)
      seen.logs.push_back({node, std::string(log_word(rule->log->prefix)), packets});
  }
}

bool has_legacy_tables(const nl::Netns& netns) {
  return !legacy_tables(netns, Family::ip).empty() || !legacy_tables(netns, Family::ip6).empty();
}

}  // namespace fwproof::observe
