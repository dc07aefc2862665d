// Sockets for packets that come with their own IP header (raw(7), IP_HDRINCL).
#pragma once

#include <cstdint>
#include <span>

#include "base/address.h"
#include "base/unique_fd.h"
#include "model/flow.h"
#include "nl/netns.h"

namespace fwproof::drive {

/// A raw socket of the flow's node, for packets of this family (AF_INET, AF_INET6) by the flow's
/// device. Throws MachineError.
UniqueFd open_raw(const nl::Netns& netns, const Flow& flow, int family);

/// Sends a packet. The error number, or 0: also where a rule of OUTPUT dropped it, since the trace
/// says which.
int send_raw(int fd, std::span<const uint8_t> packet, const IpAddress& to);

}  // namespace fwproof::drive
