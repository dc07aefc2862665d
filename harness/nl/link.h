// Network devices over NETLINK_ROUTE (rtnetlink(7)). Every call acts in the namespace of the socket
// it is given, and throws MachineError "attempt: reason" where the kernel says no.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/address.h"
#include "base/mac.h"
#include "nl/netns.h"
#include "nl/socket.h"

namespace fwproof::nl {

/// lo is the first device of every namespace (LOOPBACK_IFINDEX, linux/net/flow.h).
inline constexpr int kLoopbackIndex = 1;

/// A device as it is to be made: with this name, this interface index and, where it has one that
/// it does not take from the device below it, this address.
struct NewLink {
  std::string name;
  int index = 0;
  std::optional<MacAddress> mac;
  std::optional<uint32_t> mtu;
};

/// A veth pair: `here` in the socket's namespace, `peer` in the other from the start, which spares
/// the 25 ms of moving it.
void add_veth(Socket& socket, const NewLink& here, const Netns& other, const NewLink& peer,
              const std::string& attempt);

/// Puts a device under a bridge or into a vrf.
void add_port(Socket& socket, int port, int master, const std::string& attempt);

void bring_up(Socket& socket, int index, const std::string& attempt);
void take_down(Socket& socket, int index, const std::string& attempt);

/// Adds an address, at once usable (IFA_F_NODAD: no duplicate address detection, RFC 4862 5.4).
/// `peer` is the address at the other end of a point-to-point link, and its subnet.
void add_address(Socket& socket, int index, const Prefix& prefix, const std::optional<Prefix>& peer,
                 const std::string& attempt);

/// A neighbour that is known and stays so (NUD_PERMANENT).
void add_neighbour(Socket& socket, int index, const IpAddress& address, const MacAddress& mac,
                   const std::string& attempt);

/// How often, and with what pause, a neighbour that does not answer is asked for on a device, and
/// how long at most a node takes there to answer for another (proxy ARP, proxy NDP).
struct NeighbourTimes {
  uint32_t retrans_ms = 0;
  uint32_t probes = 0;
  uint32_t proxy_delay_ms = 0;
};
/// Unlike the sysctls of the same purpose it works in a namespace owned by an ordinary user.
void set_neighbours(Socket& socket, int index, int family, const NeighbourTimes& times,
                    const std::string& attempt);

/// Makes the kernel act on a pending change of carrier (ETHTOOL_GLINK, linux/ethtool.h). True if
/// there is a carrier now.
bool settle_carrier(Socket& socket, const std::string& dev, const std::string& attempt);

/// The same where there must be a carrier.
void sync_carrier(Socket& socket, const std::string& dev, const std::string& attempt);

/// The address of a device in the socket's namespace (SIOCGIFHWADDR, netdevice(7)).
MacAddress mac_of(Socket& socket, const std::string& dev, const std::string& attempt);

/// The name of the device with this index in the socket's namespace (SIOCGIFNAME, netdevice(7)).
std::string device_name(Socket& socket, int index);
/// The other way round (SIOCGIFINDEX).
int device_index(Socket& socket, const std::string& dev, const std::string& attempt);

}  // namespace fwproof::nl
