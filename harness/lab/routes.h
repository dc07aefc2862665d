// The kernel's routes in the words of ip-route(8), asked over the node's NETLINK_ROUTE socket.
#pragma once

#include <string>
#include <vector>

#include "base/address.h"
#include "nl/socket.h"

namespace fwproof::lab {

/// What `ip route get` says, without the asker's uid, the cache line, and what IPv6 always adds
/// ("from ::", "table local", "pref medium"):
/// "local 203.0.113.2 dev lo src 203.0.113.2". Where there is no way, the one line is
/// "RTNETLINK answers: Network is unreachable", as ip prints it.
std::vector<std::string> route_get(nl::Socket& socket, const IpAddress& destination);

/// The routes of a table ("main", "local", "default" or a number), IPv4 first:
/// "default via 203.0.113.254 dev eth0",
/// "local 203.0.113.2 dev wan1 proto kernel scope host src 203.0.113.2".
std::vector<std::string> route_list(nl::Socket& socket, const std::string& table);

}  // namespace fwproof::lab
