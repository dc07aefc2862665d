#include "model/ruleset.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"

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

namespace {

/// The verdict that a target is, in small letters; empty for one that is none (DNAT, LOG, log).
std::string verdict_word(const std::string& target) {
  const std::string word = to_lower(target);
  if (word == "accept" || word == "drop" || word == "return" || word.starts_with("jump ") ||
      word.starts_with("goto "))
    return word;
  return "";
}

/// Can `written` be what the kernel holds as `rule`, by all that both tell?
bool agree(const Rule& rule, const Rule& written) {
  if (!rule.comment.empty() && rule.comment != written.comment) return false;
  if (rule.target.empty() || written.target.empty()) return true;
  return verdict_word(rule.target) == verdict_word(written.target);
}

bool agree(const Chain& chain, const Chain& written) {
  return std::equal(chain.rules.begin(), chain.rules.end(), written.rules.begin(),
                    written.rules.end(), [](const Rule& a, const Rule& b) { return agree(a, b); });
}

bool same_rules(const Chain& a, const Chain& b) {
  return a.name == b.name && a.policy == b.policy &&
         std::equal(a.rules.begin(), a.rules.end(), b.rules.begin(), b.rules.end(),
                    [](const Rule& x, const Rule& y) {
                      return x.target == y.target && x.comment == y.comment;
                    });
}

bool same_rules(const Table& a, const Table& b) {
  return a.family == b.family && a.name == b.name &&
         std::equal(a.chains.begin(), a.chains.end(), b.chains.begin(), b.chains.end(),
                    [](const Chain& x, const Chain& y) { return same_rules(x, y); });
}

std::vector<Table> legacy_tables(const Ruleset& ruleset) {
  std::vector<Table> legacy;
  std::copy_if(ruleset.tables.begin(), ruleset.tables.end(), std::back_inserter(legacy),
               [](const Table& table) { return table.legacy; });
  return legacy;
}

}  // namespace

bool same_legacy_rules(const Ruleset& a, const Ruleset& b) {
  const auto before = legacy_tables(a);
  const auto after = legacy_tables(b);
  return std::equal(before.begin(), before.end(), after.begin(), after.end(),
                    [](const Table& x, const Table& y) { return same_rules(x, y); });
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
      if (!agree(chain, *source)) continue;
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
