// The plan of a network: the ordered steps that turn a topology into namespaces, links, addresses
// and routes. Pure data, so that it can be tested without privilege and printed as the commands a
// person would type; lab/ carries the steps out over netlink.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/topology.h"

namespace fwproof::plan {

/// The Linux bridge of a node of `kind: bridge`, and of every hidden bridge.
inline constexpr const char* kBridgeDevice = "br0";

struct MakeNetns {
  std::string node;
};

struct SetSysctl {
  std::string node;
  std::string key;  // as sysctl(8) writes it, dots and all
  std::string value;
  bool optional = false;  // a default of the lab: passed over where the kernel has no such file
};

/// A veth pair, each end made in the namespace where it will live. Numbers are the ends' interface
/// indexes, unique in the topology; their MAC addresses follow from them.
struct AddVeth {
  LinkEnd a;
  LinkEnd b;
  std::optional<uint32_t> mtu_a;
  std::optional<uint32_t> mtu_b;
  uint32_t number_a = 0;
  uint32_t number_b = 0;
};

/// A bridge without spanning tree and without multicast snooping.
struct AddBridge {
  std::string node;
  std::string dev;
  uint32_t number = 0;
};

struct AddPort {
  std::string node;
  std::string dev;
  std::string bridge;
};

struct AddAddress {
  std::string node;
  std::string dev;
  Prefix prefix;
};

/// How often and how fast an unanswered neighbour is asked for before EHOSTUNREACH.
struct SetNeighbours {
  std::string node;
  std::string dev;
  bool v6 = false;
};
inline constexpr uint32_t kNeighbourRetransMs = 20;
inline constexpr uint32_t kNeighbourProbes = 3;

struct BringUp {
  std::string node;
  std::string dev;
};

/// Makes the kernel act now on a carrier that came after the device was brought up. Otherwise its
/// queue is attached when linkwatch gets to it (up to a second later) and packets are lost.
struct SyncCarrier {
  std::string node;
  std::string dev;
};

struct AddRoute {
  std::string node;
  Route route;
};

using Step = std::variant<MakeNetns, SetSysctl, AddVeth, AddBridge, AddPort, AddAddress,
                          SetNeighbours, BringUp, SyncCarrier, AddRoute>;

/// The network of a topology, step by step, in the order that is fastest and right. A link with
/// `bridge` or more than two ends becomes a namespace of its own named "(bridge 1)", with a bridge
/// and one port an end.
///
/// What every node gets without being asked, and why:
///   net.ipv6.conf.all.disable_ipv6=1     where the topology has no IPv6: no unasked packets
///   net.ipv6.conf.default.accept_dad=0, accept_ra=0  elsewhere: addresses are usable at once
///   net.ipv4.icmp_ratemask=0, net.ipv6.icmp.ratemask=  an ICMP error is sent each time it is due,
///                                        past both limits (per destination and of the machine);
///                                        not where the node sets an ICMP limit of its own
///   net.ipv4.ping_group_range=0 0        group 0, as which everything in a node runs, may ping
///   neighbours asked for 3 times, 20 ms apart  a silent one becomes EHOSTUNREACH in 60 ms
/// The node's own sysctls are set last and win; those with `.default.` in their name, which a
/// device copies when it is made, are set before there are devices.
std::vector<Step> plan_network(const Topology& topology);

/// The step as a person would type it: "ip -n gw link set eth0 up".
std::string to_command(const Step& step);

/// The locally administered MAC address of the device with this number: 02:00:00:00:00:07.
std::string mac_address(uint32_t number);

}  // namespace fwproof::plan
