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
  return rule.comment == written.comment &&
         verdict_word(rule.target) == verdict_word(written.target);
}

bool same_rules(const Chain& a, const Chain& b) {
  return a.name == b.name && a.policy == b.policy &&
         std::equal(a.rules.begin(), a.rules.end(), b.rules.begin(), b.rules.end(),
                    [](const Rule& x, const Rule& y) {
                      return x.as_read == y.as_read && x.target == y.target &&
                             x.comment == y.comment && x.text == y.text && x.at == y.at;
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

ChainsByName chains_of(const Table& table) {
  ChainsByName chains;
  for (const Chain& chain : table.chains) chains.emplace(chain.name, &chain);
  return chains;
}

const Chain* find_by_name(const ChainsByName& chains, const Chain& chain) {
  const auto found = chains.find(chain.name);
  return found == chains.end() ? nullptr : found->second;
}

/// The table as it was. One of the same name that was made anew is another.
const Table* same_table(const Ruleset& before, const Table& table) {
  const Table* found = before.find_table(table.family, table.name, table.legacy);
  return found && found->handle == table.handle ? found : nullptr;
}

/// The chains of a table as they were, none of them if there was no such table.
class ChainsBefore {
 public:
  explicit ChainsBefore(const Table* table) {
    if (!table) return;
    by_name_ = chains_of(*table);
    for (const Chain& chain : table->chains) by_handle_.emplace(chain.handle, &chain);
  }

  /// nullptr if it was not there. Where chains have handles, one that was renamed was.
  const Chain* find(const Chain& chain) const {
    if (chain.handle == 0) return find_by_name(by_name_, chain);
    const auto found = by_handle_.find(chain.handle);
    return found == by_handle_.end() ? nullptr : found->second;
  }

  bool has(std::string_view name) const { return by_name_.contains(name); }

 private:
  ChainsByName by_name_;
  std::unordered_map<uint64_t, const Chain*> by_handle_;
};

/// The chain that a rule leads to may have been renamed since its words were written.
bool names_chain(const std::string& target) {
  return target.starts_with("jump ") || target.starts_with("goto ");
}

void keep_words(Rule& rule, const Rule& from) {
  rule.text = from.text;
  if (!names_chain(rule.target)) rule.target = from.target;
  rule.comment = from.comment;
  rule.at = from.at;
  rule.last_line = from.last_line;
  rule.unclear = from.unclear;
}

void take_words(Rule& rule, const Rule& written) {
  rule.text = written.text;
  rule.at = written.at;
  rule.last_line = written.last_line;
  if (!written.target.empty()) rule.target = written.target;
  if (!written.comment.empty()) rule.comment = written.comment;
}

/// By what the kernel tells of them, in their order.
using RulesAsRead = std::unordered_map<std::string_view, std::vector<const Rule*>>;

RulesAsRead rules_as_read(const Chain& chain) {
  RulesAsRead rules;
  for (const Rule& rule : chain.rules) rules[rule.as_read].push_back(&rule);
  return rules;
}

/// For each rule of the chain what it was before; nullptr for one that is new, or of which it
/// cannot be told.
std::vector<const Rule*> legacy_twins(const Chain& chain, const Chain& before) {
  const RulesAsRead now = rules_as_read(chain);
  const RulesAsRead old = rules_as_read(before);
  std::unordered_map<std::string_view, size_t> met;
  std::vector<const Rule*> same;
  for (const Rule& rule : chain.rules) {
    const auto twins = old.find(rule.as_read);
    const bool told = twins != old.end() && twins->second.size() == now.at(rule.as_read).size();
    same.push_back(told ? twins->second[met[rule.as_read]++] : nullptr);
  }
  return same;
}

/// The same of nf_tables, whose rules have handles.
std::vector<const Rule*> nft_twins(const Chain& chain, const Chain& before) {
  std::unordered_map<uint64_t, const Rule*> old;
  for (const Rule& rule : before.rules) old.emplace(rule.handle, &rule);
  std::vector<const Rule*> same;
  for (const Rule& rule : chain.rules) {
    const auto twin = old.find(rule.handle);
    const bool told = twin != old.end() && twin->second->as_read == rule.as_read;
    same.push_back(told ? twin->second : nullptr);
  }
  return same;
}

/// Gives the rules that were there before what they had, and returns the others.
std::vector<Rule*> new_rules(Chain& chain, const Chain* before, bool legacy) {
  std::vector<const Rule*> same(chain.rules.size());
  if (before) same = legacy ? legacy_twins(chain, *before) : nft_twins(chain, *before);
  std::vector<Rule*> fresh;
  for (size_t i = 0; i < chain.rules.size(); ++i) {
    if (same[i])
      keep_words(chain.rules[i], *same[i]);
    else
      fresh.push_back(&chain.rules[i]);
  }
  return fresh;
}

/// May a legacy rule that is none of those before by what the kernel tells still be one of them? It
/// may where others do the same, or where the chain that it leads to has a new name.
bool may_be_old(const Rule& rule, const Chain& was, const ChainsBefore& old) {
  constexpr size_t kJump = std::string_view("jump ").size();
  if (names_chain(rule.target) && !old.has(std::string_view(rule.target).substr(kJump)))
    return true;
  return std::any_of(was.rules.begin(), was.rules.end(),
                     [&](const Rule& before) { return before.as_read == rule.as_read; });
}

bool agree(const std::vector<Rule*>& rules, const std::vector<Rule>& written) {
  return std::equal(rules.begin(), rules.end(), written.begin(), written.end(),
                    [](const Rule* a, const Rule& b) { return agree(*a, b); });
}

}  // namespace

void annotate(Ruleset& kernel, const Ruleset& before, const std::vector<const Ruleset*>& written) {
  for (Table& table : kernel.tables) {
    const ChainsBefore old(same_table(before, table));
    std::vector<ChainsByName> sources;
    for (const Ruleset* ruleset : written) {
      const auto twin = std::find_if(
          ruleset->tables.begin(), ruleset->tables.end(),
          [&](const Table& t) { return t.family == table.family && t.name == table.name; });
      if (twin != ruleset->tables.end()) sources.push_back(chains_of(*twin));
    }
    const bool emptied = table.legacy && !sources.empty();
    for (Chain& chain : table.chains) {
      const Chain* was = old.find(chain);
      if (was && was->policy == chain.policy) chain.policy_at = was->policy_at;
      const std::vector<Rule*> fresh = new_rules(chain, emptied ? nullptr : was, table.legacy);
      if (table.legacy && was && !emptied)
        for (Rule* rule : fresh) rule->unclear = may_be_old(*rule, *was, old);
      for (const ChainsByName& source : sources) {
        const Chain* twin = find_by_name(source, chain);
        if (!twin) continue;
        if (twin->policy_at.line > 0 || !was) chain.policy_at = twin->policy_at;
        if (!agree(fresh, twin->rules)) continue;
        for (size_t i = 0; i < fresh.size(); ++i) take_words(*fresh[i], twin->rules[i]);
      }
    }
  }
}

}  // namespace fwproof
