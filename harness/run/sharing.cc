#include "run/sharing.h"

#include <algorithm>

namespace fwproof::run {
namespace {

template <typename Items, typename Test>
bool all(const Items& items, const Test& test) {
  return std::all_of(items.begin(), items.end(), test);
}

bool is_simple(const Interface& interface) { return !interface.device && interface.master.empty(); }

bool is_simple(const Node& node) {
  return !node.bridge && node.sysctls.empty() &&
         all(node.interfaces, [](const Interface& i) { return is_simple(i); });
}

bool is_pair(const Link& link) { return link.endpoints.size() == 2 && !link.bridge && !link.netem; }

bool is_simple(const Topology& topology) {
  return !topology.uses_ipv6() && all(topology.nodes, [](const Node& n) { return is_simple(n); }) &&
         all(topology.links, is_pair);
}

bool is_simple(const Flow& flow) {
  const bool kind =
      flow.kind == FlowKind::tcp || flow.kind == FlowKind::udp || flow.kind == FlowKind::icmp;
  return kind && !flow.craft && flow.connection_of.empty() && !flow.stays_open && !flow.goes_on;
}

bool is_simple(const RulesFile& file) {
  return file.kind == RulesFile::Kind::nft ||
         (file.kind == RulesFile::Kind::iptables_save && file.family == Family::ip);
}

bool asks_little(const Assertions& of) {
  return of.logs.empty() && all(of.checks, [](const FlowChecks& checks) { return !checks.cause; });
}

/// Echo and its reply; errors but those that teach a route (redirect) or an MTU (RFC 792, RFC
/// 1191). Errors are not limited in number, which would be remembered (plan/plan.h).
bool is_forgotten(const Packet& packet) {
  constexpr uint8_t kEchoReply = 0, kUnreachable = 3, kEcho = 8, kTimeExceeded = 11;
  constexpr uint8_t kFragmentationNeeded = 4;
  if (packet.is_fragment() || packet.is_for_many() || packet.arp != 0) return false;
  if (packet.protocol == kProtocolTcp || packet.protocol == kProtocolUdp) return true;
  if (packet.protocol != kProtocolIcmp) return false;
  if (packet.icmp_type == kUnreachable) return packet.icmp_code != kFragmentationNeeded;
  return packet.icmp_type == kEchoReply || packet.icmp_type == kEcho ||
         packet.icmp_type == kTimeExceeded;
}

bool is_forgotten(const Walk& walk) {
  const bool ended =
      walk.end.kind == WalkEnd::Kind::delivered || walk.end.kind == WalkEnd::Kind::dropped;
  return ended && walk.other_ends.empty() && is_forgotten(walk.packet);
}

/// A listener that has answered a SYN answers again until it hears more.
bool is_syn_ack(const Walk& walk) {
  return (walk.packet.tcp_flags & (kTcpSyn | kTcpAck)) == (kTcpSyn | kTcpAck);
}

bool is_over(const FlowSeen& flow) {
  using Socket = FlowResult::Socket;
  const Socket socket = flow.result.socket;
  if (flow.not_sent || !all(flow.walks, [](const Walk& walk) { return is_forgotten(walk); }))
    return false;
  if (socket == Socket::completed) return true;
  return (socket == Socket::failed || socket == Socket::pending) &&
         std::none_of(flow.walks.begin(), flow.walks.end(), is_syn_ack);
}

}  // namespace

bool may_share(const Case& c, Backend backend) {
  if (c.isolate || c.real_time || !c.steps.empty() || backend == Backend::iptables_legacy)
    return false;
  if (!c.logs.empty() || (c.as_told && !asks_little(*c.as_told))) return false;
  if (!all(c.checks, [](const FlowChecks& checks) { return !checks.cause; })) return false;
  const auto rules = c.rules.find(backend);
  const bool simple_rules =
      rules == c.rules.end() || all(rules->second, [](const NodeRules& node) {
        return all(node.files, [](const RulesFile& file) { return is_simple(file); });
      });
  return simple_rules && is_simple(c.topology) &&
         all(c.flows, [](const Flow& flow) { return is_simple(flow); });
}

bool leaves_nothing(const Seen& seen) {
  return seen.expectations.empty() && seen.lost.empty() &&
         all(seen.flows, [](const FlowSeen& flow) { return is_over(flow); });
}

}  // namespace fwproof::run
