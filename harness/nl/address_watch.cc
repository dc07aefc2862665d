#include "nl/address_watch.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <poll.h>

#include <cstdint>

#include "base/error.h"

namespace fwproof::nl {

AddressWatch::AddressWatch() : socket_(NETLINK_ROUTE) { socket_.join(RTNLGRP_IPV6_IFADDR); }

void AddressWatch::hear(nlmsghdr* header) {
  if (header->nlmsg_type != RTM_NEWADDR || !nlmsg_valid_hdr(header, sizeof(ifaddrmsg))) return;
  const auto* about = static_cast<const ifaddrmsg*>(nlmsg_data(header));
  const nlattr* address = nlmsg_find_attr(header, sizeof(ifaddrmsg), IFA_ADDRESS);
  if (about->ifa_family != AF_INET6 || !address || nla_len(address) != sizeof(in6_addr)) return;
  const auto* bytes = static_cast<const uint8_t*>(nla_data(address));
  awaited_.erase(
      {static_cast<int>(about->ifa_index), IpAddress::from_bytes({bytes, sizeof(in6_addr)})});
}

void AddressWatch::wait(Deadline deadline, const std::string& attempt) {
  while (true) {
    if (!socket_.drain([this](nlmsghdr* header) { hear(header); }))
      throw MachineError(attempt, "the kernel lost notifications of addresses");
    if (awaited_.empty()) return;
    pollfd heard{.fd = socket_.fd(), .events = POLLIN, .revents = 0};
    if (deadline.passed() || poll(&heard, 1, deadline.poll_timeout()) == 0)
      throw MachineError(attempt, "the kernel did not tell that " +
                                      awaited_.begin()->second.to_string() + " is ready");
  }
}

}  // namespace fwproof::nl
