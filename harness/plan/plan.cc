#include "plan/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace fwproof::plan {
namespace {

bool is_default_sysctl(const std::string& key) { return key.find(".default.") != key.npos; }

bool sets_any(const Node& node, std::string_view prefix) {
  return std::any_of(node.sysctls.begin(), node.sysctls.end(),
                     [&](const auto& sysctl) { return sysctl.first.starts_with(prefix); });
}

const Interface* interface_of(const Topology& topology, const LinkEnd& end) {
  const Node* node = topology.find_node(end.node);
  if (!node) return nullptr;
  const auto found = std::find_if(node->interfaces.begin(), node->interfaces.end(),
                                  [&](const Interface& i) { return i.name == end.dev; });
  return found == node->interfaces.end() ? nullptr : &*found;
}

std::optional<uint32_t> mtu_of(const Topology& topology, const LinkEnd& end) {
  const Interface* interface = interface_of(topology, end);
  return interface ? interface->mtu : std::nullopt;
}

/// Does anything look for neighbours there? A vrf and a dummy carry no packets of their own.
bool has_neighbours(const Device& device) {
  return is_ethernet(device) && !std::holds_alternative<Vrf>(device) &&
         !std::holds_alternative<Dummy>(device);
}

bool needs_gateway(const Route& route) { return route.via || !route.nexthops.empty(); }

class Planner {
 public:
  explicit Planner(const Topology& topology) : topology_(topology), v6_(topology.uses_ipv6()) {}

  std::vector<Step> plan() {
    make_nodes();
    make_links();
    make_bridges();
    for (const auto& node : topology_.nodes) make_devices(node);
    for (const auto& node : topology_.nodes) make_ports(node);
    set_up_wireguard();
    configure_devices();
    raise_links();
    impair_links();
    for (const auto& node : topology_.nodes) configure_routing(node);
    for (const auto& node : topology_.nodes) set_users_sysctls(node, false);
    return std::move(steps_);
  }

 private:
  struct Veth {
    LinkEnd a;
    LinkEnd b;
  };

  void add(Step step) { steps_.push_back(std::move(step)); }
  void set_default(const std::string& node, const char* key, const char* value) {
    add(SetSysctl{node, key, value, true});
  }

  void make_nodes() {
    for (const auto& node : topology_.nodes) {
      add(MakeNetns{node.name});
      set_lab_sysctls(node);
      set_users_sysctls(node, true);
    }
  }

  void set_lab_sysctls(const Node& node) {
    if (!v6_)
      leave_ipv6_off(node.name,
                     sets_any(node, "net.ipv6.conf.") || sets_any(node, "net/ipv6/conf/"));
    if (v6_) {
      set_default(node.name, "net.ipv6.conf.default.accept_dad", "0");
      set_default(node.name, "net.ipv6.conf.default.accept_ra", "0");
    }
    if (v6_ && !sets_any(node, "net.ipv6.icmp.rate"))
      set_default(node.name, "net.ipv6.icmp.ratemask", "");
    if (!sets_any(node, "net.ipv4.icmp_rate") && !sets_any(node, "net.ipv4.icmp_msgs"))
      set_default(node.name, "net.ipv4.icmp_ratemask", "0");
    set_default(node.name, "net.ipv4.ping_group_range", "0 0");
    set_default(node.name, "net.ipv4.tcp_no_metrics_save", "1");
    if (!node.forwarding) return;
    add(SetSysctl{node.name, "net.ipv4.ip_forward", "1"});
    if (v6_) add(SetSysctl{node.name, "net.ipv6.conf.all.forwarding", "1"});
  }

  /// What devices copy is written at once. What is of all devices waits for the lock of the
  /// machine's networks (RTNL), by trying again and again as long as anybody has it; but it is what
  /// the users' own settings work on.
  void leave_ipv6_off(const std::string& node, bool users_set_it) {
    set_default(
        node,
        users_set_it ? "net.ipv6.conf.all.disable_ipv6" : "net.ipv6.conf.default.disable_ipv6",
        "1");
  }

  void set_users_sysctls(const Node& node, bool before_devices) {
    for (const auto& [key, value] : node.sysctls)
      if (is_default_sysctl(key) == before_devices) add(SetSysctl{node.name, key, value});
  }

  void make_links() {
    int hidden = 0;
    for (const auto& link : topology_.links) {
      if (!link.bridge && link.endpoints.size() == 2) {
        make_veth(link.endpoints[0], link.endpoints[1]);
        continue;
      }
      const std::string node = fmt::format("(bridge {})", ++hidden);
      add(MakeNetns{node});
      leave_ipv6_off(node, false);
      bridges_.push_back(node);
      for (size_t i = 0; i < link.endpoints.size(); ++i)
        make_veth(link.endpoints[i], {node, fmt::format("port{}", i + 1)});
    }
  }

