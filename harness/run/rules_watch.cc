#include "run/rules_watch.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace fwproof::run {
namespace {

/// How often rules may change under the eyes of whoever reads them.
constexpr int kMostReads = 20;

bool same_rule(const Rule* a, const Rule* b) {
  return a && b && a->number == b->number && a->target == b->target && a->text == b->text &&
         a->comment == b->comment && a->as_read == b->as_read;
}

const Chain* find_chain(const Ruleset& rules, const TraceEvent& event) {
  const Table* table = rules.find_table(event.family, event.table, event.legacy);
  return table ? table->find_chain(event.chain) : nullptr;
}

const Rule* find_rule(const Chain* chain, const TraceEvent& event) {
  if (!chain) return nullptr;
  const auto found = std::find_if(chain->rules.begin(), chain->rules.end(), [&](const Rule& rule) {
    return event.legacy ? rule.number == event.rule : rule.handle == event.rule;
  });
  return found == chain->rules.end() ? nullptr : &*found;
}

/// Does the message mean the same, whichever of the two rulesets it speaks of?
bool fits_both(const TraceEvent& event, const Ruleset& a, const Ruleset& b) {
  if (is_trace_table(event.family, event.table)) return true;
  const Chain* in_a = find_chain(a, event);
  const Chain* in_b = find_chain(b, event);
  if (!in_a || !in_b) return false;
  const Rule* rule = find_rule(in_a, event);
  if (rule || event.kind == TraceEvent::Kind::rule) return same_rule(rule, find_rule(in_b, event));
  return in_a->policy == in_b->policy && in_a->rules.size() == in_b->rules.size();
}

std::vector<const Ruleset*> written_in(const std::vector<const RulesFile*>& files) {
  std::vector<const Ruleset*> written;
  for (const RulesFile* file : files) written.push_back(&file->written);
  return written;
}

bool has_rules(const Ruleset& rules) {
  for (const Table& table : rules.tables)
    for (const Chain& chain : table.chains)
      if (!chain.rules.empty() || chain.policy == Verdict::drop) return true;
  return false;
}

}  // namespace

bool RulesWatch::read_legacy(const std::string& node, Ruleset& into) {
  bool tracks = false;
  const nl::Netns& netns = network_->lab().netns(node);
  for (const Family family : {Family::ip, Family::ip6})
    tracks |= observe::read_legacy(netns, family, observe::legacy_tables(netns, family), into);
  return tracks;
}

RulesWatch::Read RulesWatch::read(const std::string& node) {
  observe::NftReader& from = network_->reader(node);
  Read result;
  for (int attempt = 0; attempt < kMostReads; ++attempt) {
    result.generation = from.generation();
    result.rules = from.read();
    if (from.generation() != result.generation) continue;
    bool tracks = from.tracks();
    if (backend_ == Backend::iptables_legacy) tracks |= read_legacy(node, result.rules);
    if (tracks) tracking_.insert(node);
    return result;
  }
  throw MachineError("read the rules of node '" + node + "'", "they keep changing");
}

void RulesWatch::first_read(const std::string& node, const std::vector<const RulesFile*>& files) {
  for (const RulesFile* file : files)
    if (file->kind == RulesFile::Kind::script) programs_.insert(node);
  take(node, files, read(node));
}

void RulesWatch::take_held(const std::string& node, const RulesFile& file, Ruleset rules,
                           uint32_t generation) {
  if (!network_->reader(node).count(rules, generation))
    throw MachineError("read the rules of node '" + node + "'", "they change between cases");
  if (network_->reader(node).tracks()) tracking_.insert(node);
  before_[node] = rules;
  count_from(before_[node], rules);
  take(node, {&file}, {.rules = std::move(rules), .generation = generation});
}

/// What the rules read last have counted by now. False if there may be others.
bool RulesWatch::count(const std::string& node, Ruleset& rules) {
  if (backend_ == Backend::iptables_legacy) return false;
  if (!network_->reader(node).count(rules, generation_.at(node))) return false;
  if (const auto before = before_.find(node); before != before_.end())
    count_from(before->second, rules);
  return true;
}

