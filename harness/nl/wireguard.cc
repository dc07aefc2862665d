#include "nl/wireguard.h"

#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <netinet/in.h>

#include <algorithm>

#include "base/error.h"
#include "nl/message.h"
#include "nl/socket.h"

namespace fwproof::nl {
namespace {

constexpr int kGenlHeader = GENL_HDRLEN;

Message command(int type, uint8_t command_number, uint8_t version, int flags) {
  Message message = make_message(type, flags);
  append(message.get(), genlmsghdr{.cmd = command_number, .version = version, .reserved = 0});
  return message;
}

/// The number that this kernel gave to the family (CTRL_CMD_GETFAMILY, linux/genetlink.h).
uint16_t family_number(Socket& socket, const std::string& attempt) {
  const Message message = command(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, NLM_F_REQUEST | NLM_F_ACK);
  put(nla_put_string(message.get(), CTRL_ATTR_FAMILY_NAME, WG_GENL_NAME));
  uint16_t number = 0;
  socket.dump(message.get(), attempt, [&](nlmsghdr* header) {
    if (const nlattr* id = nlmsg_find_attr(header, kGenlHeader, CTRL_ATTR_FAMILY_ID))
      number = nla_get_u16(id);
  });
  return number;
}

/// A generic netlink socket of the namespace.
Socket open_in(const Netns& netns) {
  const NetnsScope inside(netns);
  return Socket(NETLINK_GENERIC);
}

Message about_device(Socket& socket, uint8_t command_number, int index, int flags,
                     const std::string& attempt) {
  Message message = command(family_number(socket, attempt), command_number, WG_GENL_VERSION, flags);
  put(nla_put_u32(message.get(), WGDEVICE_A_IFINDEX, static_cast<uint32_t>(index)));
  return message;
}

void put_key(nl_msg* message, int type, const WireguardKey& key) {
  put(nla_put(message, type, static_cast<int>(key.size()), key.data()));
}

void put_endpoint(nl_msg* message, const Endpoint& endpoint) {
  const auto bytes = endpoint.address.bytes();
  if (endpoint.address.is_v6()) {
    sockaddr_in6 address{.sin6_family = AF_INET6, .sin6_port = htons(endpoint.port)};
    std::copy(bytes.begin(), bytes.end(), address.sin6_addr.s6_addr);
    put(nla_put(message, WGPEER_A_ENDPOINT, sizeof address, &address));
    return;
  }
  sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(endpoint.port)};
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<uint8_t*>(&address.sin_addr));
  put(nla_put(message, WGPEER_A_ENDPOINT, sizeof address, &address));
}

void put_allowed(nl_msg* message, const std::vector<Prefix>& allowed) {
  const Nest list(message, WGPEER_A_ALLOWEDIPS);
  int number = 0;
  for (const Prefix& prefix : allowed) {
    const Nest entry(message, number++);
    put(nla_put_u16(message, WGALLOWEDIP_A_FAMILY, static_cast<uint16_t>(prefix.address.family())));
    put_address(message, WGALLOWEDIP_A_IPADDR, prefix.address);
    put(nla_put_u8(message, WGALLOWEDIP_A_CIDR_MASK, prefix.length));
  }
}

}  // namespace

void set_wireguard(const Netns& netns, int index, const WireguardKey& private_key, uint16_t port,
                   const std::string& attempt) {
  Socket socket = open_in(netns);
  const Message message = about_device(socket, WG_CMD_SET_DEVICE, index, 0, attempt);
  put_key(message.get(), WGDEVICE_A_PRIVATE_KEY, private_key);
  put(nla_put_u16(message.get(), WGDEVICE_A_LISTEN_PORT, port));
  socket.request(message.get(), attempt);
}

void add_wireguard_peer(const Netns& netns, int index, const WireguardPeer& peer,
                        const std::string& attempt) {
  Socket socket = open_in(netns);
  const Message message = about_device(socket, WG_CMD_SET_DEVICE, index, 0, attempt);
  {
    const Nest peers(message.get(), WGDEVICE_A_PEERS);
    const Nest entry(message.get(), 0);
    put_key(message.get(), WGPEER_A_PUBLIC_KEY, peer.key);
    if (peer.endpoint) put_endpoint(message.get(), *peer.endpoint);
    put_allowed(message.get(), peer.allowed);
  }
  socket.request(message.get(), attempt);
}

WireguardKey wireguard_public_key(const Netns& netns, int index, const std::string& attempt) {
  Socket socket = open_in(netns);
  const Message message =
      about_device(socket, WG_CMD_GET_DEVICE, index, NLM_F_REQUEST | NLM_F_DUMP, attempt);
  WireguardKey key{};
  bool found = false;
  socket.dump(message.get(), attempt, [&](nlmsghdr* header) {
    const nlattr* attribute = nlmsg_find_attr(header, kGenlHeader, WGDEVICE_A_PUBLIC_KEY);
    if (!attribute || nla_len(attribute) != static_cast<int>(key.size())) return;
    std::copy_n(static_cast<const uint8_t*>(nla_data(attribute)), key.size(), key.begin());
    found = true;
  });
  if (!found) throw MachineError(attempt, "the kernel told no public key");
  return key;
}

}  // namespace fwproof::nl
