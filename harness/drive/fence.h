// Has everything happened that a packet set off? On veth and lo a packet waits in the backlog of
// the CPU that sent it, first in, first out (net/core/dev.c, netif_rx()), and so does whatever is
// sent in answer. So a packet that this thread sends later, and that has come through, says that
// all before it have been dealt with; if they set off nothing new, nothing is left.
#pragma once

#include <sched.h>

#include "base/deadline.h"
#include "base/unique_fd.h"
#include "nl/netns.h"

namespace fwproof::drive {

/// While it lives the calling thread stays on the CPU it is on, and so do the packets it sends.
class Fence {
 public:
  /// Throws MachineError.
  Fence();
  ~Fence();
  Fence(const Fence&) = delete;
  Fence& operator=(const Fence&) = delete;
  Fence(Fence&&) = delete;
  Fence& operator=(Fence&&) = delete;

  /// Waits until all packets that wait on this CPU have been dealt with. Throws MachineError if
  /// that does not come to pass in time.
  void wait(const Deadline& deadline) const;

 private:
  cpu_set_t before_;
};

}  // namespace fwproof::drive