void RulesWatch::take(const std::string& node, const std::vector<const RulesFile*>& files,
                      Read now) {
  RulesInForce& in_force = rules_[node];
  annotate(now.rules, in_force.now(), written_in(files));
  in_force.now() = std::move(now.rules);
  generation_[node] = now.generation;
}

void RulesWatch::know_own_tables() {
  for (auto& [node, known] : generation_) {
    const uint32_t now = network_->reader(node).generation();
    if (now == known + 1) known = now;
  }
}

std::map<std::string, HeldByNode> RulesWatch::held() const {
  std::map<std::string, HeldByNode> held;
  for (const auto& [node, rules] : rules_) held[node] = {rules.now(), generation_.at(node)};
  return held;
}

void RulesWatch::loaded(const std::string& node, const RulesFile& file) {
  fresh_[node].push_back(&file);
  if (file.kind == RulesFile::Kind::script) programs_.insert(node);
}

void RulesWatch::suspect(const std::string& node, bool may_change) {
  if (may_change)
    suspects_.insert(node);
  else
    suspects_.erase(node);
  programs_.insert(node);
}

void RulesWatch::read_anew(const std::string& node) {
  Read now = read(node);
  RulesInForce& in_force = rules_[node];
  annotate(now.rules, in_force.now(), written_in(fresh_[node]));
  fresh_.erase(node);
  const bool other =
      now.generation != generation_[node] || !same_legacy_rules(in_force.now(), now.rules);
  generation_[node] = now.generation;
  if (other) in_force.change(std::move(now.rules));
}

void RulesWatch::place(std::vector<TraceEvent>& events,
                       const std::map<std::string, uint32_t>& generations,
                       std::vector<std::string>& lost) {
  std::set<std::string> changed;
  for (const auto& [node, generation] : generations)
    if (generation > generation_[node]) changed.insert(node);
  for (const auto& [node, files] : fresh_) changed.insert(node);
  if (backend_ == Backend::iptables_legacy) changed.insert(suspects_.begin(), suspects_.end());
  std::map<std::string, Before> before;
  for (const std::string& node : changed) {
    before[node] = {rules_[node].newest(), generation_[node]};
    read_anew(node);
  }
  std::set<std::string> unclear;
  for (TraceEvent& event : events) {
    const auto rules = rules_.find(event.node);
    if (rules == rules_.end()) continue;
    event.rules = rules->second.newest();
    const auto old = before.find(event.node);
    if (old != before.end() && !place_among(event, old->second, rules->second))
      unclear.insert(event.node);
  }
  for (const std::string& node : unclear)
    lost.push_back(fmt::format(
        "node '{}': its rules changed while packets passed, and nothing tells which of them a "
        "packet met; change rules in a step of their own",
        node));
}

/// False if it cannot be told.
bool RulesWatch::place_among(TraceEvent& event, const Before& before,
                             const RulesInForce& rules) const {
  if (rules.newest() == before.rules) return true;
  if (!event.legacy && event.generation <= before.generation) {
    event.rules = before.rules;
    return true;
  }
  if (!event.legacy && event.generation == generation_.at(event.node)) return true;
  return fits_both(event, rules.at(before.rules), rules.now());
}

void RulesWatch::read_at_end(std::vector<std::string>& lost) {
  for (auto& [node, in_force] : rules_) {
    const bool held = before_.contains(node);
    const bool changed = held && in_force.newest() > 0;
    if (!changed && count(node, in_force.now())) continue;
    if (held)
      lost.push_back("node '" + node +
                     "': its rules changed, though nothing in the case changes them, and what they "
                     "counted before it is not known");
    Read now = read(node);
    annotate(now.rules, in_force.now(), {});
    if (!same_legacy_rules(in_force.now(), now.rules))
      lost.push_back("node '" + node +
                     "': its legacy rules changed while flows were sent, so the numbers that the "
                     "trace told may mean other rules");
    in_force.now() = std::move(now.rules);
  }
  if (backend_ == Backend::iptables_legacy) return;
  for (const std::string& node : programs_) {
    Ruleset legacy;
    read_legacy(node, legacy);
    if (has_rules(legacy))
      lost.push_back(
          fmt::format("node '{}' has rules in legacy tables, which are not traced on backend '{}'; "
                      "name the backend iptables-legacy",
                      node, to_string(backend_)));
  }
}

}  // namespace fwproof::run
