// Makes a namespace forget what passing packets have left there.
#pragma once

#include "base/address.h"
#include "nl/socket.h"

namespace fwproof::nl {

/// Makes it forget all neighbours of IPv4 but the permanent ones. False if one of them had not
/// answered or is still there: then a packet may yet come of it.
bool flush_neighbours(Socket& route);

/// Destroys the TCP socket between these two ends, one that waits in TIME_WAIT too, without a
/// packet (SOCK_DESTROY of linux/sock_diag.h). `diag` is a socket of NETLINK_SOCK_DIAG. False if
/// there is none, or the kernel cannot.
bool destroy_tcp(Socket& diag, const Endpoint& own, const Endpoint& other);

}  // namespace fwproof::nl
