#include "nl/device.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/if_tunnel.h>
#include <linux/rtnetlink.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <functional>

#include "base/error.h"
#include "base/unique_fd.h"
#include "nl/message.h"
#include "nl/new_link.h"

namespace fwproof::nl {
namespace {

/// Makes a device of `kind`; `data` puts what the kind wants to be told. `link` 0: none below it.
void add_device(Socket& socket, const NewLink& device, int link, const char* kind,
                const std::function<void(nl_msg*)>& data, const std::string& attempt) {
  const Message message = new_link(device);
  put_link(message.get(), device);
  if (link != 0) put(nla_put_u32(message.get(), IFLA_LINK, static_cast<uint32_t>(link)));
  {
    const Nest info(message.get(), IFLA_LINKINFO);
    put(nla_put_string(message.get(), IFLA_INFO_KIND, kind));
    if (data) {
      const Nest nest(message.get(), IFLA_INFO_DATA);
      data(message.get());
    }
  }
  socket.request(message.get(), attempt);
}

uint32_t macvlan_mode(std::string_view mode) {
  if (mode == "private") return MACVLAN_MODE_PRIVATE;
  if (mode == "vepa") return MACVLAN_MODE_VEPA;
  if (mode == "passthru") return MACVLAN_MODE_PASSTHRU;
  assert(mode == "bridge");
  return MACVLAN_MODE_BRIDGE;
}

/// One change of a port's VLANs: RTM_SETLINK adds, RTM_DELLINK takes away (linux/if_bridge.h).
void change_port_vlan(Socket& socket, int type, const VlanOfPort& vlan,
                      const std::string& attempt) {
  const Message message = make_message(type, 0);
  ifinfomsg header = header_of(vlan.port);
  header.ifi_family = AF_BRIDGE;
  append(message.get(), header);
  {
    const Nest spec(message.get(), IFLA_AF_SPEC);
    if (vlan.self) put(nla_put_u16(message.get(), IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_SELF));
    const int flags =
        (vlan.pvid ? BRIDGE_VLAN_INFO_PVID : 0) | (vlan.untagged ? BRIDGE_VLAN_INFO_UNTAGGED : 0);
    bridge_vlan_info info{.flags = static_cast<uint16_t>(flags), .vid = vlan.id};
    put(nla_put(message.get(), IFLA_BRIDGE_VLAN_INFO, sizeof info, &info));
  }
  socket.request(message.get(), attempt);
}

}  // namespace

void add_bridge(Socket& socket, const NewLink& bridge, bool vlan_filtering,
                const std::string& attempt) {
  const auto data = [&](nl_msg* message) {
    put(nla_put_u32(message, IFLA_BR_STP_STATE, 0));
    put(nla_put_u8(message, IFLA_BR_MCAST_SNOOPING, 0));
    if (vlan_filtering) put(nla_put_u8(message, IFLA_BR_VLAN_FILTERING, 1));
  };
  add_device(socket, bridge, 0, "bridge", data, attempt);
}

void add_vlan(Socket& socket, const NewLink& vlan, int link, uint16_t id,
              const std::string& attempt) {
  const auto data = [&](nl_msg* message) { put(nla_put_u16(message, IFLA_VLAN_ID, id)); };
  add_device(socket, vlan, link, "vlan", data, attempt);
}

void add_macvlan(Socket& socket, const NewLink& macvlan, int link, std::string_view mode,
                 const std::string& attempt) {
  const auto data = [&](nl_msg* message) {
    put(nla_put_u32(message, IFLA_MACVLAN_MODE, macvlan_mode(mode)));
  };
  add_device(socket, macvlan, link, "macvlan", data, attempt);
}

void add_vxlan(Socket& socket, const NewLink& vxlan, const VxlanParameters& parameters,
               const std::string& attempt) {
  const auto data = [&](nl_msg* message) {
    put(nla_put_u32(message, IFLA_VXLAN_ID, parameters.id));
    put(nla_put_u16(message, IFLA_VXLAN_PORT, htons(parameters.port)));
    if (const auto& remote = parameters.remote)
      put_address(message, remote->is_v6() ? IFLA_VXLAN_GROUP6 : IFLA_VXLAN_GROUP, *remote);
    if (const auto& local = parameters.local)
      put_address(message, local->is_v6() ? IFLA_VXLAN_LOCAL6 : IFLA_VXLAN_LOCAL, *local);
    if (parameters.link != 0)
      put(nla_put_u32(message, IFLA_VXLAN_LINK, static_cast<uint32_t>(parameters.link)));
  };
  add_device(socket, vxlan, 0, "vxlan", data, attempt);
}

void add_tunnel(Socket& socket, const NewLink& tunnel, const char* kind, const IpAddress& local,
                const IpAddress& remote, const std::string& attempt) {
  const auto data = [&](nl_msg* message) {
    put_address(message, IFLA_IPTUN_LOCAL, local);
    put_address(message, IFLA_IPTUN_REMOTE, remote);
    put(nla_put_u8(message, IFLA_IPTUN_PMTUDISC, 1));
  };
  add_device(socket, tunnel, 0, kind, data, attempt);
}

void add_gre(Socket& socket, const NewLink& tunnel, const IpAddress& local, const IpAddress& remote,
             std::optional<uint32_t> key, const std::string& attempt) {
  const auto data = [&](nl_msg* message) {
    put_address(message, IFLA_GRE_LOCAL, local);
    put_address(message, IFLA_GRE_REMOTE, remote);
    put(nla_put_u8(message, IFLA_GRE_PMTUDISC, 1));
    if (!key) return;
    put(nla_put_u16(message, IFLA_GRE_IFLAGS, GRE_KEY));
    put(nla_put_u16(message, IFLA_GRE_OFLAGS, GRE_KEY));
    put(nla_put_u32(message, IFLA_GRE_IKEY, htonl(*key)));
    put(nla_put_u32(message, IFLA_GRE_OKEY, htonl(*key)));
  };
  add_device(socket, tunnel, 0, "gre", data, attempt);
}

void add_vrf(Socket& socket, const NewLink& vrf, uint32_t table, const std::string& attempt) {
  const auto data = [&](nl_msg* message) { put(nla_put_u32(message, IFLA_VRF_TABLE, table)); };
  add_device(socket, vrf, 0, "vrf", data, attempt);
}

void add_plain(Socket& socket, const NewLink& link, const char* kind, const std::string& attempt) {
  add_device(socket, link, 0, kind, nullptr, attempt);
}

void add_tun(const NewLink& tun, bool tap, const std::string& attempt) {
  const UniqueFd fd(open("/dev/net/tun", O_RDWR | O_CLOEXEC));
  if (!fd.valid()) throw MachineError::from_errno(attempt, errno);
  const auto index = static_cast<unsigned>(tun.index);
  ifreq argument{};
  assert(tun.name.size() < IFNAMSIZ);
  std::copy(tun.name.begin(), tun.name.end(), argument.ifr_name);
  argument.ifr_flags = static_cast<short>((tap ? IFF_TAP : IFF_TUN) | IFF_NO_PI);
  if (ioctl(fd.get(), TUNSETIFINDEX, &index) != 0 || ioctl(fd.get(), TUNSETIFF, &argument) != 0 ||
      ioctl(fd.get(), TUNSETPERSIST, 1) != 0)
    throw MachineError::from_errno(attempt, errno);
}

void change_link(Socket& socket, const NewLink& link, const std::string& attempt) {
  const Message message = make_message(RTM_NEWLINK, 0);
  append(message.get(), header_of(link.index));
  put_link(message.get(), link);
  socket.request(message.get(), attempt);
}

void add_port_vlan(Socket& socket, const VlanOfPort& vlan, const std::string& attempt) {
  change_port_vlan(socket, RTM_SETLINK, vlan, attempt);
}

void remove_port_vlan(Socket& socket, const VlanOfPort& vlan, const std::string& attempt) {
  change_port_vlan(socket, RTM_DELLINK, vlan, attempt);
}

}  // namespace fwproof::nl
