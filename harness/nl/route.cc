#include "nl/route.h"

#include <linux/fib_rules.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>

#include "base/error.h"
#include "nl/link.h"
#include "nl/message.h"

namespace fwproof::nl {
namespace {

Message route_message(int type, int flags, const rtmsg& header) {
  Message message = make_message(type, flags);
  append(message.get(), header);
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

/// A gateway of the other family: IPv4 by way of IPv6 (struct rtvia of linux/rtnetlink.h).
std::optional<IpAddress> other_gateway(const nlattr* attribute) {
  if (!attribute || nla_len(attribute) < static_cast<int>(sizeof(rtvia))) return {};
  const auto* via = static_cast<const rtvia*>(nla_data(attribute));
  const size_t length = static_cast<size_t>(nla_len(attribute)) - sizeof(rtvia);
  const bool known = via->rtvia_family == AF_INET6 ? length == 16 : length == 4;
  if (!known) throw MachineError("read a route", "its gateway is neither IPv4 nor IPv6");
  return IpAddress::from_bytes({via->rtvia_addr, length});
}

std::optional<IpAddress> gateway(const nlattr* own, const nlattr* other) {
  return own ? address_in(own) : other_gateway(other);
}

/// The next hops of a multipath route (struct rtnexthop, rtnetlink(7)).
std::vector<RouteHop> hops_in(nlattr* attribute) {
  std::vector<RouteHop> hops;
  auto* at = static_cast<rtnexthop*>(nla_data(attribute));
  int left = nla_len(attribute);
  while (left >= static_cast<int>(sizeof(rtnexthop)) && RTNH_OK(at, left)) {
    RouteHop hop{.out_index = at->rtnh_ifindex,
                 .weight = at->rtnh_hops + 1u,
                 .on_link = (at->rtnh_flags & RTNH_F_ONLINK) != 0,
                 .flags = at->rtnh_flags};
    auto* inner = reinterpret_cast<nlattr*>(RTNH_DATA(at));
    const int length = static_cast<int>(at->rtnh_len - RTNH_LENGTH(0));
    hop.via = gateway(nla_find(inner, length, RTA_GATEWAY), nla_find(inner, length, RTA_VIA));
    hops.push_back(hop);
    left -= RTNH_ALIGN(at->rtnh_len);
    at = RTNH_NEXT(at);
  }
  return hops;
}

/// A hop as it stands in a request: its header with attributes of its own.
void put_hops(nl_msg* message, const std::vector<RouteHop>& hops) {
  const Nest multipath(message, RTA_MULTIPATH);
  for (const RouteHop& hop : hops) {
    const size_t start = nlmsg_hdr(message)->nlmsg_len;
    append(message, rtnexthop{.rtnh_flags = static_cast<uint8_t>(hop.on_link ? RTNH_F_ONLINK : 0),
                              .rtnh_hops = static_cast<uint8_t>(hop.weight - 1),
                              .rtnh_ifindex = hop.out_index});
    if (hop.via) put_address(message, RTA_GATEWAY, *hop.via);
    auto* header =
        reinterpret_cast<rtnexthop*>(reinterpret_cast<char*>(nlmsg_hdr(message)) + start);
    header->rtnh_len = static_cast<uint16_t>(nlmsg_hdr(message)->nlmsg_len - start);
  }
}

/// A way out without a gateway reaches its own link, a dropped packet nobody, all else anybody.
uint8_t scope_of(const RouteEntry& route) {
  const bool v6 = route.family == AF_INET6;
  if (!v6 && route.type == RTN_LOCAL) return RT_SCOPE_HOST;
  const bool direct = route.type == RTN_UNICAST && !route.via && route.hops.empty();
  return direct && !v6 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
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
  entry.via = gateway(attributes[RTA_GATEWAY], attributes[RTA_VIA]);
  entry.source = address_in(attributes[RTA_PREFSRC]);
  if (attributes[RTA_PRIORITY]) entry.metric = nla_get_u32(attributes[RTA_PRIORITY]);
  if (attributes[RTA_OIF]) entry.out_index = static_cast<int>(nla_get_u32(attributes[RTA_OIF]));
  entry.on_link = (header->rtm_flags & RTNH_F_ONLINK) != 0;
  entry.flags = header->rtm_flags;
  if (attributes[RTA_MULTIPATH]) entry.hops = hops_in(attributes[RTA_MULTIPATH]);
  return entry;
}

}  // namespace

void add_route(Socket& socket, const RouteEntry& route, const std::string& attempt) {
  const auto& to = route.destination;
  // A table above 255 stands in its attribute alone.
  const bool small = route.table < 256;
  const Message message = route_message(
      RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL,
      {.rtm_family = static_cast<uint8_t>(route.family),
       .rtm_dst_len = to ? to->length : uint8_t{0},
       .rtm_table = small ? static_cast<uint8_t>(route.table) : uint8_t{RT_TABLE_UNSPEC},
       .rtm_protocol = RTPROT_BOOT,
       .rtm_scope = scope_of(route),
       .rtm_type = route.type,
       .rtm_flags = route.on_link ? static_cast<unsigned>(RTNH_F_ONLINK) : 0});
  if (to && to->length > 0) put_address(message.get(), RTA_DST, to->address);
  if (!small) put(nla_put_u32(message.get(), RTA_TABLE, route.table));
  if (route.via) put_address(message.get(), RTA_GATEWAY, *route.via);
  if (route.source) put_address(message.get(), RTA_PREFSRC, *route.source);
  if (route.metric) put(nla_put_u32(message.get(), RTA_PRIORITY, *route.metric));
  if (route.out_index > 0)
    put(nla_put_u32(message.get(), RTA_OIF, static_cast<uint32_t>(route.out_index)));
  if (!route.hops.empty()) put_hops(message.get(), route.hops);
  socket.request(message.get(), attempt);
}

void add_rule(Socket& socket, const RuleEntry& rule, const std::string& attempt) {
  const Message message = make_message(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL);
  append(message.get(), fib_rule_hdr{.family = static_cast<uint8_t>(rule.family),
                                     .dst_len = rule.to ? rule.to->length : uint8_t{0},
                                     .src_len = rule.from ? rule.from->length : uint8_t{0},
                                     .tos = rule.tos,
                                     .action = rule.action});
  nl_msg* m = message.get();
  put(nla_put_u32(m, FRA_PRIORITY, rule.priority));
  if (rule.table != 0) put(nla_put_u32(m, FRA_TABLE, rule.table));
  if (rule.from && rule.from->length > 0) put_address(m, FRA_SRC, rule.from->address);
  if (rule.to && rule.to->length > 0) put_address(m, FRA_DST, rule.to->address);
  if (!rule.iif.empty()) put(nla_put_string(m, FRA_IIFNAME, rule.iif.c_str()));
  if (!rule.oif.empty()) put(nla_put_string(m, FRA_OIFNAME, rule.oif.c_str()));
  if (rule.mark) put(nla_put_u32(m, FRA_FWMARK, rule.mark->first));
  if (rule.mark) put(nla_put_u32(m, FRA_FWMASK, rule.mark->second));
  if (rule.protocol != 0) put(nla_put_u8(m, FRA_IP_PROTO, rule.protocol));
  const auto put_ports = [&](int type, const auto& ports) {
    if (!ports) return;
    const fib_rule_port_range range{.start = ports->first, .end = ports->second};
    put(nla_put(m, type, sizeof range, &range));
  };
  put_ports(FRA_SPORT_RANGE, rule.sport);
  put_ports(FRA_DPORT_RANGE, rule.dport);
  socket.request(m, attempt);
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
