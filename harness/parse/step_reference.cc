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

/// A chain that a file has, or that iptables' tables have before any rule is there.
bool has_chain(const RulesFile& file, const StepPattern& step) {
  if (file.kind == RulesFile::Kind::iptables_save &&
      step.family.value_or(file.family) == file.family) {
    const auto& tables = iptables_chains(file.family);
    const auto table = tables.find(step.table);
    if (table != tables.end() && table->second.contains(step.chain)) return true;
  }
  return std::any_of(file.written.tables.begin(), file.written.tables.end(), [&](const Table& t) {
    return t.name == step.table && step.family.value_or(t.family) == t.family &&
           t.find_chain(step.chain);
  });
}

/// Can the scan of this file tell how many rules each chain has? Not where rules come and go one by
/// one.
bool tells_all(const RulesFile* file) {
  if (!is_whole(*file)) return false;
  constexpr std::array<std::string_view, 6> kChanges{"-D ",     "-I ",     "-R ",
                                                     "delete ", "insert ", "replace "};
  std::string_view rest = file->text;
  while (!rest.empty()) {
    const std::string_view line = trim(rest.substr(0, rest.find('\n')));
    if (std::any_of(kChanges.begin(), kChanges.end(),
                    [&](std::string_view change) { return line.starts_with(change); }))
      return false;
    rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
  }
  return true;
}

/// How many rules the node's files put into the chain on this backend, those of steps too.
size_t rules_in(const StepPattern& step, const StepScope& scope, Backend backend) {
  size_t rules = 0;
  const auto add = [&](const std::vector<NodeRules>& all) {
    for (const NodeRules& node : all)
      for (const RulesFile& file : node.files)
        for (const Table& table : file.written.tables) {
          const Chain* chain = table.find_chain(step.chain);
          const bool meant = table.name == step.table && chain &&
                             table.family == step.family.value_or(table.family);
          if (meant && node.node == scope.node.name) rules += chain->rules.size();
        }
  };
  if (const auto first = scope.of.rules.find(backend); first != scope.of.rules.end())
    add(first->second);
  for (const CaseStep& later : scope.of.steps)
    if (const auto found = later.rules.find(backend); found != later.rules.end())
      add(found->second);
  return rules;
}

bool runs_programs(const StepScope& scope) {
  const auto& flows = scope.of.flows;
  return std::any_of(flows.begin(), flows.end(), [&](const Flow& flow) {
    return flow.kind == FlowKind::exec && flow.node == scope.node.name;
  });
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
  if (std::any_of(files.begin(), files.end(),
                  [&](const RulesFile* file) { return has_chain(*file, step); }))
    return true;
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
  words.mistake(chain,
                fmt::format("node '{}': no chain '{}' in table '{}'", scope.node.name, step.chain,
                            step.table),
                {did_you_mean(step.chain, list_of(found->second)), ""});
  return false;
}

bool check_rule_number(Words& words, const Word& chain, const StepPattern& step,
                       const StepScope& scope) {
  if (step.rule_number == 0 || !scope.rules_known) return true;
  size_t rules = 0;
  for (const Backend backend : {Backend::iptables_nft, Backend::iptables_legacy, Backend::nft})
    rules = std::max(rules, rules_in(step, scope, backend));
  if (step.rule_number <= rules || runs_programs(scope)) return true;
  const auto files = files_of(scope.of, scope.node.name);
  if (!std::all_of(files.begin(), files.end(), tells_all)) return true;
  words.mistake(chain,
                fmt::format("node '{}': chain '{}' of table '{}' has no rule {}", scope.node.name,
                            step.chain, step.table, step.rule_number),
                {"", rules == 0 ? "it has none" : fmt::format("its last is rule {}", rules)});
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
