#include "run/taps.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "base/error.h"

namespace fwproof::run {
namespace {

/// ICMP and ICMPv6: the questions that conntrack keeps entries for, as far as flows send them.
constexpr uint8_t kEchoRequest = 8;      // RFC 792
constexpr uint8_t kEchoRequestV6 = 128;  // RFC 4443

/// The tuple that conntrack makes of this packet, if it is of a kind that begins an entry.
std::optional<Tuple> tuple_of(const Packet& p) {
  const bool asks = (p.protocol == kProtocolIcmp && p.icmp_type == kEchoRequest) ||
                    (p.protocol == kProtocolIcmpv6 && p.icmp_type == kEchoRequestV6);
  if (!asks && !p.has_ports()) return std::nullopt;
  return Tuple{p.protocol, p.from(), p.to(), p.icmp_id, p.icmp_type, p.icmp_code};
}

bool counts_during(const CaptureWanted& wanted, const std::string& flow) {
  return !wanted.flow.empty() && wanted.flow == flow;
}

CaptureSeen counted(const CaptureWanted& wanted, const observe::Capture& capture) {
  return {wanted.node, wanted.dev, wanted.filter, capture.packets(), capture.first()};
}

std::vector<std::string> devices_of(const Node& node, const Topology& topology) {
  std::set<std::string> names{"lo"};
  for (const Interface& interface : node.interfaces) names.insert(interface.name);
  for (const Link& link : topology.links)
    for (const LinkEnd& end : link.endpoints)
      if (end.node == node.name) names.insert(end.dev);
  return {names.begin(), names.end()};
}

bool on_bridges(const Ruleset& rules) {
  return std::any_of(rules.tables.begin(), rules.tables.end(),
                     [](const Table& table) { return table.family == Family::bridge; });
}

bool at_ingress(const Ruleset& rules) {
  for (const Table& table : rules.tables)
    for (const Chain& chain : table.chains)
      if (chain.base && chain.base->hook == Hook::ingress) return true;
  return false;
}

/// What the node's rules make worth watching.
observe::TraceScope scope_of(const Node& node, const Topology& topology,
                             const std::vector<const Ruleset*>& all) {
  observe::TraceScope scope{.conntrack = node.conntrack, .ipv6 = topology.uses_ipv6()};
  scope.bridge = std::any_of(all.begin(), all.end(), [](const auto* r) { return on_bridges(*r); });
  if (std::any_of(all.begin(), all.end(), [](const auto* r) { return at_ingress(*r); }))
    scope.ingress = devices_of(node, topology);
  return scope;
}

}  // namespace

Taps::Taps(Network& network, const std::map<std::string, std::vector<const Ruleset*>>& rules,
           const std::vector<CaptureWanted>& captures, bool arp, Loads loads)
    : topology_(network.topology()), listener_(network.listener()) {
  for (const Node& node : topology_.nodes) {
    const auto found = rules.find(node.name);
    if (node.bridge && found == rules.end()) continue;
    observe::TraceScope scope = scope_of(
        node, topology_, found == rules.end() ? std::vector<const Ruleset*>() : found->second);
    scope.arp = arp;
    scope.lone = loads != Loads::this_case && found == rules.end() && !node.conntrack;
    scope.owned = loads != Loads::nothing && !scope.lone;
    nodes_.push_back(&network.taps(node, scope));
    numbers_.emplace(node.name, nodes_.size() - 1);
    if (const auto fd = nodes_.back()->trace.fd()) readiness_.add(*fd, nodes_.size() - 1);
  }
  for (const int fd : listener_.fds()) readiness_.add(fd, kListener);
  for (const CaptureWanted& wanted : captures) capture(network.lab(), wanted);
}

void Taps::widen(const Topology& topology, const std::string& node, const Ruleset& rules) {
  NodeTaps& taps = taps_of(node);
  const observe::TraceScope wanted = scope_of(*topology.find_node(node), topology, {&rules});
  observe::TraceScope more{.owned = taps.scope.owned, .ipv6 = taps.scope.ipv6};
  more.bridge = wanted.bridge && !taps.scope.bridge;
  if (taps.scope.ingress.empty()) more.ingress = wanted.ingress;
  taps.table.widen(node, more);
  taps.scope.bridge |= more.bridge;
  if (!more.ingress.empty()) taps.scope.ingress = more.ingress;
}

void Taps::capture(const lab::Lab& lab, const CaptureWanted& wanted) {
  captures_.push_back({wanted,
                       observe::Capture(lab.netns(wanted.node), wanted.node, wanted.dev,
                                        wanted.filter, wanted.file, wanted.ring),
                       std::nullopt});
  readiness_.add(captures_.back().capture.fd(), nodes_.size() + captures_.size() - 1);
}

NodeTaps& Taps::taps_of(const std::string& node) {
  const auto found = numbers_.find(node);
  if (found == numbers_.end())
    throw MachineError("node '" + node + "'", "it is a switch without rules, and has no conntrack");
  return *nodes_[found->second];
}

bool Taps::watches(const std::string& node, const Ruleset& rules) const {
  const auto found = numbers_.find(node);
  if (found == numbers_.end()) return rules.tables.empty();
  const observe::TraceScope& scope = nodes_[found->second]->scope;
  return (scope.bridge || !on_bridges(rules)) && (!scope.ingress.empty() || !at_ingress(rules));
}

pollfd Taps::waits() const { return {.fd = readiness_.fd(), .events = POLLIN, .revents = 0}; }

/// The numbers of what has something to take.
std::set<size_t> Taps::ready() {
  const std::vector<size_t> readable = readiness_.ready();
  std::set<size_t> ready(readable.begin(), readable.end());
  if (ready.erase(kListener) == 0 && !listener_.has_more()) return ready;
  for (const std::string& node : listener_.drain(lost_))
    if (const auto found = numbers_.find(node); found != numbers_.end())
      ready.insert(found->second);
  return ready;
}

std::vector<TraceEvent> Taps::drain() {
  std::vector<TraceEvent> events;
  for (const size_t number : ready()) {
    if (number < nodes_.size()) {
      NodeTaps& taps = *nodes_[number];
      taps.trace.drain(events, lost_);
      taps.conntrack.drain(conntrack_events_, lost_);
      if (taps.trace.generation() != taps.generation)
        generations_[taps.node] = taps.generation = taps.trace.generation();
    } else {
      captures_[number - nodes_.size()].capture.drain(lost_);
    }
  }
  return events;
}

std::map<std::string, uint32_t> Taps::new_generations() { return std::exchange(generations_, {}); }

void Taps::begin_flow(const std::string& flow) {
  for (Watched& watched : captures_)
    if (counts_during(watched.wanted, flow)) watched.capture.count_anew();
}

void Taps::end_flow(const FlowSeen& seen) {
  for (Watched& watched : captures_) {
    if (!counts_during(watched.wanted, seen.flow)) continue;
    watched.capture.drain(lost_);
    watched.counted = counted(watched.wanted, watched.capture);
  }
  for (const Walk& walk : seen.walks) {
    if (walk.direction != Direction::original) continue;
    for (const NodeVisit& visit : walk.visits) {
      const auto& first = visit.hooks.front().at_start;
      const auto tuple = first ? tuple_of(*first) : std::nullopt;
      if (!tuple) continue;
      std::pair<std::string, Tuple> sent(visit.node, *tuple);
      if (std::find(sent_.begin(), sent_.end(), sent) == sent_.end())
        sent_.push_back(std::move(sent));
    }
  }
}

void Taps::flush_conntrack(const std::string& node) { taps_of(node).conntrack.flush(); }

size_t Taps::forget_entries(const std::string& node, const std::vector<Walk>& walks) {
  size_t forgotten = 0;
  std::set<std::pair<uint32_t, uint16_t>> tried;  // id and zone of an entry
  for (const Walk& walk : walks)
    for (const HookVisit* hook : hooks_in(walk, node)) {
      const auto tuple = hook->at_start ? tuple_of(*hook->at_start) : std::nullopt;
      for (const ConntrackEvent& event : conntrack_events_) {
        const ConntrackEntry& entry = event.entry;
        if (!tuple || entry.node != node || entry.original != *tuple) continue;
        if (hook->conntrack_id && *hook->conntrack_id != entry.id) continue;
        if (!tried.emplace(entry.id, entry.zone).second) continue;
        if (taps_of(node).conntrack.forget(entry.original, entry.zone)) ++forgotten;
      }
    }
  return forgotten;
}

void Taps::read_entries(Seen& seen) {
  std::set<std::tuple<std::string, uint32_t, uint16_t>> asked;  // node, id, zone
  for (const ConntrackEvent& event : conntrack_events_) {
    const ConntrackEntry& entry = event.entry;
    if (!asked.emplace(entry.node, entry.id, entry.zone).second) continue;
    auto now = taps_of(entry.node).conntrack.lookup(entry.original, entry.zone);
    if (now && now->id == entry.id) seen.conntrack_at_end.push_back(std::move(*now));
  }
}

/// Entries that are there although no event told of them: so that "no event" is not taken for "no
/// entry" where events are switched off.
void Taps::find_untold_entries(Seen& seen) {
  std::set<std::string> nodes;
  for (const auto& [node, tuple] : sent_) {
    auto entry = taps_of(node).conntrack.lookup(tuple, 0);
    const bool told =
        entry && std::any_of(conntrack_events_.begin(), conntrack_events_.end(),
                             [&, at = node](const ConntrackEvent& event) {
                               return event.entry.node == at && event.entry.id == entry->id;
                             });
    if (!entry || told) continue;
    seen.conntrack_at_end.push_back(std::move(*entry));
    // A bridge confirms those of what is for many before INPUT, and events of them wait for the end
    // of INPUT, where not all get (br_nf_local_in() in net/bridge/br_netfilter_hooks.c).
    if (topology_.is_for_many(tuple.destination.address)) continue;
    if (nodes.insert(node).second)
      lost_.push_back("node '" + node +
                      "': a conntrack entry exists that no event told of "
                      "(net.netfilter.nf_conntrack_events is 0?)");
  }
}

void Taps::finish(Seen& seen) {
  read_entries(seen);
  find_untold_entries(seen);
  for (const auto& node : nodes_)
    seen.conntrack_active[node->node] = node->tracks || node->conntrack.active();
  for (const auto& node : nodes_) {
    const auto& expected = node->conntrack.expectations();
    seen.expectations.insert(seen.expectations.end(), expected.begin(), expected.end());
  }
  seen.conntrack_events = std::move(conntrack_events_);
  for (Watched& watched : captures_) {
    watched.capture.finish(lost_);
    seen.captures.push_back(watched.counted ? *watched.counted
                                            : counted(watched.wanted, watched.capture));
  }
  seen.lost.insert(seen.lost.end(), lost_.begin(), lost_.end());
}

}  // namespace fwproof::run
