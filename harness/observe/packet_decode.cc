#include "observe/packet_decode.h"

#include <fmt/format.h>

#include <algorithm>

namespace fwproof::observe {
namespace {

using Bytes = std::span<const uint8_t>;

constexpr size_t kIpv4Header = 20;
constexpr size_t kIpv6Header = 40;
constexpr size_t kArpSize = 28;
constexpr uint16_t kMostLength = 0xffff;

// Next header numbers of IPv6 extension headers (RFC 8200 section 4). AH is told as a protocol, as
// in IPv4.
constexpr uint8_t kHopByHop = 0;
constexpr uint8_t kRouting = 43;
constexpr uint8_t kFragment = 44;
constexpr uint8_t kDestinationOptions = 60;

uint16_t be16(Bytes bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}
uint32_t be32(Bytes bytes, size_t at) {
  return static_cast<uint32_t>(be16(bytes, at)) << 16 | be16(bytes, at + 2);
}

/// An IP header, and how many bytes stand before what follows it.
struct Network {
  Packet packet;
  size_t header = 0;
};

std::optional<Network> decode_ipv4(Bytes ip) {
  if (ip.size() < kIpv4Header) return std::nullopt;
  const size_t header = (ip[0] & 0x0fu) * 4;
  Network network{.header = header};
  Packet& packet = network.packet;
  packet.protocol = ip[9];
  packet.length = be16(ip, 2);
  // What TCP hands over at once may be longer than the field can say (include/net/ip.h,
  // iph_set_totlen).
  if (packet.length == 0 && packet.protocol == kProtocolTcp) packet.length = kMostLength;
  if (header < kIpv4Header || packet.length < header) return std::nullopt;
  packet.tos = ip[1];
  packet.ip_id = be16(ip, 4);
  packet.more_fragments = (ip[6] & 0x20) != 0;
  packet.fragment_offset = static_cast<uint16_t>((be16(ip, 6) & 0x1fff) * 8);
  packet.ttl = ip[8];
  packet.source = IpAddress::from_bytes(ip.subspan(12, 4));
  packet.destination = IpAddress::from_bytes(ip.subspan(16, 4));
  return network;
}

std::optional<Network> decode_ipv6(Bytes ip) {
  if (ip.size() < kIpv6Header) return std::nullopt;
  Network network{.header = kIpv6Header};
  Packet& packet = network.packet;
  packet.tos = static_cast<uint8_t>(be16(ip, 0) >> 4 & 0xff);
  packet.protocol = ip[6];
  const bool jumbo = be16(ip, 4) == 0 && packet.protocol == kHopByHop;  // RFC 2675
  packet.length = static_cast<uint16_t>(
      jumbo ? kMostLength : std::min<size_t>(kIpv6Header + be16(ip, 4), kMostLength));
  packet.ttl = ip[7];
  packet.source = IpAddress::from_bytes(ip.subspan(8, 16));
  packet.destination = IpAddress::from_bytes(ip.subspan(24, 16));
  return network;
}

std::optional<Network> decode_network(Bytes ip) {
  if (ip.empty()) return std::nullopt;
  if (ip[0] >> 4 == 4) return decode_ipv4(ip);
  if (ip[0] >> 4 == 6) return decode_ipv6(ip);
  return std::nullopt;
}

bool is_extension(uint8_t next_header) {
  return next_header == kHopByHop || next_header == kRouting || next_header == kFragment ||
         next_header == kDestinationOptions;
}

/// Steps over IPv6 extension headers. False if the bytes end within one.
bool skip_extensions(Bytes ip, Network& network) {
  Packet& packet = network.packet;
  while (is_extension(packet.protocol) && packet.fragment_offset == 0) {
    if (ip.size() < network.header + 8) return false;
    const Bytes extension = ip.subspan(network.header);
    size_t length = (extension[1] + 1u) * 8;
    if (packet.protocol == kFragment) {
      length = 8;
      packet.more_fragments = (extension[3] & 1) != 0;
      packet.fragment_offset = be16(extension, 2) & 0xfff8;
      packet.ip_id = be32(extension, 4);
    }
    packet.protocol = extension[0];
    network.header += length;
  }
  return network.header <= ip.size();
}

/// Of IPv6 all that distinguishes packets of one sender, where the bytes reach that far.
QuotedPacket decode_quoted(Bytes ip, bool v6) {
  if (!v6) return {.protocol = ip[9], .ip_id = be16(ip, 4), .length = be16(ip, 2)};
  constexpr size_t kMostRead = 128;  // it may be an error that quotes another one, and so on
  const auto whole = decode_packet(ip.first(std::min(ip.size(), kMostRead)));
  if (!whole)
    return {.protocol = ip[6], .length = static_cast<uint16_t>(kIpv6Header + be16(ip, 4))};
  return {.protocol = whole->protocol,
          .length = whole->length,
          .destination = whole->destination,
          .source_port = whole->source_port,
          .destination_port = whole->destination_port,
          .seq = whole->seq,
          .icmp_id = whole->icmp_id,
          .icmp_seq = whole->icmp_seq};
}

bool is_echo(const Packet& packet) {
  if (packet.protocol == kProtocolIcmp) return packet.icmp_type == 8 || packet.icmp_type == 0;
  return packet.icmp_type == 128 || packet.icmp_type == 129;
}

/// The bytes a transport header needs to be read in full, without its options.
size_t header_size(uint8_t protocol) {
  switch (protocol) {
    case kProtocolTcp:
      return 20;
    case kProtocolSctp:
    case kProtocolDccp:
      return 12;
    case kProtocolUdp:
    case kProtocolUdpLite:
    case kProtocolIcmp:
    case kProtocolIcmpv6:
      return 8;
    default:
      return 0;
  }
}

void decode_tcp(Bytes tcp, Packet& packet) {
  packet.seq = be32(tcp, 4);
  packet.ack = be32(tcp, 8);
  packet.tcp_flags = tcp[13];
}

void decode_icmp(Bytes icmp, Packet& packet) {
  constexpr size_t kHeader = 8;
  constexpr size_t kQuoteNeeded = 12;
  packet.icmp_type = icmp[0];
  packet.icmp_code = icmp[1];
  if (is_echo(packet)) {
    packet.icmp_id = be16(icmp, 4);
    packet.icmp_seq = be16(icmp, 6);
  }
  if (packet.is_icmp_error() && icmp.size() >= kHeader + kQuoteNeeded)
    packet.quoted = decode_quoted(icmp.subspan(kHeader), packet.source.is_v6());
}

/// Fills in the transport header. `inside` is how many bytes the packet itself has behind its IP
/// header: a packet may really be too short for its header, evidence may not.
bool decode_transport(Bytes transport, size_t inside, Packet& packet) {
  packet.payload = static_cast<uint16_t>(inside);
  if (packet.fragment_offset != 0) return true;
  const size_t needed = header_size(packet.protocol);
  if (transport.size() < std::min(needed, inside)) return false;
  transport = transport.first(std::min(transport.size(), inside));
  if (needed == 0 || inside < needed) return true;
  size_t header = needed;
  if (packet.has_ports()) {
    packet.source_port = be16(transport, 0);
    packet.destination_port = be16(transport, 2);
  }
  if (packet.protocol == kProtocolTcp) {
    decode_tcp(transport, packet);
    header = std::max<size_t>(header, (transport[12] >> 4) * 4u);
  }
  if (packet.is_icmp()) decode_icmp(transport, packet);
  packet.payload = static_cast<uint16_t>(inside - std::min(header, inside));
  return true;
}

std::string describe_arp(Bytes arp) {
  const auto packet = decode_arp(arp);
  if (!packet) return "arp";
  const std::string sender = packet->source.to_string();
  if (packet->arp == kArpRequest)
    return fmt::format("arp who-has {} tell {}", packet->destination.to_string(), sender);
  return fmt::format("arp reply {} is-at {:02x}", sender, fmt::join(arp.subspan(8, 6), ":"));
}

}  // namespace

std::optional<Packet> decode_packet(Bytes network_header, Bytes transport) {
  auto network = decode_network(network_header);
  if (!network) return std::nullopt;
  Packet& packet = network->packet;
  const bool hidden = packet.source.is_v6() && is_extension(packet.protocol);
  const size_t inside = packet.length - network->header;
  if (hidden) {
    packet.payload = static_cast<uint16_t>(inside);
    return packet;
  }
  if (!decode_transport(transport, inside, packet)) return std::nullopt;
  return packet;
}

std::optional<Ipv6Start> start_of_ipv6(Bytes packet) {
  Ipv6Start start;
  if (packet.size() < start.size() || packet[0] >> 4 != 6) return std::nullopt;
  std::copy_n(packet.begin(), start.size(), start.begin());
  return start;
}

std::optional<Packet> decode_arp(Bytes arp) {
  constexpr uint16_t kEthernet = 1, kIpv4 = 0x0800;
  if (arp.size() < kArpSize || be16(arp, 0) != kEthernet || be16(arp, 2) != kIpv4 || arp[4] != 6 ||
      arp[5] != 4 || arp[6] != 0)
    return std::nullopt;
  Packet packet;
  packet.arp = arp[7];
  packet.source = IpAddress::from_bytes(arp.subspan(14, 4));
  packet.destination = IpAddress::from_bytes(arp.subspan(24, 4));
  packet.length = kArpSize;
  return packet;
}

std::optional<Packet> decode_packet(Bytes whole) {
  auto network = decode_network(whole);
  if (!network || network->header > whole.size()) return std::nullopt;
  Packet& packet = network->packet;
  if (packet.source.is_v6() && !skip_extensions(whole, *network)) return std::nullopt;
  if (packet.length < network->header) return std::nullopt;
  if (!decode_transport(whole.subspan(network->header), packet.length - network->header, packet))
    return std::nullopt;
  return packet;
}

std::string describe_frame(Bytes frame) {
  constexpr size_t kEthernetHeader = 14;
  if (frame.size() < kEthernetHeader) return fmt::format("a frame of {} bytes", frame.size());
  const uint16_t ethertype = be16(frame, 12);
  const Bytes inner = frame.subspan(kEthernetHeader);
  if (ethertype == 0x0806) return describe_arp(inner);
  if (ethertype == 0x0800 || ethertype == 0x86dd) {
    const auto packet = decode_packet(inner);
    if (packet) return describe(*packet);
  }
  return fmt::format("ethertype {:#06x}, {} bytes", ethertype, inner.size());
}

}  // namespace fwproof::observe
