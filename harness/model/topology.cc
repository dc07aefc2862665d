#include "model/topology.h"

#include <algorithm>

namespace fwproof {

std::string_view to_string(Transport transport) {
  return transport == Transport::tcp ? "tcp" : "udp";
}

std::string_view to_string(RouteType type) {
  switch (type) {
    case RouteType::unicast:
      return "unicast";
    case RouteType::local:
      return "local";
    case RouteType::blackhole:
      return "blackhole";
    case RouteType::unreachable:
      return "unreachable";
    case RouteType::prohibit:
      return "prohibit";
    case RouteType::throw_:
      return "throw";
  }
  return "";
}

bool Route::is_v6() const {
  if (to) return to->address.is_v6();
  if (via) return via->is_v6();
  return std::any_of(nexthops.begin(), nexthops.end(),
                     [](const NextHop& hop) { return hop.via && hop.via->is_v6(); });
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
    if (std::any_of(node.routes.begin(), node.routes.end(),
                    [](const Route& route) { return route.is_v6(); }))
      return true;
  }
  return false;
}

namespace {

bool is_broadcast_of(const Prefix& prefix, const IpAddress& address) {
  const unsigned host_bits = 32u - prefix.length;
  if (prefix.address.is_v6() || host_bits < 2 || !prefix.contains(address)) return false;
  const auto bytes = address.bytes();
  uint32_t value = 0;
  for (const uint8_t byte : bytes) value = value << 8 | byte;
  const uint32_t hosts = host_bits == 32 ? 0xffffffffu : (1u << host_bits) - 1;
  return (value & hosts) == hosts;
}

}  // namespace

bool Topology::is_for_many(const IpAddress& address) const {
  static const Prefix kMulticast = *Prefix::parse("224.0.0.0/4");
  static const Prefix kMulticast6 = *Prefix::parse("ff00::/8");
  static const IpAddress kEverybody = *IpAddress::parse("255.255.255.255");
  if (kMulticast.contains(address) || kMulticast6.contains(address) || address == kEverybody)
    return true;
  for (const Node& node : nodes)
    for (const Interface& interface : node.interfaces)
      for (const Prefix& prefix : interface.addresses)
        if (!address.is_v6() && is_broadcast_of(prefix, address)) return true;
  return false;
}

}  // namespace fwproof
