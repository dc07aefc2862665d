// Network devices that a topology makes by a key and not by a link, in iproute2's words
// (ip-link(8)). `link` is another device of the same node, the one below.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/address.h"

namespace fwproof {

/// A tag of IEEE 802.1Q on another device.
struct Vlan {
  std::string link;
  uint16_t id = 0;  // 1 to 4094
  bool operator==(const Vlan&) const = default;
};

struct Macvlan {
  std::string link;
  std::string mode = "bridge";  // private, vepa, bridge, passthru
  bool operator==(const Macvlan&) const = default;
};

/// Ethernet in UDP (RFC 7348).
struct Vxlan {
  uint32_t id = 0;                  // the VNI, 24 bits
  std::optional<IpAddress> remote;  // one far end, or a group
  std::optional<IpAddress> local;
  std::string link;  // may be empty
  uint16_t port = 4789;
  bool operator==(const Vxlan&) const = default;
};

/// Its ports are the interfaces that call it their `master`.
struct Bridge {
  bool vlan_filtering = false;
  bool operator==(const Bridge&) const = default;
};

/// A point-to-point tunnel over IP.
struct Tunnel {
  enum class Kind { gre, ipip, sit };
  Kind kind = Kind::gre;
  IpAddress local;  // IPv4, both
  IpAddress remote;
  std::optional<uint32_t> key;  // gre (RFC 2890)
  bool operator==(const Tunnel&) const = default;
};

/// Its keys are made by fwproof. A peer is another wireguard device of the topology.
struct Wireguard {
  struct Peer {
    std::string node;
    std::string dev;
    std::optional<Endpoint> endpoint;
    std::vector<Prefix> allowed;
    bool operator==(const Peer&) const = default;
  };
  uint16_t port = 51820;
  std::vector<Peer> peers;
  bool operator==(const Wireguard&) const = default;
};

/// A routing domain of its own: routes of its members are looked up in this table.
struct Vrf {
  uint32_t table = 0;
  bool operator==(const Vrf&) const = default;
};

struct Dummy {
  bool operator==(const Dummy&) const = default;
};

/// A device whose other end is a program (/dev/net/tun): packets, or with `tap` frames.
struct Tun {
  bool tap = false;
  bool operator==(const Tun&) const = default;
};

using Device = std::variant<Vlan, Macvlan, Vxlan, Bridge, Tunnel, Wireguard, Vrf, Dummy, Tun>;

/// iproute2's word: "vlan", "gre", "tap".
std::string_view kind_of(const Device& device);

/// The device below it in its node; empty if there is none.
std::string_view link_of(const Device& device);

/// True for devices that carry Ethernet frames: those with a MAC address.
bool is_ethernet(const Device& device);

}  // namespace fwproof
