#include "model/ruleset.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <unordered_map>

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

void take_off(const std::optional<Counter>& before, std::optional<Counter>& now) {
  if (!before || !now) return;
  now->packets -= before->packets;
  now->bytes -= before->bytes;
}

}  // namespace

void count_from(const Ruleset& before, Ruleset& now) {
  for (size_t t = 0; t < now.tables.size(); ++t)
    for (size_t c = 0; c < now.tables[t].chains.size(); ++c) {
      const Chain& old = before.tables.at(t).chains.at(c);
      Chain& chain = now.tables[t].chains[c];
      take_off(old.policy_counter, chain.policy_counter);
      for (size_t r = 0; r < chain.rules.size(); ++r) {
        assert(chain.rules[r].handle == old.rules.at(r).handle);
        take_off(old.rules.at(r).counter, chain.rules[r].counter);
      }
    }
}

bool same_legacy_rules(const Ruleset& a, const Ruleset& b) {
  const auto before = legacy_tables(a);
  const auto after = legacy_tables(b);
  return std::equal(before.begin(), before.end(), after.begin(), after.end(),
                    [](const Table& x, const Table& y) { return same_rules(x, y); });
}

namespace {

using ChainsByName = std::unordered_map<std::string_view, const Chain*>;

ChainsByName chains_of(const Table* table) {
  ChainsByName chains;
  if (table)
    for (const Chain& chain : table->chains) chains.emplace(chain.name, &chain);
  return chains;
}

const Chain* find(const ChainsByName& chains, const Chain& chain) {
  const auto found = chains.find(chain.name);
  return found == chains.end() ? nullptr : found->second;
}

/// The table as it was. One of the same name that was made anew is another.
const Table* same_table(const Ruleset& before, const Table& table) {
  const Table* found = before.find_table(table.family, table.name, table.legacy);
  return found && found->handle == table.handle ? found : nullptr;
}

void keep_words(Rule& rule, const Rule& from) {
  rule.text = from.text;
  rule.target = from.target;
  rule.comment = from.comment;
  rule.at = from.at;
  rule.last_line = from.last_line;
}

void take_words(Rule& rule, const Rule& written) {
  rule.text = written.text;
  rule.at = written.at;
  rule.last_line = written.last_line;
  if (!written.target.empty()) rule.target = written.target;
  if (!written.comment.empty()) rule.comment = written.comment;
}

/// True if the two legacy chains hold the same, as far as the kernel's own words go.
bool unchanged(const Chain& chain, const Chain& before) {
  return std::equal(chain.rules.begin(), chain.rules.end(), before.rules.begin(),
                    before.rules.end(), [](const Rule& a, const Rule& b) { return agree(a, b); });
}

/// Gives the rules that were there before what they had, and returns the others.
std::vector<Rule*> new_rules(Chain& chain, const Chain* before, bool legacy) {
  std::vector<Rule*> fresh;
  std::unordered_map<uint64_t, const Rule*> known;
  if (before && !legacy)
    for (const Rule& rule : before->rules) known.emplace(rule.handle, &rule);
  const bool kept = before && legacy && unchanged(chain, *before);
  for (size_t i = 0; i < chain.rules.size(); ++i) {
    Rule& rule = chain.rules[i];
    const auto same = known.find(rule.handle);
    if (kept)
      keep_words(rule, before->rules[i]);
    else if (same != known.end())
      keep_words(rule, *same->second);
    else
      fresh.push_back(&rule);
  }
  return fresh;
}

bool agree(const std::vector<Rule*>& rules, const std::vector<Rule>& written) {
  return std::equal(rules.begin(), rules.end(), written.begin(), written.end(),
                    [](const Rule* a, const Rule& b) { return agree(*a, b); });
}

}  // namespace

void annotate(Ruleset& kernel, const Ruleset& before, const std::vector<const Ruleset*>& written) {
  for (Table& table : kernel.tables) {
    const ChainsByName old = chains_of(same_table(before, table));
    std::vector<ChainsByName> sources;
    for (const Ruleset* ruleset : written) {
      const auto twin = std::find_if(
          ruleset->tables.begin(), ruleset->tables.end(),
          [&](const Table& t) { return t.family == table.family && t.name == table.name; });
      if (twin != ruleset->tables.end()) sources.push_back(chains_of(&*twin));
    }
    for (Chain& chain : table.chains) {
      const Chain* was = find(old, chain);
      if (was && was->policy == chain.policy) chain.policy_at = was->policy_at;
      const std::vector<Rule*> fresh = new_rules(chain, was, table.legacy);
      for (const ChainsByName& source : sources) {
        const Chain* twin = find(source, chain);
        if (!twin) continue;
        if (twin->policy_at.line > 0 || !was) chain.policy_at = twin->policy_at;
        if (!agree(fresh, twin->rules)) continue;
        for (size_t i = 0; i < fresh.size(); ++i) take_words(*fresh[i], twin->rules[i]);
      }
    }
  }
}

}  // namespace fwproof
