#include "model/topology.h"

#include <algorithm>

namespace fwproof {

std::string_view to_string(Transport transport) {
  return transport == Transport::tcp ? "tcp" : "udp";
}

const Node* Topology::find_node(std::string_view wanted) const {
  const auto found =
      std::find_if(nodes.begin(), nodes.end(), [&](const Node& n) { return n.name == wanted; });
  return found == nodes.end() ? nullptr : &*found;
}

bool Topology::uses_ipv6() const {
  for (const auto& node : nodes) {
    for (const auto& interface : node.interfaces)
      for (const auto& prefix : interface.addresses)
        if (prefix.address.is_v6()) return true;
    for (const auto& route : node.routes)
      if ((route.to && route.to->address.is_v6()) || (route.via && route.via->is_v6())) return true;
  }
  return false;
}

const Node* Topology::owner_of(const IpAddress& address) const {
  for (const auto& node : nodes)
    for (const auto& interface : node.interfaces)
      for (const auto& prefix : interface.addresses)
        if (prefix.address == address) return &node;
  return nullptr;
}

}  // namespace fwproof
