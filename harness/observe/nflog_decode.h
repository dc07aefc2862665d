// NFLOG packets and the lines that legacy tables' trace puts in their prefix. Pure: no sockets,
// safe on any bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/netfilter.h"
#include "model/packet.h"
#include "model/trace.h"
#include "observe/packet_decode.h"

namespace fwproof::observe {

struct NflogMessage {
  Family family = Family::ip;
  std::string prefix;
  uint32_t in_device = 0;  // number of the device, 0 if there is none
  uint32_t out_device = 0;
  uint32_t mark = 0;
  std::optional<uint32_t> sequence;  // counts the packets of the group
  std::optional<Packet> packet;      // nothing if it could not be read
  std::optional<Ipv6Start> start;    // of IPv6
};

/// A whole netlink message, aligned to 4 bytes. Nothing if it is no NFLOG packet or not
/// understood. The attributes are those of enum nfulnl_attr_type
/// (linux/netfilter/nfnetlink_log.h).
std::optional<NflogMessage> decode_nflog(std::span<const uint8_t> message);

/// "TRACE: filter:INPUT:rule:2 " (net/ipv4/netfilter/ip_tables.c, trace_packet).
///
/// The kernel takes an unconditional ACCEPT, DROP or RETURN of the user for the end of the chain:
/// such a rule is told as policy (of a built-in chain) or return (of a user's). The number tells
/// them apart: it is that of the rule, and one more than the chain has rules for the real end.
struct TraceLine {
  std::string table;
  std::string chain;
  TraceEvent::Kind kind = TraceEvent::Kind::rule;
  uint64_t number = 0;
  bool operator==(const TraceLine&) const = default;
};
inline constexpr std::string_view kTracePrefix = "TRACE: ";
std::optional<TraceLine> parse_trace_line(std::string_view prefix);

}  // namespace fwproof::observe
