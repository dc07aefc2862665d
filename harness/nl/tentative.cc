#include "nl/tentative.h"

#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>

#include <cerrno>
#include <fstream>
#include <limits>

#include "base/error.h"
#include "nl/socket.h"

namespace fwproof::nl {
namespace {

/// From /proc/net/if_inet6, which no change interrupts as it may a dump: the address, and in hex
/// its device, prefix length, scope and flags, and the device's name (if6_seq_show in the kernel's
/// net/ipv6/addrconf.c). A kernel without IPv6 has no such file.
bool any_tentative() {
  std::ifstream file("/proc/thread-self/net/if_inet6");
  std::string word;
  unsigned flags = 0;
  while (file >> word >> word >> word >> word >> std::hex >> flags) {
    if ((flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) == IFA_F_TENTATIVE) return true;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return false;
}

}  // namespace

void await_addresses(const Netns& netns, const Deadline& deadline, const std::string& attempt) {
  const NetnsScope scope(netns);
  Socket events(NETLINK_ROUTE);
  events.join(RTNLGRP_IPV6_IFADDR);
  while (any_tentative()) {
    pollfd polled{.fd = events.fd(), .events = POLLIN, .revents = 0};
    const int ready = poll(&polled, 1, deadline.poll_timeout());
    if (ready < 0 && errno != EINTR) throw MachineError::from_errno(attempt, errno);
    if (ready == 0) throw MachineError(attempt, "one stays tentative");
    // That some events were lost does not matter: the addresses themselves are read again.
    events.drain([](nlmsghdr*) {});
  }
}

}  // namespace fwproof::nl
