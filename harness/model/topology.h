// A network as the user wrote it: nodes (one netns each) and the links between them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "model/location.h"

namespace fwproof {

/// The longest name of a network device, without the final zero (IFNAMSIZ - 1, linux/if.h).
inline constexpr size_t kMaxDeviceName = 15;

struct Interface {
  std::string name;
  std::vector<Prefix> addresses;
  std::optional<uint32_t> mtu;
  Location at;
};

struct Route {
  std::optional<Prefix> to;  // nothing means default
  std::optional<IpAddress> via;
  std::string dev;  // empty: the kernel finds it from `via`
  Location at;
};

enum class Transport { tcp, udp };
std::string_view to_string(Transport transport);

/// A listener inside the fwproof process that answers whoever asks.
struct Service {
  Transport transport = Transport::tcp;
  uint16_t port = 0;
  std::optional<IpAddress> address;  // nothing: any, IPv4 and IPv6
  /// With IP_TRANSPARENT (ip(7)): TPROXY hands packets for any address to such a socket only.
  bool transparent = false;
  Location at;
  bool operator==(const Service& other) const {
    return transport == other.transport && port == other.port && address == other.address;
  }
};

struct Node {
  std::string name;
  bool bridge = false;                // kind: bridge. Every interface is a port of one Linux bridge
  bool forwarding = false;            // IPv4 and, where the topology has any, IPv6
  bool conntrack = false;             // switch connection tracking on although no rule needs it
  std::vector<Interface> interfaces;  // lo is always there and always up; named here for addresses
  std::vector<Route> routes;
  std::vector<Service> services;
  std::vector<std::pair<std::string, std::string>> sysctls;  // "net.ipv4.conf.all.rp_filter" -> "1"
  Location at;
};

struct LinkEnd {
  std::string node;
  std::string dev;
  auto operator<=>(const LinkEnd&) const = default;
};

/// Two ends are a veth pair. More than two, or `kind: bridge`, are ports of a Linux bridge in a
/// netns of its own that belongs to no node.
struct Link {
  std::vector<LinkEnd> endpoints;
  bool bridge = false;
  Location at;
};

struct Topology {
  std::string name;
  std::string file;
  std::vector<Node> nodes;
  std::vector<Link> links;

  const Node* find_node(std::string_view name) const;
  /// True if any address or route is IPv6; otherwise IPv6 stays off in every node.
  bool uses_ipv6() const;
  /// True for multicast (RFC 5771, RFC 4291), 255.255.255.255 and the broadcast address of any
  /// interface's subnet.
  bool is_for_many(const IpAddress& address) const;
  /// The node that has this address on one of its interfaces, or nullptr.
  const Node* owner_of(const IpAddress& address) const;
};

}  // namespace fwproof
