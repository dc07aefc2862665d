#include "nl/link.h"

#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "nl/message.h"
#include "nl/new_link.h"

namespace fwproof::nl {
namespace {

/// Network ioctls go to the device whatever kind of socket they are asked of, and to the namespace
/// of that socket (sock_ioctl in the kernel's net/socket.c).
bool device_ioctl(Socket& socket, unsigned long request, ifreq& argument) {
  return ioctl(socket.fd(), request, &argument) == 0;
}

}  // namespace

void add_veth(Socket& socket, const NewLink& here, const Netns& other, const NewLink& peer,
              const std::string& attempt) {
  Message message = new_link(here);
  put_link(message.get(), here);
  {
    const Nest info(message.get(), IFLA_LINKINFO);
    put(nla_put_string(message.get(), IFLA_INFO_KIND, "veth"));
    const Nest data(message.get(), IFLA_INFO_DATA);
    const Nest other_end(message.get(), VETH_INFO_PEER);
    append(message.get(), header_of(peer.index));
    put_link(message.get(), peer);
    put(nla_put_u32(message.get(), IFLA_NET_NS_FD, static_cast<uint32_t>(other.fd())));
  }
  socket.request(message.get(), attempt);
}

void add_port(Socket& socket, int port, int master, const std::string& attempt) {
  Message message = make_message(RTM_NEWLINK, 0);
  append(message.get(), header_of(port));
  put(nla_put_u32(message.get(), IFLA_MASTER, static_cast<uint32_t>(master)));
  socket.request(message.get(), attempt);
}

namespace {

void set_flags(Socket& socket, int index, unsigned flags, unsigned change,
               const std::string& attempt) {
  Message message = make_message(RTM_NEWLINK, 0);
  ifinfomsg header = header_of(index);
  header.ifi_flags = flags;
  header.ifi_change = change;
  append(message.get(), header);
  socket.request(message.get(), attempt);
}

}  // namespace

void bring_up(Socket& socket, int index, const std::string& attempt) {
  set_flags(socket, index, IFF_UP, IFF_UP, attempt);
}

void take_down(Socket& socket, int index, const std::string& attempt) {
  set_flags(socket, index, 0, IFF_UP, attempt);
}

void add_address(Socket& socket, int index, const Prefix& prefix, const std::optional<Prefix>& peer,
                 const std::string& attempt) {
  Message message = make_message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
  const Prefix& subnet = peer ? *peer : prefix;
  append(message.get(), ifaddrmsg{.ifa_family = static_cast<uint8_t>(prefix.address.family()),
                                  .ifa_prefixlen = subnet.length,
                                  .ifa_scope = RT_SCOPE_UNIVERSE,
                                  .ifa_index = static_cast<uint32_t>(index)});
  put_address(message.get(), IFA_LOCAL, prefix.address);
  put_address(message.get(), IFA_ADDRESS, subnet.address);
  socket.request(message.get(), attempt);
}

void add_neighbour(Socket& socket, int index, const IpAddress& address, const MacAddress& mac,
                   const std::string& attempt) {
  Message message = make_message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
  append(message.get(), ndmsg{.ndm_family = static_cast<uint8_t>(address.family()),
                              .ndm_ifindex = index,
                              .ndm_state = NUD_PERMANENT});
  put_address(message.get(), NDA_DST, address);
  put(nla_put(message.get(), NDA_LLADDR, static_cast<int>(mac.bytes.size()), mac.bytes.data()));
  socket.request(message.get(), attempt);
}

void set_neighbours(Socket& socket, int index, int family, const NeighbourTimes& times,
                    const std::string& attempt) {
  Message message = make_message(RTM_SETNEIGHTBL, 0);
  append(message.get(), ndtmsg{.ndtm_family = static_cast<uint8_t>(family)});
  put(nla_put_string(message.get(), NDTA_NAME, family == AF_INET ? "arp_cache" : "ndisc_cache"));
  {
    const Nest parameters(message.get(), NDTA_PARMS);
    put(nla_put_u32(message.get(), NDTPA_IFINDEX, static_cast<uint32_t>(index)));
    put(nla_put_u64(message.get(), NDTPA_RETRANS_TIME, times.retrans_ms));
    put(nla_put_u32(message.get(), NDTPA_MCAST_PROBES, times.probes));
    put(nla_put_u64(message.get(), NDTPA_PROXY_DELAY, times.proxy_delay_ms));
  }
  socket.request(message.get(), attempt);
}

bool settle_carrier(Socket& socket, const std::string& dev, const std::string& attempt) {
  assert(dev.size() < IFNAMSIZ);
  ethtool_value value{.cmd = ETHTOOL_GLINK, .data = 0};
  ifreq argument{};
  std::copy(dev.begin(), dev.end(), argument.ifr_name);
  argument.ifr_data = reinterpret_cast<char*>(&value);
  if (!device_ioctl(socket, SIOCETHTOOL, argument)) throw MachineError::from_errno(attempt, errno);
  return value.data != 0;
}

void sync_carrier(Socket& socket, const std::string& dev, const std::string& attempt) {
  if (!settle_carrier(socket, dev, attempt))
    throw MachineError(attempt, "there is no carrier although both ends are up");
}

MacAddress mac_of(Socket& socket, const std::string& dev, const std::string& attempt) {
  assert(dev.size() < IFNAMSIZ);
  ifreq argument{};
  std::copy(dev.begin(), dev.end(), argument.ifr_name);
  if (!device_ioctl(socket, SIOCGIFHWADDR, argument))
    throw MachineError::from_errno(attempt, errno);
  MacAddress mac;
  std::copy_n(argument.ifr_hwaddr.sa_data, mac.bytes.size(), mac.bytes.begin());
  return mac;
}

std::string device_name(Socket& socket, int index) {
  ifreq argument{};
  argument.ifr_ifindex = index;
  if (!device_ioctl(socket, SIOCGIFNAME, argument))
    throw MachineError::from_errno("find the name of device " + std::to_string(index), errno);
  return argument.ifr_name;
}

int device_index(Socket& socket, const std::string& dev, const std::string& attempt) {
  assert(dev.size() < IFNAMSIZ);
  ifreq argument{};
  std::copy(dev.begin(), dev.end(), argument.ifr_name);
  if (!device_ioctl(socket, SIOCGIFINDEX, argument)) throw MachineError::from_errno(attempt, errno);
  return argument.ifr_ifindex;
}

}  // namespace fwproof::nl
