// Packets put together byte by byte, from the IP header on, as a flow asks for them. Pure: nothing
// is sent here.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/flow.h"
#include "model/packet.h"

namespace fwproof::drive {

using Bytes = std::vector<uint8_t>;

/// What a crafted packet needs to know besides its flow.
struct CraftedEnds {
  Endpoint from;  // for ICMP the port is the id of an echo
  Endpoint to;
  uint16_t ip_id = 1;            // IPv4: identification; IPv6: that of fragments
  uint16_t icmp_seq = 1;         // of an echo
  std::optional<Packet> quoted;  // what an ICMP error is about
};

/// One packet of the flow: whole, or its fragments in the order in which they are to be sent.
std::vector<Bytes> craft(const Flow& flow, const CraftedEnds& ends);

}  // namespace fwproof::drive
