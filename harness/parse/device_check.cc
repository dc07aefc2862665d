// What is wrong with devices by kind once all of a node's devices are known.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/text.h"
#include "parse/endpoint.h"
#include "parse/topology.h"

namespace fwproof::parse {
namespace {

const Interface* find_interface(const Node& node, std::string_view name) {
  const auto found = std::find_if(node.interfaces.begin(), node.interfaces.end(),
                                  [&](const Interface& i) { return i.name == name; });
  return found == node.interfaces.end() ? nullptr : &*found;
}

template <typename Kind>
bool is_a(const Interface* interface) {
  return interface && interface->device && std::holds_alternative<Kind>(*interface->device);
}

bool filters_vlans(const Interface* interface) {
  return is_a<Bridge>(interface) && std::get<Bridge>(*interface->device).vlan_filtering;
}

class DeviceCheck {
 public:
  DeviceCheck(Reader& reader, const Topology& topology, const TopologyPlaces& places)
      : reader_(reader), topology_(topology), places_(places) {
    for (const Link& link : topology.links)
      for (const LinkEnd& end : link.endpoints) ends_.insert(end);
  }

  void check(const Node& node) {
    for (const Interface& interface : node.interfaces) {
      if (interface.device) check_kind(node, interface, *interface.device);
      if (!interface.master.empty()) check_master(node, interface);
      if (!interface.vlans.empty()) check_vlans(node, interface);
      if (interface.name == "lo" && interface.mac)
        reader_.mistake(interface.at, "lo has no MAC address");
    }
  }

 private:
  void check_kind(const Node& node, const Interface& interface, const Device& device) {
    if (node.bridge)
      reader_.mistake(
          interface.at,
          fmt::format("node '{}' is a bridge, whose interfaces are ends of links", node.name));
    else if (ends_.contains({node.name, interface.name}))
      reader_.mistake(interface.at,
                      fmt::format("'{}:{}' is of kind {} and an end of a link", node.name,
                                  interface.name, kind_of(device)),
                      {"", "leave out its 'kind', or take it from the endpoints"});
    if (interface.mac && !is_ethernet(device))
      reader_.mistake(interface.at, fmt::format("'{}' is of kind {}, which has no MAC address",
                                                interface.name, kind_of(device)));
    const std::string below(link_of(device));
    if (!below.empty()) check_link(node, interface, below);
    if (stands_on(node, interface, interface, 0))
      reader_.mistake(
          interface.at,
          fmt::format("'{}' stands on itself, by way of 'link' or its ports", interface.name));
    if (const auto* tunnel = std::get_if<Tunnel>(&device))
      check_own(node, interface, tunnel->local);
    if (const auto* vxlan = std::get_if<Vxlan>(&device); vxlan && vxlan->local)
      check_own(node, interface, *vxlan->local);
    if (const auto* wireguard = std::get_if<Wireguard>(&device))
      for (const auto& peer : wireguard->peers) check_peer(interface, peer);
  }

  void check_link(const Node& node, const Interface& interface, const std::string& below) {
    const auto devices = device_names(topology_, node);
    if (below == "lo" || std::find(devices.begin(), devices.end(), below) == devices.end())
      reader_.mistake(interface.at,
                      fmt::format("'link' of '{}': node '{}' has no dev '{}' to stand on",
                                  interface.name, node.name, below),
                      {did_you_mean(below, devices), ""});
  }

  /// Does `device` stand on `wanted`, by way of other devices?
  static bool stands_on(const Node& node, const Interface& device, const Interface& wanted,
                        size_t depth) {
    if (!device.device || depth > node.interfaces.size()) return false;
    for (const Interface& other : node.interfaces) {
      const bool below = link_of(*device.device) == other.name ||
                         (is_a<Bridge>(&device) && other.master == device.name);
      if (below && (&other == &wanted || stands_on(node, other, wanted, depth + 1))) return true;
    }
    return false;
  }

  void check_own(const Node& node, const Interface& interface, const IpAddress& local) {
    if (!has_address(node, local))
      reader_.mistake(interface.at, fmt::format("'local' of '{}': node '{}' has no address '{}'",
                                                interface.name, node.name, local.to_string()));
  }

  void check_peer(const Interface& interface, const Wireguard::Peer& peer) {
    const Node* node = topology_.find_node(peer.node);
    if (!node || !is_a<Wireguard>(find_interface(*node, peer.dev)))
      reader_.mistake(interface.at, fmt::format("a peer of '{}': '{}:{}' is no wireguard device",
                                                interface.name, peer.node, peer.dev));
  }

  void check_master(const Node& node, const Interface& interface) {
    const Location& at = places_.masters.at({node.name, interface.name});
    const Interface* master = find_interface(node, interface.master);
    if (node.bridge)
      reader_.mistake(
          at, fmt::format("node '{}' is a bridge: all its interfaces are its ports", node.name));
    else if (interface.name == "lo")
      reader_.mistake(at, "lo has no master");
    else if (!is_a<Bridge>(master) && !is_a<Vrf>(master))
      reader_.mistake(
          at, fmt::format("node '{}' has no bridge or vrf '{}'", node.name, interface.master),
          {did_you_mean(interface.master, masters(node)),
           fmt::format("give '{}' the key 'kind'", interface.master)});
  }

  static std::vector<std::string> masters(const Node& node) {
    std::vector<std::string> names;
    for (const Interface& interface : node.interfaces)
      if (is_a<Bridge>(&interface) || is_a<Vrf>(&interface)) names.push_back(interface.name);
    return names;
  }

  void check_vlans(const Node& node, const Interface& interface) {
    const bool filters = node.vlan_filtering || filters_vlans(&interface) ||
                         filters_vlans(find_interface(node, interface.master));
    if (!filters)
      reader_.mistake(
          places_.vlans.at({node.name, interface.name}),
          fmt::format("'vlans' of '{}': it is no port of a bridge with 'vlan_filtering'",
                      interface.name));
  }

  Reader& reader_;
  const Topology& topology_;
  const TopologyPlaces& places_;
  std::set<LinkEnd> ends_;
};

}  // namespace

void check_devices(Reader& reader, const Topology& topology, const TopologyPlaces& places) {
  DeviceCheck check(reader, topology, places);
  for (const Node& node : topology.nodes) check.check(node);
}

}  // namespace fwproof::parse
