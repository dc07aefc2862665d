// What steps refer to: chains and files of the node's rules.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/text.h"
#include "parse/rules.h"
#include "parse/step.h"

namespace fwproof::parse {
namespace {

/// The chains that iptables' tables have before any rule is there (iptables(8), TABLES; ebtables(8)
/// and arptables(8) as the nft variants have them).
const std::map<std::string, std::set<std::string>>& iptables_chains(Family family) {
  static const std::map<std::string, std::set<std::string>> of_bridges{
      {"filter", {"INPUT", "FORWARD", "OUTPUT"}}, {"nat", {"PREROUTING", "OUTPUT", "POSTROUTING"}}};
  static const std::map<std::string, std::set<std::string>> of_arp{{"filter", {"INPUT", "OUTPUT"}}};
  if (family == Family::bridge) return of_bridges;
  if (family == Family::arp) return of_arp;
  static const std::map<std::string, std::set<std::string>> chains{
      {"raw", {"PREROUTING", "OUTPUT"}},
      {"mangle", {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"}},
      {"nat", {"PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"}},
      {"filter", {"INPUT", "FORWARD", "OUTPUT"}},
      {"security", {"INPUT", "FORWARD", "OUTPUT"}},
  };
  return chains;
}

using ChainsByTable = std::map<std::string, std::set<std::string>>;

ChainsByTable known_chains(const std::vector<const RulesFile*>& files,
                           std::optional<Family> family) {
  ChainsByTable known;
  for (const RulesFile* file : files) {
    if (file->kind == RulesFile::Kind::iptables_save &&
        family.value_or(file->family) == file->family)
      for (const auto& [table, chains] : iptables_chains(file->family))
        known[table].insert(chains.begin(), chains.end());
    for (const Table& table : file->written.tables) {
      if (family && *family != table.family) continue;
      auto& chains = known[table.name];
      for (const Chain& chain : table.chains) chains.insert(chain.name);
    }
  }
  return known;
}

std::vector<std::string> list_of(const std::set<std::string>& names) {
  return {names.begin(), names.end()};
}

}  // namespace

bool check_chain(Words& words, const Word& table, const Word& chain, const StepPattern& step,
                 const StepScope& scope) {
  const auto files = files_of(scope.of, scope.node.name);
  const bool can_tell =
      scope.rules_known && !files.empty() &&
      std::all_of(files.begin(), files.end(), [](const RulesFile* f) { return is_whole(*f); });
  if (!can_tell) return true;
  const ChainsByTable known = known_chains(files, step.family);
  const auto found = known.find(step.table);
  if (found == known.end()) {
    std::set<std::string> tables;
    for (const auto& entry : known) tables.insert(entry.first);
    words.mistake(table,
                  fmt::format("node '{}': no table '{}'{}", scope.node.name, step.table,
                              step.family ? fmt::format(" of family {}", to_string(*step.family))
                                          : std::string()),
                  {did_you_mean(step.table, list_of(tables)),
                   !table.quoted && parse_family(step.table)
                       ? "a chain that has the name of a word of steps stands in quotes: inet fw "
                         "\"in\" rule 1"
                       : ""});
    return false;
  }
  if (found->second.contains(step.chain)) return true;
  words.mistake(chain,
                fmt::format("node '{}': no chain '{}' in table '{}'", scope.node.name, step.chain,
                            step.table),
                {did_you_mean(step.chain, list_of(found->second)), ""});
  return false;
}

bool check_rule_file(Words& words, const Word& word, const StepPattern& step,
                     const StepScope& scope) {
  if (!scope.rules_known) return true;
  std::vector<std::string> names;
  for (const RulesFile* file : files_of(scope.of, scope.node.name)) {
    if (is_path_end(step.rule_file, file->path)) return true;
    names.push_back(file->path.substr(file->path.rfind('/') + 1));
  }
  words.mistake(word, fmt::format("node '{}' loads no file '{}'", scope.node.name, step.rule_file),
                {did_you_mean(step.rule_file, names), ""});
  return false;
}

}  // namespace fwproof::parse
