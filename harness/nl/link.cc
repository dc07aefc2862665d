#include "nl/link.h"

#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <new>

#include "base/error.h"

namespace fwproof::nl {
namespace {

/// libnl's nla_put_ family fails only for want of memory.
void put(int result) {
  if (result < 0) throw std::bad_alloc();
}

class Nest {
 public:
  Nest(nl_msg* message, int type) : message_(message), start_(nla_nest_start(message, type)) {
    if (!start_) throw std::bad_alloc();
  }
  ~Nest() { nla_nest_end(message_, start_); }
  Nest(const Nest&) = delete;
  Nest& operator=(const Nest&) = delete;

 private:
  nl_msg* message_;
  nlattr* start_;
};

template <typename Header>
void append(nl_msg* message, Header header) {
  put(nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO));
}

ifinfomsg link_header(int index) { return {.ifi_family = AF_UNSPEC, .ifi_index = index}; }

Message new_link(const Device& device) {
  Message message = make_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  append(message.get(), link_header(device.index));
  return message;
}

void put_device(nl_msg* message, const Device& device) {
  put(nla_put_string(message, IFLA_IFNAME, device.name.c_str()));
  put(nla_put(message, IFLA_ADDRESS, static_cast<int>(device.mac.size()), device.mac.data()));
  if (device.mtu) put(nla_put_u32(message, IFLA_MTU, *device.mtu));
}

/// Network ioctls go to the device whatever kind of socket they are asked of, and to the namespace
/// of that socket (sock_ioctl in the kernel's net/socket.c).
bool device_ioctl(Socket& socket, unsigned long request, ifreq& argument) {
  return ioctl(socket.fd(), request, &argument) == 0;
}

}  // namespace

void add_veth(Socket& socket, const Device& here, const Netns& other, const Device& peer,
              const std::string& attempt) {
  Message message = new_link(here);
  put_device(message.get(), here);
  {
    const Nest info(message.get(), IFLA_LINKINFO);
    put(nla_put_string(message.get(), IFLA_INFO_KIND, "veth"));
    const Nest data(message.get(), IFLA_INFO_DATA);
    const Nest other_end(message.get(), VETH_INFO_PEER);
    append(message.get(), link_header(peer.index));
    put_device(message.get(), peer);
    put(nla_put_u32(message.get(), IFLA_NET_NS_FD, static_cast<uint32_t>(other.fd())));
  }
  socket.request(message.get(), attempt);
}

void add_bridge(Socket& socket, const Device& bridge, const std::string& attempt) {
  Message message = new_link(bridge);
  put_device(message.get(), bridge);
  {
    const Nest info(message.get(), IFLA_LINKINFO);
    put(nla_put_string(message.get(), IFLA_INFO_KIND, "bridge"));
    const Nest data(message.get(), IFLA_INFO_DATA);
    put(nla_put_u32(message.get(), IFLA_BR_STP_STATE, 0));
    put(nla_put_u8(message.get(), IFLA_BR_MCAST_SNOOPING, 0));
  }
  socket.request(message.get(), attempt);
}

void add_port(Socket& socket, int port, int bridge, const std::string& attempt) {
  Message message = make_message(RTM_NEWLINK, 0);
  append(message.get(), link_header(port));
  put(nla_put_u32(message.get(), IFLA_MASTER, static_cast<uint32_t>(bridge)));
  socket.request(message.get(), attempt);
}

void bring_up(Socket& socket, int index, const std::string& attempt) {
  Message message = make_message(RTM_NEWLINK, 0);
  ifinfomsg header = link_header(index);
  header.ifi_flags = IFF_UP;
  header.ifi_change = IFF_UP;
  append(message.get(), header);
  socket.request(message.get(), attempt);
}

void add_address(Socket& socket, int index, const Prefix& prefix, const std::string& attempt) {
  Message message = make_message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
  append(message.get(), ifaddrmsg{.ifa_family = static_cast<uint8_t>(prefix.address.family()),
                                  .ifa_prefixlen = prefix.length,
                                  .ifa_flags = IFA_F_NODAD,
                                  .ifa_scope = RT_SCOPE_UNIVERSE,
                                  .ifa_index = static_cast<uint32_t>(index)});
  const auto bytes = prefix.address.bytes();
  put(nla_put(message.get(), IFA_LOCAL, static_cast<int>(bytes.size()), bytes.data()));
  put(nla_put(message.get(), IFA_ADDRESS, static_cast<int>(bytes.size()), bytes.data()));
  socket.request(message.get(), attempt);
}

void set_neighbours(Socket& socket, int index, int family, uint32_t retrans_ms, uint32_t probes,
                    const std::string& attempt) {
  Message message = make_message(RTM_SETNEIGHTBL, 0);
  append(message.get(), ndtmsg{.ndtm_family = static_cast<uint8_t>(family)});
  put(nla_put_string(message.get(), NDTA_NAME, family == AF_INET ? "arp_cache" : "ndisc_cache"));
  {
    const Nest parameters(message.get(), NDTA_PARMS);
    put(nla_put_u32(message.get(), NDTPA_IFINDEX, static_cast<uint32_t>(index)));
    put(nla_put_u64(message.get(), NDTPA_RETRANS_TIME, retrans_ms));
    put(nla_put_u32(message.get(), NDTPA_MCAST_PROBES, probes));
  }
  socket.request(message.get(), attempt);
}

void sync_carrier(Socket& socket, const std::string& dev, const std::string& attempt) {
  assert(dev.size() < IFNAMSIZ);
  ethtool_value value{.cmd = ETHTOOL_GLINK, .data = 0};
  ifreq argument{};
  std::copy(dev.begin(), dev.end(), argument.ifr_name);
  argument.ifr_data = reinterpret_cast<char*>(&value);
  if (!device_ioctl(socket, SIOCETHTOOL, argument)) throw MachineError::from_errno(attempt, errno);
  if (value.data == 0) throw MachineError(attempt, "there is no carrier although both ends are up");
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
