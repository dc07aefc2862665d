// A topology file's tree turned into a Topology, and the checks that only the whole network allows.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/location.h"
#include "model/topology.h"
#include "parse/reader.h"
#include "parse/yaml.h"

namespace fwproof::parse {

inline constexpr size_t kMaxNodes = 4096;

// The least an IPv4 link carries (RFC 791) and what veth takes at most (linux/if_ether.h,
// ETH_MAX_MTU).
inline constexpr uint64_t kLeastMtu = 68;
inline constexpr uint64_t kMostMtu = 65535;

/// 0 and 4095 mean something else (IEEE 802.1Q, VLAN_N_VID in linux/if_vlan.h).
inline constexpr uint64_t kMostVlan = 4094;

/// Where things stand that the Topology itself does not place.
struct TopologyPlaces {
  struct Address {
    LinkEnd of;
    Prefix prefix;
    Location at;
    bool shared = false;  // others on its link have it too, and that is meant
  };
  /// A way that a route takes, itself or by one of its next hops.
  struct Way {
    std::string node;
    NextHop hop;
    Location via_at;
    Location dev_at;
  };
  struct Source {
    std::string node;
    IpAddress address;
    Location at;
  };
  struct Dev {
    LinkEnd dev;
    Location at;
  };
  /// A neighbour that is told by a node, until all nodes are known.
  struct NeighbourWords {
    std::string node;
    size_t index = 0;  // its place among the node's
    std::string text;
    Location at;
  };
  std::vector<Address> addresses;
  std::vector<Way> ways;
  std::vector<Source> sources;
  std::vector<Dev> devs;  // that rules and neighbours name
  std::vector<NeighbourWords> neighbours;
  std::set<LinkEnd> of_a_kind;  // interfaces with `kind`, also one that is mistaken
  std::map<LinkEnd, Location> masters;
  std::map<LinkEnd, Location> vlans;
  std::vector<std::vector<Location>> ends;  // one for each link, in the order of its endpoints
  bool links_complete = true;               // every endpoint could be read
};

/// Everything that can be read; the rest is reported to the reader.
Topology read_topology(Reader& reader, Yaml root);

/// `links`, once the nodes are there.
void read_links(Reader& reader, const Yaml& list, Topology& topology, TopologyPlaces& places);

/// `netem` of a link.
std::optional<Netem> read_netem(Reader& reader, const Yaml& map);

/// `neighbours` of the node.
void read_neighbours(Reader& reader, const Yaml& value, Node& node, TopologyPlaces& places);

/// Finds the devices that neighbours are told by, once nodes and links are there.
void resolve_neighbours(Reader& reader, Topology& topology, const TopologyPlaces& places);

/// What needs the whole network: links, subnets, duplicate addresses, routes, devices.
void check_topology(Reader& reader, const Topology& topology, const TopologyPlaces& places);

/// The part of it that is about devices by kind and their masters.
void check_devices(Reader& reader, const Topology& topology, const TopologyPlaces& places);

/// What is wrong with a dev's name; empty if nothing is. The kernel's own rules (net/core/dev.c,
/// dev_valid_name), and the names that /proc/sys/net keeps for itself.
std::string device_name_fault(std::string_view name);

/// "tcp/80", "udp/10.0.0.5:53".
std::optional<Service> read_service(Reader& reader, const Yaml& value);

/// A key below net. that cannot lead out of /proc/sys/net.
bool check_sysctl_key(Reader& reader, const Yaml& key);

}  // namespace fwproof::parse
