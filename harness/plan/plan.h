// The plan of a network: the ordered steps that turn a topology into namespaces, links, addresses
// and routes. Pure data, so that it can be tested without privilege and printed as the commands a
// person would type; lab/ carries the steps out over netlink.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/topology.h"

namespace fwproof::plan {

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
/// indexes, unique in the topology; a MAC address that nobody fixed follows from them.
struct AddVeth {
  LinkEnd a;
  LinkEnd b;
  std::optional<uint32_t> mtu_a;
  std::optional<uint32_t> mtu_b;
  uint32_t number_a = 0;
  uint32_t number_b = 0;
  MacAddress mac_a;
  MacAddress mac_b;
};

/// A device of another kind. A bridge is without spanning tree and without multicast snooping.
struct AddDevice {
  std::string node;
  std::string dev;
  Device device;
  uint32_t number = 0;
  std::optional<MacAddress> mac;  // nothing: it has none, or that of the device below it
  std::optional<uint32_t> mtu;
};

struct AddPort {
  std::string node;
  std::string dev;
  std::string master;
};

struct AddPortVlan {
  std::string node;
  std::string dev;
  PortVlan vlan;
  bool self = false;  // `dev` is the bridge itself
};

struct RemovePortVlan {
  std::string node;
  std::string dev;
  uint16_t id = 0;
  bool self = false;
};

/// A private key of the lab's own, and the port.
struct SetWireguard {
  std::string node;
  std::string dev;
  uint32_t number = 0;  // of the device: the key follows from it
  uint16_t port = 0;
};

/// After all wireguard devices have their keys.
struct AddWireguardPeer {
  std::string node;
  std::string dev;
  Wireguard::Peer peer;
};

struct AddAddress {
  std::string node;
  std::string dev;
  Prefix prefix;
  std::optional<Prefix> peer;
};

/// How often and how fast an unanswered neighbour is asked for before EHOSTUNREACH. On a busy
/// machine an answer may take tens of milliseconds to be looked at. The kernel's own second, and
/// the 0.8 s that it may take to answer for another, both divided by ten.
struct SetNeighbours {
  std::string node;
  std::string dev;
  bool v6 = false;
};
inline constexpr uint32_t kNeighbourRetransMs = 100;
inline constexpr uint32_t kNeighbourProbes = 3;
inline constexpr uint32_t kProxyDelayMs = 80;

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

/// Until its IPv6 addresses are fit for use: the kernel makes them so in its own time.
struct AwaitAddresses {
  std::string node;
};

struct SetNetem {
  std::string node;
  std::string dev;
  Netem netem;
};

struct AddNeighbour {
  std::string node;
  std::string dev;
  IpAddress address;
  MacAddress mac;
};

struct AddRoute {
  std::string node;
  Route route;
};

struct AddPolicyRule {
  std::string node;
  PolicyRule rule;
};

using Step =
    std::variant<MakeNetns, SetSysctl, AddVeth, AddDevice, AddPort, AddPortVlan, RemovePortVlan,
                 SetWireguard, AddWireguardPeer, AddAddress, SetNeighbours, BringUp, SyncCarrier,
                 AwaitAddresses, SetNetem, AddNeighbour, AddRoute, AddPolicyRule>;

/// The network of a topology, step by step, in the order that is fastest and right. A link with
/// `bridge` or more than two ends becomes a namespace of its own named "(bridge 1)", with a bridge
/// and one port an end.
///
/// What every node gets without being asked, and why:
///   net.ipv6.conf.default.disable_ipv6=1 where the topology has no IPv6: no unasked packets; lo,
///                                        which sends none, keeps it; `all` in its place, lo too,
///                                        where the node sets any net.ipv6.conf of its own
///   net.ipv6.conf.default.accept_dad=0, accept_ra=0  elsewhere: no wait for others that may have
///                                        an address; and the plan goes on when all are usable
///   net.ipv4.icmp_ratemask=0, net.ipv6.icmp.ratemask=  an ICMP error is sent each time it is due,
///                                        past both limits (per destination and of the machine);
///                                        not where the node sets an ICMP limit of its own
///   net.ipv4.ping_group_range=0 0        group 0, as which everything in a node runs, may ping
///   net.ipv4.tcp_no_metrics_save=1       no connection goes by what an earlier one measured
///   neighbours asked for 3 times, 100 ms apart  a silent one becomes EHOSTUNREACH in 300 ms
/// The node's own sysctls are set last and win; those with `.default.` in their name, which a
/// device copies when it is made, are set before there are devices.
std::vector<Step> plan_network(const Topology& topology);

/// The step as a person would type it: "ip -n gw link set eth0 up".
std::string to_command(const Step& step);

/// The private key of the wireguard device with this number: worth nothing outside a lab.
std::array<uint8_t, 32> wireguard_key(uint32_t number);

}  // namespace fwproof::plan