  void make_veth(LinkEnd a, LinkEnd b) {
    const auto mtu_a = mtu_of(topology_, a);
    const auto mtu_b = is_hidden(b) ? mtu_a : mtu_of(topology_, b);
    const uint32_t number = next_number_;
    next_number_ += 2;
    add(AddVeth{a, b, mtu_a, mtu_b, number, number + 1, give_mac(a, number),
                give_mac(b, number + 1)});
    veths_.push_back({std::move(a), std::move(b)});
  }

  /// The address that the topology fixes, or one that follows from the number.
  MacAddress give_mac(const LinkEnd& end, uint32_t number) {
    const Interface* interface = interface_of(topology_, end);
    return macs_[end] = interface && interface->mac ? *interface->mac : MacAddress::local(number);
  }

  bool is_hidden(const LinkEnd& end) const { return !topology_.find_node(end.node); }

  bool is_port(const LinkEnd& end) const {
    const Node* node = topology_.find_node(end.node);
    if (!node || node->bridge) return true;
    const Interface* interface = interface_of(topology_, end);
    const Interface* master =
        interface ? interface_of(topology_, {end.node, interface->master}) : nullptr;
    return master && master->device && std::holds_alternative<Bridge>(*master->device);
  }

  void make_bridges() {
    for (const auto& node : topology_.nodes)
      if (node.bridge) bridges_.push_back(node.name);
    for (const auto& node : bridges_) {
      const Node* users = topology_.find_node(node);
      const uint32_t number = next_number_++;
      add(AddDevice{node,
                    kBridgeDevice,
                    Bridge{users && users->vlan_filtering},
                    number,
                    give_mac({node, kBridgeDevice}, number),
                    {}});
    }
    for (const auto& veth : veths_)
      for (const auto& end : {veth.a, veth.b}) {
        const Node* node = topology_.find_node(end.node);
        if (!node || node->bridge) add(AddPort{end.node, end.dev, kBridgeDevice});
      }
  }

  /// Those of the node that a device must come after: the one below it, a bridge's ports.
  static bool comes_after(const Interface& device, const Interface& other) {
    if (link_of(*device.device) == other.name) return true;
    return std::holds_alternative<Bridge>(*device.device) && other.master == device.name;
  }

  /// The node's devices by kind, each after those it stands on.
  static std::vector<const Interface*> devices_of(const Node& node) {
    std::vector<const Interface*> waiting;
    for (const Interface& interface : node.interfaces)
      if (interface.device) waiting.push_back(&interface);
    std::vector<const Interface*> ordered;
    while (!waiting.empty()) {
      auto next = std::find_if(waiting.begin(), waiting.end(), [&](const Interface* device) {
        return std::none_of(waiting.begin(), waiting.end(), [&](const Interface* other) {
          return other != device && comes_after(*device, *other);
        });
      });
      if (next == waiting.end()) next = waiting.begin();  // a circle: the kernel will say so
      ordered.push_back(*next);
      waiting.erase(next);
    }
    return ordered;
  }

  void make_devices(const Node& node) {
    for (const Interface* interface : devices_of(node)) {
      const Device& device = *interface->device;
      const LinkEnd end{node.name, interface->name};
      const uint32_t number = next_number_++;
      std::optional<MacAddress> mac = interface->mac;
      if (std::holds_alternative<Vlan>(device) && !mac)
        macs_[end] = macs_[{node.name, std::string(link_of(device))}];
      else if (is_ethernet(device))
        mac = give_mac(end, number);
      add(AddDevice{node.name, interface->name, device, number, mac, interface->mtu});
      numbers_[end] = number;
    }
  }

  void make_ports(const Node& node) {
    for (const Interface& interface : node.interfaces)
      if (!interface.master.empty()) add(AddPort{node.name, interface.name, interface.master});
    for (const Interface& interface : node.interfaces) {
      if (interface.vlans.empty()) continue;
      const bool self = interface.device && std::holds_alternative<Bridge>(*interface.device);
      const bool keeps_one = std::any_of(interface.vlans.begin(), interface.vlans.end(),
                                         [](const PortVlan& vlan) { return vlan.id == 1; });
      if (!keeps_one) add(RemovePortVlan{node.name, interface.name, 1, self});
      for (const PortVlan& vlan : interface.vlans)
        add(AddPortVlan{node.name, interface.name, vlan, self});
    }
  }

