// Routes: a topology's as the kernel takes them, and the kernel's in the words of ip-route(8),
// asked over the node's NETLINK_ROUTE socket.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/address.h"
#include "model/topology.h"
#include "nl/route.h"
#include "nl/socket.h"

namespace fwproof::lab {

/// `index_of` gives the index of a dev; of an empty name 0.
nl::RouteEntry to_entry(const Route& route, const std::function<int(const std::string&)>& index_of);
nl::RuleEntry to_entry(const PolicyRule& rule);

/// "default via 10.0.0.1 dev eth0": what tells a topology's route from others.
std::string describe(const Route& route);

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
