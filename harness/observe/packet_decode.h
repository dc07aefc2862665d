// From bytes to the headers of a packet. Pure: no sockets, safe on any bytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "model/packet.h"

namespace fwproof::observe {

/// The headers of a trace message, whose network header is cut after 40 bytes and whose transport
/// header is cut after 20 (net/netfilter/nf_tables_trace.c). Nothing if these are no IPv4 or IPv6
/// headers or end too early. Behind IPv6 extension headers, which the message leaves out, the
/// protocol is that of the first extension header and the transport header stays unread.
std::optional<Packet> decode_packet(std::span<const uint8_t> network,
                                    std::span<const uint8_t> transport);

/// The first bytes of a header of IPv6: all before its addresses, and 12 of the source's 16.
using Ipv6Start = std::array<uint8_t, 20>;
std::optional<Ipv6Start> start_of_ipv6(std::span<const uint8_t> packet);

/// ARP for IPv4 over Ethernet (RFC 826), from its header on; nothing if it is anything else.
std::optional<Packet> decode_arp(std::span<const uint8_t> arp);

/// A packet from its IP header on, cut anywhere behind its transport header.
std::optional<Packet> decode_packet(std::span<const uint8_t> whole);

/// One line about an Ethernet frame: its packet, its ARP question or answer, or its ethertype.
std::string describe_frame(std::span<const uint8_t> frame);

}  // namespace fwproof::observe
