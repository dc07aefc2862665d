// From bytes to the headers of a packet. Pure: no sockets, safe on any bytes.
#pragma once

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

/// A fragment of IPv6 that is not its packet's first. Linux finds no transport header in it, and its
/// trace message has the packet's first 20 bytes in place of one, and no network header
/// (nf_trace_fill_pkt_info() with what nft_set_pktinfo_ipv6() found): the source's last four bytes
/// and the destination are not told, and are 0. Nothing if the bytes are not those.
std::optional<Packet> decode_later_fragment6(std::span<const uint8_t> transport);

/// ARP for IPv4 over Ethernet (RFC 826), from its header on; nothing if it is anything else.
std::optional<Packet> decode_arp(std::span<const uint8_t> arp);

/// A packet from its IP header on, cut anywhere behind its transport header.
std::optional<Packet> decode_packet(std::span<const uint8_t> whole);

/// One line about an Ethernet frame: its packet, its ARP question or answer, or its ethertype.
std::string describe_frame(std::span<const uint8_t> frame);

}  // namespace fwproof::observe