  void set_up_wireguard() {
    std::vector<AddWireguardPeer> peers;
    for (const auto& node : topology_.nodes)
      for (const auto& interface : node.interfaces) {
        const auto* wireguard =
            interface.device ? std::get_if<Wireguard>(&*interface.device) : nullptr;
        if (!wireguard) continue;
        add(SetWireguard{node.name, interface.name, numbers_[{node.name, interface.name}],
                         wireguard->port});
        for (const auto& peer : wireguard->peers)
          peers.push_back({node.name, interface.name, peer});
      }
    for (auto& peer : peers) add(std::move(peer));
  }

  void configure_devices() {
    for (const auto& node : topology_.nodes)
      for (const auto& interface : node.interfaces)
        for (const auto& prefix : interface.addresses) {
          const auto peer = interface.peers.find(prefix.address);
          add(AddAddress{
              node.name, interface.name, prefix,
              peer == interface.peers.end() ? std::nullopt : std::optional(peer->second)});
        }
    for (const auto& veth : veths_)
      for (const auto& end : {veth.a, veth.b}) set_neighbours(end);
    for (const auto& node : topology_.nodes)
      for (const auto& interface : node.interfaces)
        if (interface.device && has_neighbours(*interface.device))
          set_neighbours({node.name, interface.name});
  }

  void set_neighbours(const LinkEnd& end) {
    if (is_port(end)) return;
    add(SetNeighbours{end.node, end.dev, false});
    if (v6_) add(SetNeighbours{end.node, end.dev, true});
  }

  /// Ports first and their bridges last: a bridge that comes up takes in all ports that have a
  /// carrier by then, and sends nothing about those that come and go.
  void raise_links() {
    for (const auto& node : topology_.nodes) add(BringUp{node.name, "lo"});
    for (const auto& veth : veths_) {
      const bool swap = is_port(veth.b) && !is_port(veth.a);
      const LinkEnd& first = swap ? veth.b : veth.a;
      const LinkEnd& second = swap ? veth.a : veth.b;
      add(BringUp{first.node, first.dev});
      add(BringUp{second.node, second.dev});
      add(SyncCarrier{first.node, first.dev});
      // IPv6 makes a device's own address when the carrier has been acted on.
      if (v6_ || is_port(second)) add(SyncCarrier{second.node, second.dev});
    }
    for (const auto& node : topology_.nodes)
      for (const Interface* interface : devices_of(node)) add(BringUp{node.name, interface->name});
    for (const auto& node : bridges_) add(BringUp{node, kBridgeDevice});
    if (!v6_) return;
    for (const auto& node : topology_.nodes) sync_bridges(node);
    for (const auto& node : topology_.nodes) add(AwaitAddresses{node.name});
  }

  /// Those bridges that have a carrier: an end of a link is one of their ports.
  void sync_bridges(const Node& node) {
    std::set<std::string> carried;
    for (const Interface& interface : node.interfaces)
      if (!interface.device && is_port({node.name, interface.name}))
        carried.insert(interface.master);
    for (const Interface& interface : node.interfaces)
      if (carried.contains(interface.name)) add(SyncCarrier{node.name, interface.name});
  }

  void impair_links() {
    for (const auto& link : topology_.links)
      if (link.netem)
        for (const auto& end : link.endpoints) add(SetNetem{end.node, end.dev, *link.netem});
  }

  void configure_routing(const Node& node) {
    for (const auto& neighbour : node.neighbours) {
      const auto mac = neighbour.mac ? *neighbour.mac : macs_[{neighbour.node, neighbour.node_dev}];
      add(AddNeighbour{node.name, neighbour.dev, neighbour.address, mac});
    }
    // A gateway must be reachable when a route by way of it is added.
    for (const auto& route : node.routes)
      if (!needs_gateway(route)) add(AddRoute{node.name, route});
    for (const auto& route : node.routes)
      if (needs_gateway(route)) add(AddRoute{node.name, route});
    for (const auto& rule : node.rules) add(AddPolicyRule{node.name, rule});
  }

  const Topology& topology_;
  const bool v6_;
  uint32_t next_number_ = 2;  // 1 is lo
  std::vector<Veth> veths_;
  std::map<LinkEnd, MacAddress> macs_;
  std::map<LinkEnd, uint32_t> numbers_;  // of devices by kind
  std::vector<std::string> bridges_;     // namespaces with a bridge
  std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> plan_network(const Topology& topology) { return Planner(topology).plan(); }

std::array<uint8_t, 32> wireguard_key(uint32_t number) {
  std::array<uint8_t, 32> key{};
  for (size_t i = 0; i < sizeof number; ++i) key[i + 1] = static_cast<uint8_t>(number >> (8 * i));
  key.back() = 0x40;  // a bit that every Curve25519 key has set (RFC 7748 section 5)
  return key;
}

}  // namespace fwproof::plan
