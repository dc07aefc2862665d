// Has everything happened that a packet set off? On veth and lo a packet waits in a queue of the
// processor that sent it, and so does whatever is sent in answer (net/core/dev.c: netif_rx(),
// process_backlog()). Once a thread that runs on a processor sees its queue empty, no packet is
// still to come from there: none waits, and none is half dealt with, since nothing else runs there
// at that moment. What no tap has seen by then did not happen.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "base/deadline.h"

namespace fwproof::drive {

/// One processor's queue of packets received.
struct ReceiveQueue {
  uint64_t processed = 0;  // since the machine started
  uint64_t waiting = 0;
};

/// Of /proc/net/softnet_stat, by processor (net/core/net-procfs.c, softnet_seq_show()). Empty where
/// the kernel does not tell how many wait (before Linux 5.10).
std::map<unsigned, ReceiveQueue> read_softnet_stat(std::string_view text);

class Fence {
 public:
  /// Packets are sent from now on, from whatever processor. Throws MachineError.
  Fence();

  /// Waits until all that were sent have been dealt with; the thread visits each processor that had
  /// a part in it. Throws MachineError if that does not come to pass in time.
  void wait(const Deadline& deadline) const;

 private:
  static std::map<unsigned, ReceiveQueue> read();

  std::map<unsigned, ReceiveQueue> before_;
};

}  // namespace fwproof::drive
