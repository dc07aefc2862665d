#include "run/live_lab.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/programs.h"
#include "base/text.h"
#include "drive/fence.h"
#include "lab/program.h"
#include "lab/routes.h"
#include "lab/rules.h"
#include "lab/script.h"
#include "lab/sets.h"
#include "lab/sysctl.h"
#include "run/blind_spots.h"
#include "run/elements.h"

namespace fwproof::run {
namespace {

namespace fs = std::filesystem;

/// How long what closed sockets send may be under way.
constexpr std::chrono::seconds kLastPackets{10};

void load(lab::Lab& lab, const std::string& node, Backend backend, const RulesFile& file) {
  if (file.kind == RulesFile::Kind::script)
    lab::run_script(lab.netns(node), lab.own_files(node, backend), node, file);
  else
    lab.keep(lab::load_rules(lab.netns(node), node, backend, file));
}

bool overlap(const RulesFile& a, const RulesFile& b) {
  return std::any_of(a.written.tables.begin(), a.written.tables.end(), [&](const Table& table) {
    return b.written.find_table(table.family, table.name, false) != nullptr;
  });
}

/// Must the rules be read before `next` is loaded, so that it can be told whose rules are whose?
bool read_before(const std::vector<const RulesFile*>& loaded, const RulesFile& next) {
  return std::any_of(loaded.begin(), loaded.end(), [&](const RulesFile* file) {
    const bool script =
        file->kind == RulesFile::Kind::script || next.kind == RulesFile::Kind::script;
    return script || overlap(*file, next);
  });
}

bool is_legacy(Backend backend) { return backend == Backend::iptables_legacy; }

/// Takes what the nodes still have.
RulesWatch take_held(Network& network, Backend backend, const std::vector<NodeRules>& rules) {
  RulesWatch watch(network, backend);
  for (const NodeRules& of : rules) {
    const HeldByNode& held = network.held().by_node().at(of.node);
    watch.take_held(of.node, of.files.at(0), held.rules, held.generation);
  }
  return watch;
}

/// Loads what the nodes have at the start, and reads it as the kernel holds it.
RulesWatch load_first(Network& network, Backend backend, const std::vector<NodeRules>& rules) {
  RulesWatch watch(network, backend);
  for (const NodeRules& node : rules) {
    std::vector<const RulesFile*> unread;
    for (const RulesFile& file : node.files) {
      if (read_before(unread, file)) {
        watch.first_read(node.node, unread);
        unread.clear();
      }
      load(network.lab(), node.node, backend, file);
      unread.push_back(&file);
    }
    watch.first_read(node.node, unread);
  }
  return watch;
}

/// The same in a new network, where these rules do not suit this one.
RulesWatch load_where_they_suit(std::unique_ptr<Network>& network, Backend backend,
                                const std::vector<NodeRules>& rules) {
  if (network->holds(backend, rules)) return take_held(*network, backend, rules);
  if (!network->is_used() || network->take_rules_away()) {
    RulesWatch watch = load_first(*network, backend, rules);
    if (network->suits(watch.tracking())) return watch;
  }
  network = std::make_unique<Network>(network->topology(), is_legacy(backend));
  return load_first(*network, backend, rules);
}

/// What the nodes have now, and what steps load later.
std::map<std::string, std::vector<const Ruleset*>> all_rules(const RulesByNode& now,
                                                             Backend backend,
                                                             const std::vector<CaseStep>& steps) {
  std::map<std::string, std::vector<const Ruleset*>> all;
  for (const auto& [node, rules] : now) all[node].push_back(&rules.now());
  for (const CaseStep& step : steps)
    if (step.kind == CaseStep::Kind::exec) all[step.node];
  for (const CaseStep& step : steps)
    if (const auto of_backend = step.rules.find(backend); of_backend != step.rules.end())
      for (const NodeRules& node : of_backend->second)
        for (const RulesFile& file : node.files) all[node.node].push_back(&file.written);
  return all;
}

std::string last_words(const lab::Program& program) {
  const std::string& words = program.error().empty() ? program.output() : program.error();
  std::string text;
  for (const std::string& line : split_lines(words))
    if (!trim(line).empty()) text += (text.empty() ? "" : "; ") + std::string(trim(line));
  constexpr size_t kMost = 1000;
  if (text.size() > kMost) text = "..." + text.substr(text.size() - kMost);
  return text.empty() ? "it failed without a word" : text;
}

/// Did a packet go where nothing more was seen of it?
bool any_vanished(const Seen& seen) {
  for (const FlowSeen& flow : seen.flows)
    for (const Walk& walk : flow.walks)
      if (walk.end.kind == WalkEnd::Kind::left || walk.end.kind == WalkEnd::Kind::lost) return true;
  return false;
}

/// Each sentence once: a flood loses some again and again.
void tell_once(std::vector<std::string>& lost) {
  std::set<std::string> told;
  std::erase_if(lost, [&](const std::string& one) { return !told.insert(one).second; });
}

[[noreturn]] void refuse(const CaseStep& step, const std::string& message) {
  throw BadInput({{.file = step.at.file,
                   .line = step.at.line,
                   .column = step.at.column,
                   .message = fmt::format("step '{}': {}", step.text, message)}});
}

}  // namespace

LiveLab::LiveLab(std::unique_ptr<Network> network, const Topology& topology, Backend backend,
                 const std::vector<NodeRules>& rules, const std::vector<CaptureWanted>& captures,
                 const std::vector<CaseStep>& steps, bool drop_reasons, bool arp, Loads loads)
    : backend_(backend),
      network_(network ? std::move(network)
                       : std::make_unique<Network>(topology, is_legacy(backend), drop_reasons)),
      rules_(load_where_they_suit(network_, backend, rules)),
      lab_(network_->lab()),
      losses_(network_->losses()),
      taps_(*network_, all_rules(rules_.rules(), backend, steps), captures, arp, loads),
      follower_(backend, rules_.rules(), follow::Wires(topology)) {
  if (!network_->is_used()) rules_.know_own_tables();
  if (loads == Loads::later_cases && !rules_.are_held())
    network_->hold({backend, rules, rules_.held()});
  const bool ipv6 = topology.uses_ipv6();
  for (const Node& node : topology.nodes)
    for (const Service& service : node.services)
      services_.listen(lab_.netns(node.name), node.name, service, ipv6);
}

Stage LiveLab::stage(bool real_time) {
  return {lab_,      taps_,  losses_, services_,
          follower_, muted_, kept_,   [this] { return take_in(); },
          real_time};
}

bool LiveLab::take_in() {
  std::vector<TraceEvent> events = taps_.drain();
  rules_.place(events, taps_.new_generations(), lost_);
  log_.add(events, rules_.rules());
  follower_.add(events);
  return !events.empty();
}

FlowSeen LiveLab::send(const Flow& flow, bool real_time, const std::vector<FlowSeen>& before) {
  Stage on = stage(real_time);
  const bool program = flow.kind == FlowKind::exec;
  if (program) rules_.suspect(flow.node, true);
  FlowSeen seen = run_flow(flow, on, before);
  take_in();
  if (program) rules_.suspect(flow.node, false);
  return seen;
}

OpenFlow& LiveLab::open_flow(const CaseStep& step) {
  const auto found = open_.find(step.flow);
  if (found == open_.end()) refuse(step, "the flow is not open");
  return *found->second;
}

std::vector<FlowSeen> LiveLab::so_far(const Seen& seen) {
  const Stage on = stage(false);
  std::vector<FlowSeen> flows = seen.flows;
  for (const auto& [name, flow] : open_) flows.push_back({name, {}, flow->walks(on)});
  return flows;
}

void LiveLab::take(const CaseStep& step, const Case& of, Seen& seen) {
  const auto flow = std::find_if(of.flows.begin(), of.flows.end(),
                                 [&](const Flow& f) { return f.name == step.flow; });
  Stage on = stage(of.real_time);
  using Kind = CaseStep::Kind;
  const auto keep = [&](FlowSeen part) {
    if (!step.as.empty()) seen.flows.push_back(std::move(part));
  };
  switch (step.kind) {
    case Kind::flow:
      for (const Flow& one : of.flows)
        if (one.name == step.flow || one.connection_of == step.flow)
          seen.flows.push_back(send(one, of.real_time, so_far(seen)));
      break;
    case Kind::start:
      open_[step.flow] = std::make_unique<OpenFlow>(*flow, on);
      break;
    case Kind::go_on:
      keep(open_flow(step).go_on(on, step.as));
      break;
    case Kind::finish:
      keep(open_flow(step).close(on, step.as));
      seen.flows.push_back(open_flow(step).whole(on));
      open_.erase(step.flow);
      break;
    default:
      take_in();
      change(step);
      take_in();
      watch_new_hooks(of.topology);
  }
}

void LiveLab::watch_new_hooks(const Topology& topology) {
  for (const auto& [node, rules] : rules_.rules())
    if (!taps_.watches(node, rules.now())) taps_.widen(topology, node, rules.now());
}

void LiveLab::change(const CaseStep& step) {
  using Kind = CaseStep::Kind;
  switch (step.kind) {
    case Kind::rules:
      return load_rules(step.rules.at(backend_));
    case Kind::exec:
      return run_program(step);
    case Kind::flush_conntrack:
      return taps_.flush_conntrack(step.node);
    case Kind::delete_conntrack:
      return delete_conntrack(step);
    case Kind::link_down:
    case Kind::link_up:
      return lab_.set_link({step.node, step.dev}, step.kind == Kind::link_up);
    case Kind::sysctl:
      for (const auto& [node, key, value] : step.sysctls)
        lab::set_sysctl(lab_.netns(node), "node '" + node + "'", key, value);
      return;
    default:
      assert(false && "a step that sends a flow");
  }
}

void LiveLab::load_rules(const std::vector<NodeRules>& rules) {
  for (const NodeRules& node : rules)
    for (const RulesFile& file : node.files) {
      load(lab_, node.node, backend_, file);
      rules_.loaded(node.node, file);
      take_in();
    }
}

void LiveLab::run_program(const CaseStep& step) {
  Stage on = stage(false);
  lab::Program program(lab_.netns(step.node), step.node,
                       {.argv = step.command,
                        .environment = {{"PATH", path_of_root()}},
                        .own_pid_namespace = true,
                        .hosts = lab_.hosts(),
                        .mount_namespace = lab_.own_files(step.node, backend_).fd(),
                        .folder = fs::absolute(step.at.file).parent_path().string(),
                        .hint_if_missing = "install it, or write its path"});
  rules_.suspect(step.node, true);
  const Deadline deadline = Deadline::after(step.deadline);
  while (!program.advance() && !deadline.passed()) {
    std::vector<pollfd> waits;
    for (const int fd : program.fds()) waits.push_back({.fd = fd, .events = POLLIN, .revents = 0});
    wait(std::move(waits), on, deadline);
    services_.advance();
    take_in();
  }
  const bool in_time = program.advance();
  program.stop();
  take_in();
  rules_.suspect(step.node, false);
  if (!in_time) refuse(step, "it did not end in time: " + last_words(program));
  if (program.exit_status() != 0)
    refuse(step, fmt::format("it ended with exit status {}: {}", program.exit_status(),
                             last_words(program)));
}

void LiveLab::delete_conntrack(const CaseStep& step) {
  const Stage on = stage(false);
  if (taps_.forget_entries(step.node, open_flow(step).walks(on)) == 0)
    refuse(step, fmt::format("node '{}' has no entry of flow '{}'", step.node, step.flow));
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

std::vector<SetSeen> LiveLab::read_sets(const std::vector<SetCheck>& checks) {
  std::map<std::string, std::vector<SetCheck>> by_node;
  for (const SetCheck& check : checks) by_node[check.node].push_back(check);
  std::vector<SetSeen> sets;
  for (const auto& [node, of_node] : by_node)
    for (SetSeen& set : lab::read_sets(lab_.netns(node), node, of_node))
      sets.push_back(std::move(set));
  return sets;
}

void LiveLab::read_logs(const std::set<std::string>& nodes, Seen& seen) {
  for (const std::string& node : nodes) {
    log_.tell(node, rules_.rules(), seen);
    if (backend_ != Backend::iptables_legacy && observe::has_legacy_tables(lab_.netns(node)))
      seen.logs_unclear[node] =
          "it has legacy tables, and their rules are not traced on backend '" +
          std::string(to_string(backend_)) + "'";
  }
}

void LiveLab::tell_elements(Seen& seen) {
  run::tell_elements(seen, lab_, rules_.rules(), [this] { take_in(); });
}

void LiveLab::finish(Seen& seen) {
  Stage on = stage(false);
  for (const auto& [name, flow] : open_) seen.flows.push_back(flow->whole(on));
  take_in();
  taps_.finish(seen);
  const auto problems = follower_.problems();
  seen.lost.insert(seen.lost.end(), problems.begin(), problems.end());
  rules_.read_at_end(lost_);
  seen.lost.insert(seen.lost.end(), lost_.begin(), lost_.end());
  for (const std::string& node : rules_.tracking()) seen.conntrack_active[node] = true;
  for (const auto& [node, rules] : rules_.rules()) {
    seen.rulesets[node] = rules.now();
    const auto& all = rules.all();
    for (const Ruleset& of : all)
      for (std::string& spot : blind_spots(node, of)) seen.lost.push_back(std::move(spot));
    if (any_vanished(seen) &&
        !std::all_of(all.begin(), all.end(),
                     [&, at = node](const Ruleset& r) { return taps_.watches(at, r); }))
      seen.lost.push_back(
          fmt::format("node '{}': a flow's program put rules on bridges or at the ingress of "
                      "devices, which are "
                      "not watched, and a packet vanished; load them in 'rules' or in a step",
                      node));
    if (all.size() > 1) seen.rulesets_before[node].assign(all.begin(), all.end() - 1);
  }
  tell_once(seen.lost);
  open_.clear();  // what their sockets send now is nobody's
}

std::unique_ptr<Network> LiveLab::hand_on_network(const Case& of, const Seen& seen, Leak leak) {
  const drive::Fence fence;
  kept_.clear();
  muted_.clear();
  services_ = {};
  fence.wait(Deadline::after(kLastPackets));
  if (!network_->renew(of, seen, rules_.tracking(), leak)) return nullptr;
  return std::move(network_);
}

}  // namespace fwproof::run
