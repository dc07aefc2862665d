// One message of nf_tables' trace (NFNLGRP_NFTRACE) as a struct. Pure: no sockets, safe on any
// bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "model/trace.h"
#include "observe/packet_decode.h"

namespace fwproof::observe {

struct TraceMessage {
  TraceEvent event;        // node and devs are not filled in
  uint32_t in_device = 0;  // number of the device, 0 if there is none
  uint32_t out_device = 0;
  /// Where the message has headers of IPv6. The packet itself is not told of a fragment that is not
  /// the first: Linux finds no transport header in it, and the message has the packet's first bytes
  /// in place of one, and no network header (nf_trace_fill_pkt_info() with what
  /// nft_set_pktinfo_ipv6() found).
  std::optional<Ipv6Start> start;
};

/// A whole netlink message, aligned to 4 bytes. Nothing if it is no trace message or not
/// understood. The attributes are those of enum nft_trace_attributes
/// (linux/netfilter/nf_tables.h).
///
/// A chain that was left by its end, and not by a verdict, is told by a message without a rule
/// handle: Kind::return_. Of a base chain its policy follows at once.
std::optional<TraceMessage> decode_trace(std::span<const uint8_t> message);

}  // namespace fwproof::observe
