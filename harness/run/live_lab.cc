#include "run/live_lab.h"

#include <utility>

#include "lab/routes.h"
#include "lab/rules.h"
#include "lab/script.h"
#include "run/run_flow.h"

namespace fwproof::run {
namespace {

void load(lab::Lab& lab, const std::string& node, Backend backend, const RulesFile& file) {
  if (file.kind == RulesFile::Kind::script)
    lab::run_script(lab.netns(node), lab.own_files(node, backend), node, file);
  else
    lab::load_rules(lab.netns(node), node, backend, file);
}

lab::Lab build(const Topology& topology, Backend backend, const std::vector<NodeRules>& rules) {
  lab::Lab lab(topology);
  for (const NodeRules& node : rules)
    for (const RulesFile& file : node.files) load(lab, node.node, backend, file);
  return lab;
}

std::map<std::string, observe::NftReader> open_readers(const lab::Lab& lab,
                                                       const std::vector<NodeRules>& rules) {
  std::map<std::string, observe::NftReader> readers;
  for (const NodeRules& node : rules) readers.emplace(node.node, lab.netns(node.node));
  return readers;
}

/// Does backend iptables-legacy load it into tables that it can also tell the rules of?
bool is_legacy(const RulesFile& file) {
  return file.kind == RulesFile::Kind::iptables_save &&
         (file.family == Family::ip || file.family == Family::ip6);
}

/// The legacy tables to read, by family. What a script makes only the kernel can tell.
std::map<Family, std::set<std::string>> legacy_tables(const nl::Netns& netns,
                                                      const NodeRules& node) {
  std::map<Family, std::set<std::string>> names;
  for (const RulesFile& file : node.files) {
    if (file.kind == RulesFile::Kind::script)
      for (const Family family : {Family::ip, Family::ip6})
        for (std::string& name : observe::legacy_tables(netns, family))
          names[family].insert(std::move(name));
    if (!is_legacy(file)) continue;
    for (const Table& table : file.written.tables) names[file.family].insert(table.name);
  }
  return names;
}

}  // namespace

LiveLab::LiveLab(const Topology& topology, Backend backend, std::vector<NodeRules> rules,
                 const std::vector<CaptureWanted>& captures, bool drop_reasons)
    : backend_(backend),
      rules_(std::move(rules)),
      lab_(build(topology, backend, rules_)),
      readers_(open_readers(lab_, rules_)),
      rulesets_(read_rules()),
      taps_(topology, lab_, backend == Backend::iptables_legacy, rulesets_, captures),
      losses_(topology, lab_, drop_reasons),
      follower_(backend, rulesets_) {
  const bool ipv6 = topology.uses_ipv6();
  for (const Node& node : topology.nodes)
    for (const Service& service : node.services)
      services_.listen(lab_.netns(node.name), node.name, service, ipv6);
}

std::map<std::string, Ruleset> LiveLab::read_rules() {
  std::map<std::string, Ruleset> all;
  for (const NodeRules& node : rules_) {
    observe::NftReader& reader = readers_.at(node.node);
    Ruleset ruleset = reader.read();
    bool tracks = reader.tracks();
    const nl::Netns& netns = lab_.netns(node.node);
    if (backend_ == Backend::iptables_legacy)
      for (const auto& [family, tables] : legacy_tables(netns, node))
        tracks |= observe::read_legacy(netns, family, {tables.begin(), tables.end()}, ruleset);
    if (tracks) tracking_.insert(node.node);
    for (const RulesFile& file : node.files) annotate(ruleset, file.written);
    all.emplace(node.node, std::move(ruleset));
  }
  return all;
}

FlowSeen LiveLab::send(const Flow& flow, bool real_time, const std::vector<FlowSeen>& before) {
  Stage stage{lab_, taps_, losses_, services_, follower_, muted_, kept_, real_time};
  return run_flow(flow, stage, before);
}

std::vector<RouteAnswer> LiveLab::ask_routes(const std::vector<RouteCheck>& checks) {
  std::vector<RouteAnswer> answers;
  for (const RouteCheck& check : checks) {
    nl::Socket& socket = lab_.route_socket(check.node);
    if (check.get)
      answers.push_back(
          {check.node, "get " + check.get->to_string(), lab::route_get(socket, *check.get)});
    else
      answers.push_back({check.node, "table " + check.table, lab::route_list(socket, check.table)});
  }
  return answers;
}

void LiveLab::read_logs(const std::set<std::string>& nodes, Seen& seen) {
  for (const std::string& node : nodes) {
    // Rules that a program brought into a node without any.
    if (!rulesets_.contains(node))
      rulesets_[node] = readers_.emplace(node, lab_.netns(node)).first->second.read();
    const Ruleset& before = rulesets_.at(node);
    const auto after = seen.rulesets.find(node);
    taps_.log().tell(node, {&before, after == seen.rulesets.end() ? &before : &after->second},
                     seen);
    if (backend_ != Backend::iptables_legacy && observe::has_legacy_tables(lab_.netns(node)))
      seen.logs_unclear[node] =
          "it has legacy tables, and their rules are not traced on backend '" +
          std::string(to_string(backend_)) + "'";
  }
}

void LiveLab::finish(Seen& seen) {
  follower_.add(taps_.drain());
  taps_.finish(seen);
  for (const std::string& node : tracking_) seen.conntrack_active[node] = true;
  const auto problems = follower_.problems();
  seen.lost.insert(seen.lost.end(), problems.begin(), problems.end());
  seen.rulesets = read_rules();
  for (const auto& [node, ruleset] : seen.rulesets)
    if (!same_legacy_rules(rulesets_.at(node), ruleset))
      seen.lost.push_back("node '" + node +
                          "': its legacy rules changed while flows were sent, so the numbers that "
                          "the trace told may mean other rules");
}

}  // namespace fwproof::run
