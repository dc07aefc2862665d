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

/// Sends a packet of the flow. The error number, or 0: also where a rule of OUTPUT dropped it,
/// since the trace says which. Throws MachineError if it is longer than the MTU of the device it
/// would leave by: nobody cuts such a packet (raw_send_hdrinc() in net/ipv4/raw.c).
int send_raw(int fd, const Flow& flow, std::span<const uint8_t> packet, const IpAddress& to);

}  // namespace fwproof::drive
