// IPv6 addresses that are not fit for use yet: tentative ones (RFC 4862 section 2).
//
// They are there for a moment even where duplicate address detection is off: the kernel joins an
// address's group of neighbour discovery and makes its local route in a work queue of its own
// (addrconf_dad_work in net/ipv6/addrconf.c). Whatever comes for the address before is lost.
#pragma once

#include <string>

#include "base/deadline.h"
#include "nl/netns.h"

namespace fwproof::nl {

/// Waits until no IPv6 address of the namespace is tentative, or only such as another host has
/// (IFA_F_DADFAILED). Throws MachineError when the deadline passes before.
void await_addresses(const Netns& netns, const Deadline& deadline, const std::string& attempt);

}  // namespace fwproof::nl
