// Why the kernel did away with a packet about which no rule decided, and what tells so.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fwproof {

enum class Cause {
  no_route,         // routing knows no way, or a route of type unreachable
  blackhole,        // a route of type blackhole
  prohibited,       // a route of type prohibit
  not_forwarding,   // for another host, and the node does not route packets
  rp_filter,        // the way back would not be the way it came (net.ipv4.conf.*.rp_filter)
  martian,          // an address that cannot be: a source of the node's own, of loopback, ...
  ttl,              // TTL or hop limit used up
  mtu,              // too long for the next link, and not to be fragmented
  no_listener,      // it got to the node, where no socket wanted it
  neighbour,        // nobody answers for the next hop's address
  conntrack_full,   // the table of connections has no room
  socket_filter,    // a filter of the socket it was for (SO_ATTACH_FILTER, socket(7))
  checksum,         // a header's or the payload's checksum is wrong
  conntrack_clash,  // its connection could not be confirmed: its addresses and ports were taken
};
std::string_view to_string(Cause cause);  // "no route", "rp_filter", "ttl exceeded", ...
std::optional<Cause> parse_cause(std::string_view text);
const std::vector<std::string>& cause_names();

struct CauseFound {
  Cause cause = Cause::no_route;
  std::string node;
  /// What tells so, a few words each: "drop reason IP_RPFILTER", "IPReversePathFilter +1 on gw".
  std::vector<std::string> evidence;
  bool operator==(const CauseFound&) const = default;
};

/// "rp_filter (drop reason IP_RPFILTER; IPReversePathFilter +1 on gw)"
std::string describe(const CauseFound& found);

}  // namespace fwproof
