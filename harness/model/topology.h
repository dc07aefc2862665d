// A network as the user wrote it: nodes (one netns each) and the links between them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/mac.h"
#include "model/device.h"
#include "model/location.h"

namespace fwproof {

/// The longest name of a network device, without the final zero (IFNAMSIZ - 1, linux/if.h).
inline constexpr size_t kMaxDeviceName = 15;

/// A VLAN that a port of a bridge with VLAN filtering lets through (bridge(8)).
struct PortVlan {
  uint16_t id = 0;
  bool pvid = false;      // frames that come in without a tag are of this one
  bool untagged = false;  // frames of it leave without a tag
  bool operator==(const PortVlan&) const = default;
};

struct Interface {
  std::string name;
  /// In order: of those in one subnet the kernel makes the first primary, the others secondary.
  std::vector<Prefix> addresses;
  std::map<IpAddress, Prefix> peers;  // own address -> the address at the other end
  std::optional<uint32_t> mtu;
  std::optional<MacAddress> mac;  // nothing: one that follows from its place in the topology
  std::string master;             // the bridge or vrf of its node that it is a port of
  std::vector<PortVlan> vlans;    // a port of a bridge with VLAN filtering
  std::optional<Device> device;   // nothing: lo, or an end of a link
  Location at;
  bool operator==(const Interface&) const = default;
};

/// What becomes of a packet that takes the route (RTN_*, linux/rtnetlink.h): sent, or dropped in
/// silence, with an ICMP error (host unreachable, administratively prohibited), or looked up in the
/// next table.
enum class RouteType { unicast, local, blackhole, unreachable, prohibit, throw_ };
std::string_view to_string(RouteType type);

/// The kernel's main table (RT_TABLE_MAIN).
inline constexpr uint32_t kMainTable = 254;

struct NextHop {
  std::optional<IpAddress> via;
  std::string dev;
  uint32_t weight = 1;  // 1 to 256
  bool on_link = false;
  bool operator==(const NextHop&) const = default;
};

struct Route {
  std::optional<Prefix> to;  // nothing means default
  std::optional<IpAddress> via;
  std::string dev;  // empty: the kernel finds it from `via`
  uint32_t table = kMainTable;
  std::optional<uint32_t> metric;
  std::optional<IpAddress> source;  // preferred source address
  RouteType type = RouteType::unicast;
  bool on_link = false;           // `via` is taken to be reachable on `dev` without a route to it
  std::vector<NextHop> nexthops;  // instead of `via` and `dev`: multipath
  Location at;

  bool is_v6() const;
  bool operator==(const Route&) const = default;
};

/// A rule of policy routing (ip-rule(8)): packets that match look their route up in `table`.
struct PolicyRule {
  bool v6 = false;
  uint32_t priority = 0;  // lower ones are asked first
  std::optional<Prefix> from;
  std::optional<Prefix> to;
  std::string iif;
  std::string oif;
  std::optional<uint32_t> fwmark;
  uint32_t fwmask = 0xFFFFFFFF;
  std::optional<uint8_t> tos;
  std::optional<uint8_t> protocol;                     // IPPROTO_*
  std::optional<std::pair<uint16_t, uint16_t>> sport;  // first and last
  std::optional<std::pair<uint16_t, uint16_t>> dport;
  uint32_t table = kMainTable;
  RouteType type = RouteType::unicast;  // or blackhole, unreachable, prohibit
  Location at;
  bool operator==(const PolicyRule&) const = default;
};

/// A neighbour that is known from the start and is never asked for (NUD_PERMANENT).
struct Neighbour {
  std::string dev;
  IpAddress address;
  std::optional<MacAddress> mac;  // nothing: that of the device of `node`
  std::string node;
  std::string node_dev;
  Location at;
  bool operator==(const Neighbour&) const = default;
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
  std::string says;  // the line it answers, without its end; empty: kAnswer of drive/services.h
  Location at;
  /// Two that listen at one place cannot both be.
  bool same_place(const Service& other) const {
    return transport == other.transport && port == other.port && address == other.address;
  }
  /// Equal wherever they are written.
  bool operator==(const Service& other) const {
    return same_place(other) && transparent == other.transparent && says == other.says;
  }
};

/// The Linux bridge of a node of `kind: bridge`, and of every hidden bridge.
inline constexpr const char* kBridgeDevice = "br0";

struct Node {
  std::string name;
  bool bridge = false;                // kind: bridge. Every interface is a port of one Linux bridge
  bool vlan_filtering = false;        // of that bridge
  bool forwarding = false;            // IPv4 and, where the topology has any, IPv6
  bool conntrack = false;             // switch connection tracking on although no rule needs it
  std::vector<Interface> interfaces;  // lo is always there and always up; named here for addresses
  std::vector<Route> routes;
  std::vector<PolicyRule> rules;
  std::vector<Neighbour> neighbours;
  std::vector<Service> services;
  std::vector<std::pair<std::string, std::string>> sysctls;  // "net.ipv4.conf.all.rp_filter" -> "1"
  Location at;
  bool operator==(const Node&) const = default;
};

struct LinkEnd {
  std::string node;
  std::string dev;
  auto operator<=>(const LinkEnd&) const = default;
};

/// What a queueing discipline does to the packets that leave a device (tc-netem(8)).
struct Netem {
  uint32_t delay_us = 0;
  uint32_t jitter_us = 0;
  double loss = 0;  // per cent, as are the others
  double duplicate = 0;
  double corrupt = 0;
  double reorder = 0;
  bool operator==(const Netem&) const = default;
};

/// Two ends are a veth pair. More than two, or `kind: bridge`, are ports of a Linux bridge in a
/// netns of its own that belongs to no node.
struct Link {
  std::vector<LinkEnd> endpoints;
  bool bridge = false;
  std::optional<Netem> netem;  // on each of its ends
  Location at;
  bool operator==(const Link&) const = default;
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
  bool operator==(const Topology&) const = default;
};

}  // namespace fwproof
