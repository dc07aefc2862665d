// The numbers by which one namespace knows others (linux/net_namespace.h; ip netns list-id). A link
// into another namespace needs one, and so does hearing what is told there
// (NETLINK_LISTEN_ALL_NSID, netlink(7)).
#pragma once

#include "nl/netns.h"
#include "nl/socket.h"

namespace fwproof::nl {

/// The number by which the namespace of `route`, a NETLINK_ROUTE socket, knows `other`; it is given
/// one where it has none. It stays until either namespace ends. Throws MachineError.
int nsid_of(Socket& route, const Netns& other);

}  // namespace fwproof::nl
