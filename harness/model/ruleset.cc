#include "model/ruleset.h"

#include <algorithm>

namespace fwproof {

const Chain* Table::find_chain(std::string_view wanted) const {
  const auto found =
      std::find_if(chains.begin(), chains.end(), [&](const Chain& c) { return c.name == wanted; });
  return found == chains.end() ? nullptr : &*found;
}

const Table* Ruleset::find_table(Family family, std::string_view name, bool legacy) const {
  const auto found = std::find_if(tables.begin(), tables.end(), [&](const Table& t) {
    return t.family == family && t.name == name && t.legacy == legacy;
  });
  return found == tables.end() ? nullptr : &*found;
}

const Rule* Ruleset::find_rule(Family family, std::string_view table_name,
                               std::string_view chain_name, uint64_t handle) const {
  const Table* table = find_table(family, table_name, false);
  const Chain* chain = table ? table->find_chain(chain_name) : nullptr;
  if (!chain) return nullptr;
  const auto found = std::find_if(chain->rules.begin(), chain->rules.end(),
                                  [&](const Rule& r) { return r.handle == handle; });
  return found == chain->rules.end() ? nullptr : &*found;
}

void annotate(Ruleset& kernel, const Ruleset& written) {
  for (Table& table : kernel.tables) {
    const auto twin = std::find_if(
        written.tables.begin(), written.tables.end(),
        [&](const Table& t) { return t.family == table.family && t.name == table.name; });
    if (twin == written.tables.end()) continue;
    for (Chain& chain : table.chains) {
      const Chain* source = twin->find_chain(chain.name);
      if (!source) continue;
      chain.policy_at = source->policy_at;
      if (source->rules.size() != chain.rules.size()) continue;
      for (size_t i = 0; i < chain.rules.size(); ++i) {
        Rule& rule = chain.rules[i];
        const Rule& as_written = source->rules[i];
        rule.text = as_written.text;
        rule.at = as_written.at;
        rule.last_line = as_written.last_line;
        if (!as_written.target.empty()) rule.target = as_written.target;
        if (!as_written.comment.empty()) rule.comment = as_written.comment;
      }
    }
  }
}

}  // namespace fwproof
