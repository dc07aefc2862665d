// Devices of a plan, made by the calls of nl/.
#pragma once

#include <string>

#include "nl/netns.h"
#include "nl/socket.h"
#include "plan/plan.h"

namespace fwproof::lab {

/// Where a device is to be made.
struct DevicePlace {
  const nl::Netns& netns;
  nl::Socket& socket;  // NETLINK_ROUTE, of that namespace
  int link = 0;        // the device below; 0: none
};

/// Throws MachineError, with a hint where this kernel does not know the kind.
void add_device(const DevicePlace& place, const plan::AddDevice& step, const std::string& attempt);

}  // namespace fwproof::lab
