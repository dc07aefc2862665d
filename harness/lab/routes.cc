#include "lab/routes.h"

#include <fmt/format.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "nl/link.h"
#include "nl/route.h"

namespace fwproof::lab {
namespace {

/// iproute2's words (its lib/rt_names.c and rtnl_rtntype_n2a); a number where it has none.
std::string type_name(int type) {
  switch (type) {
    case RTN_UNICAST:
      return "unicast";
    case RTN_LOCAL:
      return "local";
    case RTN_BROADCAST:
      return "broadcast";
    case RTN_ANYCAST:
      return "anycast";
    case RTN_MULTICAST:
      return "multicast";
    case RTN_BLACKHOLE:
      return "blackhole";
    case RTN_UNREACHABLE:
      return "unreachable";
    case RTN_PROHIBIT:
      return "prohibit";
    case RTN_THROW:
      return "throw";
    default:
      return std::to_string(type);
  }
}

std::string protocol_name(int protocol) {
  switch (protocol) {
    case RTPROT_REDIRECT:
      return "redirect";
    case RTPROT_KERNEL:
      return "kernel";
    case RTPROT_STATIC:
      return "static";
    case RTPROT_RA:
      return "ra";
    default:
      return std::to_string(protocol);
  }
}

std::string scope_name(int scope) {
  switch (scope) {
    case RT_SCOPE_NOWHERE:
      return "nowhere";
    case RT_SCOPE_HOST:
      return "host";
    case RT_SCOPE_LINK:
      return "link";
    case RT_SCOPE_SITE:
      return "site";
    default:
      return std::to_string(scope);
  }
}

/// " onlink linkdown": what linux/rtnetlink.h calls RTNH_F_*, in the order of ip-route(8).
std::string flag_names(unsigned flags) {
  static constexpr std::pair<unsigned, const char*> kFlags[] = {{RTNH_F_DEAD, "dead"},
                                                                {RTNH_F_ONLINK, "onlink"},
                                                                {RTNH_F_PERVASIVE, "pervasive"},
                                                                {RTNH_F_OFFLOAD, "offload"},
                                                                {RTNH_F_TRAP, "trap"},
                                                                {RTNH_F_LINKDOWN, "linkdown"},
                                                                {RTNH_F_UNRESOLVED, "unresolved"}};
  std::string names;
  for (const auto& [flag, name] : kFlags)
    if (flags & flag) names += fmt::format(" {}", name);
  return names;
}

bool is_host(const Prefix& prefix) { return prefix.length == prefix.address.bytes().size() * 8; }

std::string via_words(const nl::RouteEntry& route, const IpAddress& via) {
  const bool other = via.is_v6() && route.family == AF_INET;
  return fmt::format(" via {}{}", other ? "inet6 " : "", via.to_string());
}

/// What `ip route` prints of one route, in its order. Protocol "boot" and scope "global" are what
/// it leaves out, and both of a cloned route; of IPv6 it never prints the scope.
std::string describe(nl::Socket& socket, const nl::RouteEntry& route) {
  std::string text = route.type == RTN_UNICAST ? "" : type_name(route.type) + " ";
  if (!route.destination || route.destination->length == 0)
    text += "default";
  else
    text += is_host(*route.destination) ? route.destination->address.to_string()
                                        : route.destination->to_string();
  if (route.via) text += via_words(route, *route.via);
  if (route.out_index != 0) text += " dev " + nl::device_name(socket, route.out_index);
  if (!route.cloned && route.protocol != RTPROT_BOOT)
    text += " proto " + protocol_name(route.protocol);
  if (!route.cloned && route.family == AF_INET && route.scope != RT_SCOPE_UNIVERSE)
    text += " scope " + scope_name(route.scope);
  if (route.source) text += " src " + route.source->to_string();
  if (route.metric) text += fmt::format(" metric {}", *route.metric);
  for (const auto& hop : route.hops) {
    text += " nexthop";
    if (hop.via) text += via_words(route, *hop.via);
    text += fmt::format(" dev {} weight {}", nl::device_name(socket, hop.out_index), hop.weight);
    text += flag_names(hop.flags);
  }
  if (route.hops.empty()) text += flag_names(route.flags);
  return text;
}

uint8_t route_type(RouteType type) {
  switch (type) {
    case RouteType::unicast:
      return RTN_UNICAST;
    case RouteType::local:
      return RTN_LOCAL;
    case RouteType::blackhole:
      return RTN_BLACKHOLE;
    case RouteType::unreachable:
      return RTN_UNREACHABLE;
    case RouteType::prohibit:
      return RTN_PROHIBIT;
    case RouteType::throw_:
      return RTN_THROW;
  }
  return RTN_UNSPEC;
}

uint8_t rule_action(RouteType type) {
  switch (type) {
    case RouteType::blackhole:
      return FR_ACT_BLACKHOLE;
    case RouteType::unreachable:
      return FR_ACT_UNREACHABLE;
    case RouteType::prohibit:
      return FR_ACT_PROHIBIT;
    default:
      return FR_ACT_TO_TBL;
  }
}

uint32_t table_number(const std::string& table) {
  if (table == "main") return RT_TABLE_MAIN;
  if (table == "local") return RT_TABLE_LOCAL;
  if (table == "default") return RT_TABLE_DEFAULT;
  if (const auto number = parse_unsigned(table); number && *number <= UINT32_MAX)
    return static_cast<uint32_t>(*number);
  throw MachineError("list the route table '" + table + "'",
                     "tables are main, local, default or a number");
}

}  // namespace

nl::RouteEntry to_entry(const Route& route,
                        const std::function<int(const std::string&)>& index_of) {
  nl::RouteEntry entry{.family = route.is_v6() ? AF_INET6 : AF_INET,
                       .type = route_type(route.type),
                       .table = route.table,
                       .destination = route.to,
                       .via = route.via,
                       .source = route.source,
                       .metric = route.metric,
                       .out_index = index_of(route.dev),
                       .on_link = route.on_link};
  for (const NextHop& hop : route.nexthops)
    entry.hops.push_back({hop.via, index_of(hop.dev), hop.weight, hop.on_link});
  return entry;
}

nl::RuleEntry to_entry(const PolicyRule& rule) {
  nl::RuleEntry entry{.family = rule.v6 ? AF_INET6 : AF_INET,
                      .priority = rule.priority,
                      .from = rule.from,
                      .to = rule.to,
                      .iif = rule.iif,
                      .oif = rule.oif,
                      .tos = rule.tos.value_or(0),
                      .protocol = rule.protocol.value_or(0),
                      .sport = rule.sport,
                      .dport = rule.dport,
                      .table = rule.type == RouteType::unicast ? rule.table : 0,
                      .action = rule_action(rule.type)};
  if (rule.fwmark) entry.mark = std::pair(*rule.fwmark, rule.fwmask);
  return entry;
}

std::string describe(const Route& route) {
  std::string text =
      route.type == RouteType::unicast ? "" : std::string(to_string(route.type)) + " ";
  text += route.to ? route.to->to_string() : "default";
  if (route.via) text += " via " + route.via->to_string();
  if (!route.dev.empty()) text += " dev " + route.dev;
  if (route.table != kMainTable) text += fmt::format(" table {}", route.table);
  return text;
}

std::vector<std::string> route_get(nl::Socket& socket, const IpAddress& destination) {
  const nl::RouteAnswer answer = nl::get_route(socket, destination);
  if (answer.route) return {describe(socket, *answer.route)};
  return {"RTNETLINK answers: " + std::generic_category().message(answer.error_number)};
}

std::vector<std::string> route_list(nl::Socket& socket, const std::string& table) {
  const uint32_t number = table_number(table);
  std::vector<nl::RouteEntry> entries;
  for (const int family : {AF_INET, AF_INET6})
    nl::list_routes(socket, family, number,
                    [&](const nl::RouteEntry& entry) { entries.push_back(entry); });
  std::vector<std::string> routes;
  for (const auto& entry : entries) routes.push_back(describe(socket, entry));
  return routes;
}

}  // namespace fwproof::lab
