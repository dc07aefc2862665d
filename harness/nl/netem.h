// Network emulation: the queueing discipline netem over NETLINK_ROUTE (tc-netem(8)).
#pragma once

#include <cstdint>
#include <string>

#include "nl/socket.h"

namespace fwproof::nl {

struct NetemParameters {
  uint32_t delay_us = 0;
  uint32_t jitter_us = 0;
  double loss = 0;  // per cent, as are the others
  double duplicate = 0;
  double corrupt = 0;
  double reorder = 0;
};

/// Puts it at the root of the device. Times go through the clock of tc (/proc/net/psched), which
/// tells them to 64 ns.
void set_netem(Socket& socket, int index, const NetemParameters& parameters,
               const std::string& attempt);

}  // namespace fwproof::nl
