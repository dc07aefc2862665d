// Waits until IPv6 addresses of a namespace can be found by their neighbours. An address that skips
// duplicate address detection is there at once, but a worker of the kernel (addrconf_dad_work(),
// net/ipv6/addrconf.c) joins its solicited-node group only later, and a solicitation that comes
// before that is lost. The kernel tells of the address (RTM_NEWADDR) after it has joined.
#pragma once

#include <set>
#include <string>
#include <utility>

#include "base/address.h"
#include "base/deadline.h"
#include "nl/socket.h"

namespace fwproof::nl {

class AddressWatch {
 public:
  /// Hears of the namespace that the calling thread is in: to be made before its addresses.
  AddressWatch();

  /// To be called before the address is added.
  void expect(int index, const IpAddress& address) { awaited_.insert({index, address}); }

  /// Throws MachineError "attempt: ..." if the kernel told of one of them not in time.
  void wait(Deadline deadline, const std::string& attempt);

 private:
  void hear(nlmsghdr* header);

  Socket socket_;
  std::set<std::pair<int, IpAddress>> awaited_;
};

}  // namespace fwproof::nl
