#include "nl/route.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <array>
#include <new>

#include "base/error.h"
#include "nl/link.h"

namespace fwproof::nl {
namespace {

void put(int result) {
  if (result < 0) throw std::bad_alloc();
}

void put_address(nl_msg* message, int type, const IpAddress& address) {
  const auto bytes = address.bytes();
  put(nla_put(message, type, static_cast<int>(bytes.size()), bytes.data()));
}

Message route_message(int type, int flags, const rtmsg& header) {
  Message message = make_message(type, flags);
  rtmsg copy = header;
  put(nlmsg_append(message.get(), &copy, sizeof copy, NLMSG_ALIGNTO));
  return message;
}

std::optional<IpAddress> address_in(const nlattr* attribute) {
  if (!attribute) return {};
  const int length = nla_len(attribute);
  if (length != 4 && length != 16)
    throw MachineError("read a route", "an address in it is neither IPv4 nor IPv6");
  return IpAddress::from_bytes(
      {static_cast<const uint8_t*>(nla_data(attribute)), static_cast<size_t>(length)});
}

RouteEntry decode(nlmsghdr* message) {
  std::array<nlattr*, RTA_MAX + 1> attributes{};
  check(nlmsg_parse(message, sizeof(rtmsg), attributes.data(), RTA_MAX, nullptr), "read a route");
  const auto* header = static_cast<const rtmsg*>(nlmsg_data(message));
  RouteEntry entry{.family = header->rtm_family,
                   .type = header->rtm_type,
                   .protocol = header->rtm_protocol,
                   .scope = header->rtm_scope,
                   .table = header->rtm_table,
                   .cloned = (header->rtm_flags & RTM_F_CLONED) != 0};
  if (attributes[RTA_TABLE]) entry.table = nla_get_u32(attributes[RTA_TABLE]);
  if (const auto destination = address_in(attributes[RTA_DST]))
    entry.destination = Prefix{*destination, header->rtm_dst_len};
  entry.via = address_in(attributes[RTA_GATEWAY]);
  entry.source = address_in(attributes[RTA_PREFSRC]);
  if (attributes[RTA_PRIORITY]) entry.metric = nla_get_u32(attributes[RTA_PRIORITY]);
  if (attributes[RTA_OIF]) entry.out_index = static_cast<int>(nla_get_u32(attributes[RTA_OIF]));
  if (attributes[RTA_MULTIPATH])
    throw MachineError("read a route", "it has several next hops, which fwproof does not know");
  return entry;
}

}  // namespace

void add_route(Socket& socket, const std::optional<Prefix>& to, const std::optional<IpAddress>& via,
               int index, const std::string& attempt) {
  const bool v6 = (to && to->address.is_v6()) || (via && via->is_v6());
  const Message message = route_message(
      RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL,
      {.rtm_family = static_cast<uint8_t>(v6 ? AF_INET6 : AF_INET),
       .rtm_dst_len = to ? to->length : uint8_t{0},
       .rtm_table = RT_TABLE_MAIN,
       .rtm_protocol = RTPROT_BOOT,
       .rtm_scope = static_cast<uint8_t>(via || v6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK),
       .rtm_type = RTN_UNICAST});
  if (to && to->length > 0) put_address(message.get(), RTA_DST, to->address);
  if (via) put_address(message.get(), RTA_GATEWAY, *via);
  if (index > 0) put(nla_put_u32(message.get(), RTA_OIF, static_cast<uint32_t>(index)));
  socket.request(message.get(), attempt);
}

RouteAnswer get_route(Socket& socket, const IpAddress& destination) {
  const auto bits = static_cast<uint8_t>(destination.bytes().size() * 8);
  const Message message = route_message(
      RTM_GETROUTE, NLM_F_REQUEST | NLM_F_ACK,
      {.rtm_family = static_cast<uint8_t>(destination.family()), .rtm_dst_len = bits});
  put_address(message.get(), RTA_DST, destination);
  RouteAnswer answer;
  const std::string attempt = "ask for the route to " + destination.to_string();
  answer.error_number = socket.ask(message.get(), attempt, [&](nlmsghdr* header) {
    if (header->nlmsg_type == RTM_NEWROUTE) answer.route = decode(header);
  });
  if (!answer.route && answer.error_number == 0)
    throw MachineError(attempt, "the kernel answered neither a route nor an error");
  return answer;
}

int get_refusal(Socket& socket, const Arrived& packet) {
  const auto bits = static_cast<uint8_t>(packet.destination.bytes().size() * 8);
  const Message message = route_message(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_ACK,
                                        {.rtm_family = static_cast<uint8_t>(packet.source.family()),
                                         .rtm_dst_len = bits,
                                         .rtm_src_len = bits});
  const std::string attempt = "ask for the route to " + packet.destination.to_string();
  put_address(message.get(), RTA_DST, packet.destination);
  put_address(message.get(), RTA_SRC, packet.source);
  put(nla_put_u32(message.get(), RTA_IIF,
                  static_cast<uint32_t>(device_index(socket, packet.dev, attempt))));
  if (packet.mark != 0) put(nla_put_u32(message.get(), RTA_MARK, packet.mark));
  return socket.ask(message.get(), attempt, [](nlmsghdr*) {});
}

std::vector<Neighbour> list_neighbours(Socket& socket) {
  const Message message = make_message(RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP);
  ndmsg header{};
  put(nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO));
  std::vector<Neighbour> all;
  std::vector<int> devices;  // asked for by name afterwards: the socket is busy with the dump
  socket.dump(message.get(), "list the neighbours", [&](nlmsghdr* answer) {
    if (answer->nlmsg_type != RTM_NEWNEIGH) return;
    std::array<nlattr*, NDA_MAX + 1> attributes{};
    check(nlmsg_parse(answer, sizeof(ndmsg), attributes.data(), NDA_MAX, nullptr),
          "read a neighbour");
    const auto* entry = static_cast<const ndmsg*>(nlmsg_data(answer));
    const auto address = address_in(attributes[NDA_DST]);
    if (!address) return;
    all.push_back({*address, "", entry->ndm_state});
    devices.push_back(entry->ndm_ifindex);
  });
  for (size_t i = 0; i < all.size(); ++i) all[i].dev = device_name(socket, devices[i]);
  return all;
}

void list_routes(Socket& socket, int family, uint32_t table,
                 const std::function<void(const RouteEntry&)>& each) {
  const Message message = route_message(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP,
                                        {.rtm_family = static_cast<uint8_t>(family)});
  socket.dump(message.get(), "list the routes", [&](nlmsghdr* header) {
    if (header->nlmsg_type != RTM_NEWROUTE) return;
    const RouteEntry entry = decode(header);
    if (entry.table == table && !entry.cloned) each(entry);
  });
}

}  // namespace fwproof::nl
