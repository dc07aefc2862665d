// Routes and rules of policy routing over NETLINK_ROUTE (rtnetlink(7)): adding, asking for a route,
// listing a table.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "nl/socket.h"

namespace fwproof::nl {

/// One of several ways to one place.
struct RouteHop {
  std::optional<IpAddress> via;
  int out_index = 0;
  unsigned weight = 1;  // 1 to 256
  bool on_link = false;
  unsigned flags = 0;  // RTNH_F_DEAD, ... as the kernel tells them
};

/// One route as the kernel tells it; numbers as in linux/rtnetlink.h.
struct RouteEntry {
  int family = 0;
  uint8_t type = 0;      // RTN_UNICAST, RTN_LOCAL, ...
  uint8_t protocol = 0;  // RTPROT_KERNEL, ...
  uint8_t scope = 0;     // RT_SCOPE_LINK, ...
  uint32_t table = 0;
  std::optional<Prefix> destination;  // nothing: default
  std::optional<IpAddress> via;
  std::optional<IpAddress> source;  // preferred source (`src`)
  std::optional<uint32_t> metric;
  int out_index = 0;
  bool on_link = false;        // RTNH_F_ONLINK
  unsigned flags = 0;          // RTNH_F_DEAD, RTNH_F_LINKDOWN, ... as the kernel tells them
  std::vector<RouteHop> hops;  // multipath: then `via` and `out_index` are empty
  bool cloned = false;         // RTM_F_CLONED: made for one destination, as an answer of IPv4 is
};

/// `out_index` 0: the kernel finds the device from `via`. `protocol`, `scope`, `flags` and `cloned` are
/// not looked at: what is added is of protocol boot, as ip-route(8) has it.
void add_route(Socket& socket, const RouteEntry& route, const std::string& attempt);

/// A rule of policy routing (linux/fib_rules.h); what is not told is not compared.
struct RuleEntry {
  int family = 0;
  uint32_t priority = 0;
  std::optional<Prefix> from;
  std::optional<Prefix> to;
  std::string iif;
  std::string oif;
  std::optional<std::pair<uint32_t, uint32_t>> mark;  // value and mask
  uint8_t tos = 0;
  uint8_t protocol = 0;
  std::optional<std::pair<uint16_t, uint16_t>> sport;  // first and last
  std::optional<std::pair<uint16_t, uint16_t>> dport;
  uint32_t table = 0;
  uint8_t action = 0;  // FR_ACT_TO_TBL, FR_ACT_BLACKHOLE, ...
};
void add_rule(Socket& socket, const RuleEntry& rule, const std::string& attempt);

/// The route the kernel would take, or the error (ENETUNREACH, EACCES, ...) it gives instead.
struct RouteAnswer {
  std::optional<RouteEntry> route;
  int error_number = 0;
};
RouteAnswer get_route(Socket& socket, const IpAddress& destination);

/// A packet that came in, for the question where it would be routed to.
struct Arrived {
  IpAddress source;
  IpAddress destination;
  std::string dev;
  uint32_t mark = 0;
};
/// The error that the kernel's routing gives for it; 0 if it has a way.
int get_refusal(Socket& socket, const Arrived& packet);

/// A neighbour as ip-neighbour(8) lists it.
struct Neighbour {
  IpAddress address;
  std::string dev;
  uint16_t state = 0;  // NUD_FAILED, ... (linux/neighbour.h)
};
std::vector<Neighbour> list_neighbours(Socket& socket);

/// Calls `each` for the routes of a family in a table, in the kernel's order.
void list_routes(Socket& socket, int family, uint32_t table,
                 const std::function<void(const RouteEntry&)>& each);

}  // namespace fwproof::nl
