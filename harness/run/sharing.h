// Which cases may run one after another in one network. Both lists say what may, not what may not:
// a case that does anything beside it is alone in a network of its own.
#pragma once

#include "model/case.h"
#include "model/seen.h"

namespace fwproof::run {

/// Looks at the case. It must not be `isolate: true`; only IPv4 over pairs of veth, with no sysctl
/// of its own; rules of iptables-nft and nft, loaded once; flows of tcp, udp and icmp sent by the
/// nodes' own sockets, each closed before the next; and nothing asked of the kernel's log or of its
/// drop reasons.
bool may_share(const Case& c, Backend backend);

/// Looks at what was seen of it: whole packets of TCP, UDP and ICMP that were delivered or dropped
/// by a rule, no connection left half open, nothing that teaches the kernel a route or an MTU, no
/// expectation. What such packets leave, Network::renew() knows to take away.
bool leaves_nothing(const Seen& seen);

}  // namespace fwproof::run
