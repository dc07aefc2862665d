// Virtual devices over NETLINK_ROUTE, one call a kind (ip-link(8)), and what hangs on them. `link`
// is the index of the device below, in the socket's namespace.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "nl/link.h"

namespace fwproof::nl {

/// Without spanning tree and without multicast snooping.
void add_bridge(Socket& socket, const NewLink& bridge, bool vlan_filtering,
                const std::string& attempt);

void add_vlan(Socket& socket, const NewLink& vlan, int link, uint16_t id,
              const std::string& attempt);

/// `mode` is private, vepa, bridge or passthru.
void add_macvlan(Socket& socket, const NewLink& macvlan, int link, std::string_view mode,
                 const std::string& attempt);

struct VxlanParameters {
  uint32_t id = 0;
  std::optional<IpAddress> remote;
  std::optional<IpAddress> local;
  int link = 0;  // 0: none
  uint16_t port = 0;
};
void add_vxlan(Socket& socket, const NewLink& vxlan, const VxlanParameters& parameters,
               const std::string& attempt);

/// `kind` is "ipip" or "sit".
void add_tunnel(Socket& socket, const NewLink& tunnel, const char* kind, const IpAddress& local,
                const IpAddress& remote, const std::string& attempt);

void add_gre(Socket& socket, const NewLink& tunnel, const IpAddress& local, const IpAddress& remote,
             std::optional<uint32_t> key, const std::string& attempt);

void add_vrf(Socket& socket, const NewLink& vrf, uint32_t table, const std::string& attempt);

/// A device of a kind that wants to be told nothing: dummy, wireguard.
void add_plain(Socket& socket, const NewLink& link, const char* kind, const std::string& attempt);

/// A tun or tap device in the namespace of the calling thread, which stays until that ends
/// (TUNSETPERSIST, linux/if_tun.h), without a program at its other end so far.
void add_tun(const NewLink& tun, bool tap, const std::string& attempt);

/// Changes the MAC address and MTU of a device that is there, as far as `link` tells any.
void change_link(Socket& socket, const NewLink& link, const std::string& attempt);

/// Lets a VLAN through a port of a bridge with VLAN filtering or, with `self`, to the bridge.
struct VlanOfPort {
  int port = 0;
  bool self = false;
  uint16_t id = 0;
  bool pvid = false;
  bool untagged = false;
};
void add_port_vlan(Socket& socket, const VlanOfPort& vlan, const std::string& attempt);

/// Takes one away again: the kernel gives VLAN 1 to every port unasked.
void remove_port_vlan(Socket& socket, const VlanOfPort& vlan, const std::string& attempt);

}  // namespace fwproof::nl
