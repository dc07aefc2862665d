#include "run/network.h"

#include <linux/netlink.h>

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "nl/flush.h"
#include "run/together.h"

namespace fwproof::run {
namespace {

/// While the kernel closes one it has whoever loads rules in that namespace next wait, until what
/// was deleted before is freed (net/netfilter/nf_tables_api.c, nft_rcv_nl_event()): some 13 ms. So
/// they stay open, and a network that has too many is let go of as a whole.
constexpr size_t kMostRulesSockets = 64;

}  // namespace

Network::Network(const Topology& topology, bool legacy, bool drop_reasons)
    : topology_(topology),
      legacy_(legacy),
      lab_(topology),
      losses_(topology, lab_, drop_reasons),
      listener_(topology.nodes.size()) {}

Network::~Network() {
  std::vector<std::unique_ptr<NodeTaps>> all;
  for (auto& [node, taps] : taps_)
    if (taps->scope.owned) all.push_back(std::move(taps));
  free_together(all);
}

observe::NftReader& Network::reader(const std::string& node) {
  const auto found = readers_.find(node);
  return found != readers_.end() ? found->second
                                 : readers_.emplace(node, lab_.netns(node)).first->second;
}

NodeTaps& Network::taps(const Node& node, const observe::TraceScope& scope) {
  if (const auto found = taps_.find(node.name); found != taps_.end()) {
    assert(!found->second->scope.lone || scope.lone);
    return *found->second;
  }
  auto made = std::make_unique<NodeTaps>(lab_.netns(node.name), node, scope, listener_, legacy_,
                                         topology_.uses_ipv6());
  return *taps_.emplace(node.name, std::move(made)).first->second;
}

bool Network::takes(const std::vector<NodeRules>& rules) const {
  return std::none_of(rules.begin(), rules.end(), [this](const NodeRules& of) {
    const auto taps = taps_.find(of.node);
    return taps != taps_.end() && taps->second->scope.lone;
  });
}

bool Network::rules_are_plain() const {
  return std::all_of(readers_.begin(), readers_.end(),
                     [](const auto& reader) { return reader.second.plain(); });
}

bool Network::holds(Backend backend, const std::vector<NodeRules>& rules) {
  const auto& held = held_.by_node();
  return held_.are(backend, rules) &&
         std::all_of(held.begin(), held.end(), [this](const auto& of_node) {
           return reader(of_node.first).generation() == of_node.second.generation;
         });
}

bool Network::take_rules_away() {
  held_ = {};
  const bool gone = std::all_of(readers_.begin(), readers_.end(), [](auto& of_node) {
    observe::NftReader& reader = of_node.second;
    reader.flush();
    return reader.read().tables.empty();
  });
  return gone && renew_taps();  // these were told of it
}

void Network::hold(HeldRules rules) {
  const bool recall = std::any_of(readers_.begin(), readers_.end(),
                                  [](const auto& reader) { return reader.second.recalls(); });
  held_ = recall ? HeldRules() : std::move(rules);
}

bool Network::suits(const std::set<std::string>& tracking) const {
  return !used_ || (rules_are_plain() && std::includes(tracking.begin(), tracking.end(),
                                                       tracked_.begin(), tracked_.end()));
}

/// One by one, by what the events told: to flush a node's conntrack the kernel looks through the
/// entries of the whole machine. Whether any was missed is asked for afterwards.
void Network::forget_entries(const Seen& seen) {
  for (const ConntrackEvent& event : seen.conntrack_events)
    if (event.kind == ConntrackEvent::Kind::new_)
      taps_.at(event.entry.node)->conntrack.forget(event.entry.original, event.entry.zone);
}

/// A client that has closed first waits in TIME_WAIT for a minute.
void Network::forget_connections(const Case& c, const Seen& seen) {
  for (const FlowSeen& flow : seen.flows) {
    const auto sent = std::find_if(c.flows.begin(), c.flows.end(),
                                   [&](const Flow& of) { return of.name == flow.flow; });
    if (sent == c.flows.end() || sent->kind != FlowKind::tcp) continue;
    if (flow.result.socket != FlowResult::Socket::completed) continue;
    auto diag = diag_.find(sent->node);
    if (diag == diag_.end()) {
      const nl::NetnsScope scope(lab_.netns(sent->node));
      diag = diag_.emplace(sent->node, NETLINK_SOCK_DIAG).first;
    }
    nl::destroy_tcp(diag->second, flow.result.local, flow.result.remote);
  }
}

bool Network::renew_taps() {
  std::vector<std::string> lost;
  listener_.drain(lost);
  for (auto& [node, taps] : taps_) {
    std::vector<TraceEvent> trace;
    std::vector<ConntrackEvent> entries;
    taps->trace.drain(trace, lost);
    taps->conntrack.drain(entries, lost);
    taps->conntrack.begin_anew();
    taps->generation = taps->trace.generation();
    if (!taps->trace.is_at_rest()) return false;
  }
  return lost.empty();
}

bool Network::renew_node(const std::string& node, Leak leak) {
  if (!nl::flush_neighbours(lab_.route_socket(node))) return false;
  const auto [remains, added] = remains_.try_emplace(node, lab_.netns(node));
  return leak != Leak::nothing || remains->second.none();
}

bool Network::renew(const Case& c, const Seen& seen, const std::set<std::string>& tracking,
                    Leak leak) {
  used_ = true;
  tracked_.insert(tracking.begin(), tracking.end());
  if (!rules_are_plain() || lab_.rules_sockets() > kMostRulesSockets) return false;
  if (leak != Leak::conntrack) forget_entries(seen);
  forget_connections(c, seen);
  const auto& nodes = lab_.nodes();
  return std::all_of(nodes.begin(), nodes.end(),
                     [&](const std::string& node) { return renew_node(node, leak); }) &&
         renew_taps();
}

}  // namespace fwproof::run
