#include "plan/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace fwproof::plan {
namespace {

bool is_default_sysctl(const std::string& key) { return key.find(".default.") != key.npos; }

bool sets_any(const Node& node, std::string_view prefix) {
  return std::any_of(node.sysctls.begin(), node.sysctls.end(),
                     [&](const auto& sysctl) { return sysctl.first.starts_with(prefix); });
}

std::optional<uint32_t> mtu_of(const Topology& topology, const LinkEnd& end) {
  const Node* node = topology.find_node(end.node);
  if (!node) return {};
  const auto found = std::find_if(node->interfaces.begin(), node->interfaces.end(),
                                  [&](const Interface& i) { return i.name == end.dev; });
  return found == node->interfaces.end() ? std::nullopt : found->mtu;
}

class Planner {
 public:
  explicit Planner(const Topology& topology) : topology_(topology), v6_(topology.uses_ipv6()) {}

  std::vector<Step> plan() {
    make_nodes();
    make_links();
    make_bridges();
    configure_devices();
    raise_links();
    for (const auto& node : topology_.nodes)
      for (const auto& route : node.routes) add(AddRoute{node.name, route});
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
    if (!v6_) set_default(node.name, "net.ipv6.conf.all.disable_ipv6", "1");
    if (v6_) {
      set_default(node.name, "net.ipv6.conf.default.accept_dad", "0");
      set_default(node.name, "net.ipv6.conf.default.accept_ra", "0");
    }
    if (v6_ && !sets_any(node, "net.ipv6.icmp.rate"))
      set_default(node.name, "net.ipv6.icmp.ratemask", "");
    if (!sets_any(node, "net.ipv4.icmp_rate") && !sets_any(node, "net.ipv4.icmp_msgs"))
      set_default(node.name, "net.ipv4.icmp_ratemask", "0");
    set_default(node.name, "net.ipv4.ping_group_range", "0 0");
    if (!node.forwarding) return;
    add(SetSysctl{node.name, "net.ipv4.ip_forward", "1"});
    if (v6_) add(SetSysctl{node.name, "net.ipv6.conf.all.forwarding", "1"});
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
      set_default(node, "net.ipv6.conf.all.disable_ipv6", "1");
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
    add(AddVeth{a, b, mtu_a, mtu_b, number, number + 1});
    veths_.push_back({std::move(a), std::move(b)});
  }

  bool is_hidden(const LinkEnd& end) const { return !topology_.find_node(end.node); }

  bool is_port(const LinkEnd& end) const {
    const Node* node = topology_.find_node(end.node);
    return !node || node->bridge;
  }

  void make_bridges() {
    for (const auto& node : topology_.nodes)
      if (node.bridge) bridges_.push_back(node.name);
    for (const auto& node : bridges_) add(AddBridge{node, kBridgeDevice, next_number_++});
    for (const auto& veth : veths_)
      for (const auto& end : {veth.a, veth.b})
        if (is_port(end)) add(AddPort{end.node, end.dev, kBridgeDevice});
  }

  void configure_devices() {
    for (const auto& node : topology_.nodes)
      for (const auto& interface : node.interfaces)
        for (const auto& prefix : interface.addresses)
          add(AddAddress{node.name, interface.name, prefix});
    for (const auto& veth : veths_)
      for (const auto& end : {veth.a, veth.b}) set_neighbours(end);
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
      if (is_port(second)) add(SyncCarrier{second.node, second.dev});
    }
    for (const auto& node : bridges_) add(BringUp{node, kBridgeDevice});
  }

  const Topology& topology_;
  const bool v6_;
  uint32_t next_number_ = 2;  // 1 is lo
  std::vector<Veth> veths_;
  std::vector<std::string> bridges_;  // namespaces with a bridge
  std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> plan_network(const Topology& topology) { return Planner(topology).plan(); }

std::string mac_address(uint32_t number) {
  return fmt::format("02:00:00:{:02x}:{:02x}:{:02x}", number >> 16 & 0xff, number >> 8 & 0xff,
                     number & 0xff);
}

}  // namespace fwproof::plan
