// Steps as the commands of iproute2, procps and ethtool that do the same.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "plan/plan.h"

namespace fwproof::plan {
namespace {

/// The word as a shell takes it: in single quotes where it holds more than plain letters.
std::string quoted(const std::string& word) {
  const bool plain = std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-=:/").find(c) != std::string_view::npos;
  });
  if (plain && !word.empty()) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string ip(const std::string& node) { return "ip -n " + quoted(node); }
std::string inside(const std::string& node) { return "ip netns exec " + quoted(node); }

std::string device(const std::optional<MacAddress>& mac, uint32_t number,
                   const std::optional<uint32_t>& mtu) {
  std::string text = mac ? " address " + mac->to_string() : "";
  text += fmt::format(" index {}", number);
  return mtu ? text + fmt::format(" mtu {}", *mtu) : text;
}

/// What ip-link(8) wants to be told of each kind.
struct Parameters {
  std::string operator()(const Vlan& vlan) const { return fmt::format(" id {}", vlan.id); }
  std::string operator()(const Macvlan& macvlan) const { return " mode " + macvlan.mode; }
  std::string operator()(const Vxlan& vxlan) const {
    std::string text = fmt::format(" id {} dstport {}", vxlan.id, vxlan.port);
    if (vxlan.remote) text += " remote " + vxlan.remote->to_string();
    if (vxlan.local) text += " local " + vxlan.local->to_string();
    return vxlan.link.empty() ? text : text + " dev " + quoted(vxlan.link);
  }
  std::string operator()(const Bridge& bridge) const {
    return std::string(" stp_state 0 mcast_snooping 0") +
           (bridge.vlan_filtering ? " vlan_filtering 1" : "");
  }
  std::string operator()(const Tunnel& tunnel) const {
    const std::string text =
        fmt::format(" local {} remote {}", tunnel.local.to_string(), tunnel.remote.to_string());
    return tunnel.key ? text + fmt::format(" key {}", *tunnel.key) : text;
  }
  std::string operator()(const Vrf& vrf) const { return fmt::format(" table {}", vrf.table); }
  std::string operator()(const Wireguard&) const { return ""; }
  std::string operator()(const Dummy&) const { return ""; }
  std::string operator()(const Tun&) const { return ""; }
};

std::string table_name(uint32_t table) { return fmt::format(" table {}", table); }

std::string hop(const std::optional<IpAddress>& via, const std::string& dev, bool on_link) {
  std::string text;
  if (via) text += " via " + via->to_string();
  if (!dev.empty()) text += " dev " + quoted(dev);
  return on_link ? text + " onlink" : text;
}

std::string netem(const Netem& netem) {
  std::string text;
  if (netem.delay_us > 0) text += fmt::format(" delay {}us", netem.delay_us);
  if (netem.delay_us > 0 && netem.jitter_us > 0) text += fmt::format(" {}us", netem.jitter_us);
  const auto share = [&](const char* word, double per_cent) {
    if (per_cent > 0) text += fmt::format(" {} {}%", word, per_cent);
  };
  share("loss", netem.loss);
  share("duplicate", netem.duplicate);
  share("corrupt", netem.corrupt);
  share("reorder", netem.reorder);
  return text;
}

std::string ports(const char* word, const std::optional<std::pair<uint16_t, uint16_t>>& ports) {
  if (!ports) return "";
  const auto [first, last] = *ports;
  return first == last ? fmt::format(" {} {}", word, first)
                       : fmt::format(" {} {}-{}", word, first, last);
}

/// The words that choose packets in a rule of policy routing.
std::string selector(const PolicyRule& rule) {
  std::string text = " from " + (rule.from ? rule.from->to_string() : "all");
  if (rule.to) text += " to " + rule.to->to_string();
  if (rule.fwmark) text += fmt::format(" fwmark {:#x}/{:#x}", *rule.fwmark, rule.fwmask);
  if (!rule.iif.empty()) text += " iif " + quoted(rule.iif);
  if (!rule.oif.empty()) text += " oif " + quoted(rule.oif);
  if (rule.tos) text += fmt::format(" tos {:#x}", *rule.tos);
  if (rule.protocol) text += fmt::format(" ipproto {}", *rule.protocol);
  return text + ports("sport", rule.sport) + ports("dport", rule.dport);
}

struct Command {
  std::string operator()(const MakeNetns& s) const { return "ip netns add " + quoted(s.node); }
  std::string operator()(const SetSysctl& s) const {
    return fmt::format("{} sysctl -w {}", inside(s.node), quoted(s.key + "=" + s.value));
  }
  std::string operator()(const AddVeth& s) const {
    return fmt::format("{} link add {}{} type veth peer name {}{} netns {}", ip(s.a.node),
                       quoted(s.a.dev), device(s.mac_a, s.number_a, s.mtu_a), quoted(s.b.dev),
                       device(s.mac_b, s.number_b, s.mtu_b), quoted(s.b.node));
  }
  std::string operator()(const AddDevice& s) const {
    if (std::holds_alternative<Tun>(s.device))
      return fmt::format("{} tuntap add dev {} mode {} && {} link set {}{}", ip(s.node),
                         quoted(s.dev), kind_of(s.device), ip(s.node), quoted(s.dev),
                         device(s.mac, s.number, s.mtu));
    const bool is_vxlan = std::holds_alternative<Vxlan>(s.device);
    const std::string link(is_vxlan ? "" : link_of(s.device));
    return fmt::format("{} link add {}{}{} type {}{}", ip(s.node), quoted(s.dev),
                       link.empty() ? "" : " link " + quoted(link), device(s.mac, s.number, s.mtu),
                       kind_of(s.device), std::visit(Parameters{}, s.device));
  }
  std::string operator()(const AddPort& s) const {
    return fmt::format("{} link set {} master {}", ip(s.node), quoted(s.dev), quoted(s.master));
  }
  std::string operator()(const AddPortVlan& s) const {
    return fmt::format("bridge -n {} vlan add dev {} vid {}{}{}{}", quoted(s.node), quoted(s.dev),
                       s.vlan.id, s.vlan.pvid ? " pvid" : "", s.vlan.untagged ? " untagged" : "",
                       s.self ? " self" : "");
  }
  std::string operator()(const RemovePortVlan& s) const {
    return fmt::format("bridge -n {} vlan del dev {} vid {}{}", quoted(s.node), quoted(s.dev), s.id,
                       s.self ? " self" : "");
  }
  std::string operator()(const SetWireguard& s) const {
    std::string key;
    for (const uint8_t byte : wireguard_key(s.number)) key += fmt::format("{:02x}", byte);
    return fmt::format(
        "echo {} | xxd -r -p | base64 | {} wg set {} private-key /dev/stdin"
        " listen-port {}",
        key, inside(s.node), quoted(s.dev), s.port);
  }
  std::string operator()(const AddWireguardPeer& s) const {
    std::vector<std::string> allowed;
    for (const Prefix& prefix : s.peer.allowed) allowed.push_back(prefix.to_string());
    return fmt::format("{} wg set {} peer \"$({} wg show {} public-key)\"{} allowed-ips {}",
                       inside(s.node), quoted(s.dev), inside(s.peer.node), quoted(s.peer.dev),
                       s.peer.endpoint ? " endpoint " + s.peer.endpoint->to_string() : "",
                       fmt::join(allowed, ","));
  }
  std::string operator()(const AddAddress& s) const {
    const std::string peer = s.peer ? " peer " + s.peer->to_string() : "";
    return fmt::format("{} addr add {}{} dev {}", ip(s.node),
                       s.peer ? s.prefix.address.to_string() : s.prefix.to_string(), peer,
                       quoted(s.dev));
  }
  std::string operator()(const SetNeighbours& s) const {
    return fmt::format("{} ntable change name {} dev {} retrans {} mcast_probes {} proxy_delay {}",
                       ip(s.node), s.v6 ? "ndisc_cache" : "arp_cache", quoted(s.dev),
                       kNeighbourRetransMs, kNeighbourProbes, kProxyDelayMs);
  }
  std::string operator()(const BringUp& s) const {
    return fmt::format("{} link set {} up", ip(s.node), quoted(s.dev));
  }
  std::string operator()(const SyncCarrier& s) const {
    return fmt::format("{} ethtool {}", inside(s.node), quoted(s.dev));
  }
  std::string operator()(const AwaitAddresses& s) const {
    return fmt::format("while {} -6 addr show tentative | grep -q .; do :; done", ip(s.node));
  }
  std::string operator()(const SetNetem& s) const {
    return fmt::format("tc -n {} qdisc replace dev {} root netem{}", quoted(s.node), quoted(s.dev),
                       netem(s.netem));
  }
  std::string operator()(const AddNeighbour& s) const {
    return fmt::format("{} neigh replace {} lladdr {} dev {} nud permanent", ip(s.node),
                       s.address.to_string(), s.mac.to_string(), quoted(s.dev));
  }
  std::string operator()(const AddRoute& s) const {
    const Route& route = s.route;
    std::string text = ip(s.node) + " route add ";
    if (route.type != RouteType::unicast) text += std::string(to_string(route.type)) + " ";
    text += route.to ? route.to->to_string() : "default";
    text += hop(route.via, route.dev, route.on_link);
    if (route.table != kMainTable) text += table_name(route.table);
    if (route.metric) text += fmt::format(" metric {}", *route.metric);
    if (route.source) text += " src " + route.source->to_string();
    for (const NextHop& next : route.nexthops)
      text += fmt::format(" nexthop{} weight {}", hop(next.via, next.dev, false), next.weight) +
              (next.on_link ? " onlink" : "");
    return text;
  }
  std::string operator()(const AddPolicyRule& s) const {
    const PolicyRule& rule = s.rule;
    const std::string way = rule.type == RouteType::unicast
                                ? table_name(rule.table)
                                : " " + std::string(to_string(rule.type));
    return fmt::format("{}{} rule add priority {}{}{}", ip(s.node), rule.v6 ? " -6" : "",
                       rule.priority, selector(rule), way);
  }
};

}  // namespace

std::string to_command(const Step& step) { return std::visit(Command{}, step); }

}  // namespace fwproof::plan
