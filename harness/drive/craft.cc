#include "drive/craft.h"

#include <algorithm>
#include <cassert>
#include <span>

#include "drive/fragment.h"

namespace fwproof::drive {
namespace {

constexpr uint8_t kDefaultTtl = 64;
constexpr uint16_t kDefaultWindow = 64240;

// ICMP types with id and sequence (RFC 792, RFC 4443), and those whose second word tells an MTU
// (RFC 1191, RFC 4443).
constexpr uint8_t kEchoReply = 0, kUnreachable = 3, kEcho = 8, kTimestamp = 13,
                  kAddressMaskReply = 18;
constexpr uint8_t kTooBig6 = 2, kEcho6 = 128, kEchoReply6 = 129;

void put16(Bytes& bytes, unsigned value) {
  bytes.push_back(static_cast<uint8_t>(value >> 8));
  bytes.push_back(static_cast<uint8_t>(value));
}
void put32(Bytes& bytes, uint32_t value) {
  put16(bytes, value >> 16);
  put16(bytes, value & 0xffff);
}
void put(Bytes& bytes, std::span<const uint8_t> more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}
void put(Bytes& bytes, const std::string& text) {
  bytes.insert(bytes.end(), text.begin(), text.end());
}

/// CRC-32c over the packet with its checksum field zero, little-endian (RFC 9260 section 6.8 and
/// appendix A).
uint32_t crc32c(std::span<const uint8_t> bytes) {
  constexpr uint32_t kPolynomial = 0x82f63b78;
  uint32_t crc = 0xffffffff;
  for (const uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? kPolynomial : 0);
  }
  return ~crc;
}

/// An INIT chunk in a packet of its own: what asks for an association (RFC 9260 section 3.3.2).
Bytes sctp_init(const Flow& flow, const CraftedEnds& ends) {
  Bytes sctp;
  put16(sctp, ends.from.port);
  put16(sctp, ends.to.port);
  put32(sctp, 0);           // verification tag
  put32(sctp, 0);           // checksum, below
  put32(sctp, 0x01000014);  // INIT, no flags, 20 bytes
  put32(sctp, 0x1234abcd);  // initiate tag
  put32(sctp, 65536);       // window
  put16(sctp, 1);           // streams out
  put16(sctp, 1);           // streams in
  put32(sctp, 1);           // first transmission sequence number
  uint32_t crc = crc32c(sctp);
  if (flow.craft->bad_checksum) crc = ~crc;
  for (size_t i = 0; i < 4; ++i) sctp[8 + i] = static_cast<uint8_t>(crc >> 8 * i);
  return sctp;
}

/// The least header that makes a packet of this protocol a good one, then the payload.
Bytes other_transport(const Flow& flow, const CraftedEnds& ends) {
  if (flow.protocol == kProtocolSctp) return sctp_init(flow, ends);
  Bytes bytes;
  if (has_ports(flow.protocol)) {
    put16(bytes, ends.from.port);
    put16(bytes, ends.to.port);
  }
  if (flow.protocol == kProtocolUdpLite) put32(bytes, 0);  // whole packet covered, RFC 3828
  if (flow.protocol == kProtocolDccp) {                    // DCCP-Request, RFC 4340 section 5.1
    put32(bytes, 0x05000000);                              // 20 bytes of header, checksum below
    put32(bytes, 0x01000000);                              // X=1: 48 bits of sequence number
    put32(bytes, ends.ip_id);
    put32(bytes, 0);  // service code
  }
  if (flow.protocol == kProtocolGre) put32(bytes, 0x00000800);  // IPv4 inside, RFC 2784
  if (flow.protocol == kProtocolEsp) {                          // SPI, sequence: RFC 4303
    put32(bytes, 0x1001);
    put32(bytes, 1);
  }
  if (flow.protocol == kProtocolAh) {  // nothing behind it, 12 bytes of check value: RFC 4302
    put32(bytes, 0x3b040000);
    put32(bytes, 0x1001);
    put32(bytes, 1);
    put32(bytes, 0), put32(bytes, 0), put32(bytes, 0);
  }
  if (flow.protocol == kProtocolIgmp) put32(bytes, 0x11640000), put32(bytes, 0);  // query
  put(bytes, flow.payload);
  return bytes;
}

/// The IP header and first bytes of the packet an error complains of, as far as they were seen.
Bytes quote(const Packet& p) {
  Bytes bytes;
  if (p.source.is_v6()) {
    put32(bytes, 0x60000000u | static_cast<uint32_t>(p.tos) << 20);
    put16(bytes, p.length - 40u);
    bytes.push_back(p.protocol);
    bytes.push_back(p.ttl);
  } else {
    bytes.push_back(0x45);
    bytes.push_back(p.tos);
    put16(bytes, p.length);
    put16(bytes, p.ip_id);
    put16(bytes, 0x4000);  // do not fragment
    bytes.push_back(p.ttl);
    bytes.push_back(p.protocol);
    put16(bytes, 0);
  }
  put(bytes, p.source.bytes());
  put(bytes, p.destination.bytes());
  if (p.is_icmp()) {
    bytes.push_back(p.icmp_type);
    bytes.push_back(p.icmp_code);
    put16(bytes, 0);
    put16(bytes, p.icmp_id);
    put16(bytes, p.icmp_seq);
  } else {
    put16(bytes, p.source_port);
    put16(bytes, p.destination_port);
    put32(bytes, p.protocol == kProtocolTcp ? p.seq : static_cast<uint32_t>(p.payload + 8) << 16);
  }
  if (p.protocol == kProtocolTcp) {
    put32(bytes, p.ack);
    put16(bytes, 0x5000u | p.tcp_flags);
    put16(bytes, kDefaultWindow);
    put32(bytes, 0);
  }
  return bytes;
}

/// Behind the first four bytes of an ICMP message: id and sequence, MTU, or nothing.
Bytes icmp_rest(const Flow& flow, const CraftedEnds& ends, uint8_t type) {
  const bool v6 = ends.to.address.is_v6();
  const bool asks =
      v6 ? type == kEcho6 || type == kEchoReply6
         : type == kEchoReply || type == kEcho || (type >= kTimestamp && type <= kAddressMaskReply);
  Bytes rest;
  if (asks) {
    put16(rest, ends.from.port);
    put16(rest, ends.icmp_seq);
  } else {
    put32(rest, (v6 && type == kTooBig6) || (!v6 && type == kUnreachable) ? flow.craft->mtu : 0u);
  }
  if (ends.quoted)
    put(rest, quote(*ends.quoted));
  else
    put(rest, flow.payload);
  return rest;
}

/// The 16-bit sum of RFC 1071.
uint16_t internet_checksum(const Bytes& bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i < bytes.size(); i += 2)
    sum += static_cast<uint32_t>(bytes[i] << 8 | (i + 1 < bytes.size() ? bytes[i + 1] : 0));
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

Bytes icmp_message(const Flow& flow, const CraftedEnds& ends) {
  const bool v6 = ends.to.address.is_v6();
  const uint8_t type = flow.craft->icmp_type.value_or(v6 ? kEcho6 : kEcho);
  Bytes message{type, flow.craft->icmp_code, 0, 0};
  put(message, icmp_rest(flow, ends, type));
  return message;
}

void put_tcp_options(Bytes& tcp, const TcpOptions& options) {
  if (options.mss) put16(tcp, 0x0204), put16(tcp, *options.mss);
  if (options.sack_permitted) put16(tcp, 0x0402);
  if (options.timestamp) put16(tcp, 0x080a), put32(tcp, *options.timestamp), put32(tcp, 0);
  if (options.window_scale) put16(tcp, 0x0303), tcp.push_back(*options.window_scale);
  while (tcp.size() % 4 != 0) tcp.push_back(1);  // no operation
}

Bytes tcp_segment(const Flow& flow, const CraftedEnds& ends) {
  const Craft& c = *flow.craft;
  const uint8_t flags = c.flags.value_or(kTcpSyn);
  Bytes tcp;
  put16(tcp, ends.from.port);
  put16(tcp, ends.to.port);
  put32(tcp, c.seq.value_or(1000));
  put32(tcp, c.ack.value_or(0));
  put16(tcp, flags);
  put16(tcp, c.window.value_or(kDefaultWindow));
  put32(tcp, 0);
  put_tcp_options(tcp, c.tcp_options);
  tcp[12] = static_cast<uint8_t>(tcp.size() / 4 << 4);
  // What opens, closes or probes carries nothing.
  if (flags == (kTcpPsh | kTcpAck)) put(tcp, flow.payload);
  return tcp;
}

Bytes udp_datagram(const Flow& flow, const CraftedEnds& ends) {
  Bytes udp;
  put16(udp, ends.from.port);
  put16(udp, ends.to.port);
  put16(udp, static_cast<unsigned>(8 + flow.payload.size()));
  put16(udp, 0);
  put(udp, flow.payload);
  return udp;
}

/// Where the checksum of a transport header stands in it, if it is one of RFC 1071.
std::optional<size_t> checksum_offset(const Flow& flow) {
  if (flow.kind == FlowKind::tcp) return 16;
  if (flow.kind == FlowKind::udp || flow.protocol == kProtocolUdpLite) return 6;
  if (flow.protocol == kProtocolDccp) return 6;
  if (flow.kind == FlowKind::icmp || flow.protocol == kProtocolIgmp) return 2;
  return std::nullopt;
}

/// Fills in the checksum, over the pseudo-header too where the protocol has one (RFC 9293 section
/// 3.1, RFC 8200 section 8.1).
void sum_up(Bytes& transport, size_t at, const Flow& flow, const CraftedEnds& ends) {
  Bytes summed;
  const bool own_only = flow.protocol == kProtocolIcmp || flow.protocol == kProtocolIgmp;
  if (!own_only) {
    put(summed, ends.from.address.bytes());
    put(summed, ends.to.address.bytes());
    put32(summed, static_cast<uint32_t>(transport.size()));
    put32(summed, flow.protocol);
  }
  put(summed, transport);
  uint16_t sum = internet_checksum(summed);
  if (sum == 0 && flow.kind == FlowKind::udp) sum = 0xffff;  // 0 would mean: none (RFC 768)
  if (flow.craft->bad_checksum) sum ^= 0x5555;
  transport[at] = static_cast<uint8_t>(sum >> 8);
  transport[at + 1] = static_cast<uint8_t>(sum);
}

Bytes transport(const Flow& flow, const CraftedEnds& ends) {
  Bytes bytes = flow.kind == FlowKind::tcp    ? tcp_segment(flow, ends)
                : flow.kind == FlowKind::udp  ? udp_datagram(flow, ends)
                : flow.kind == FlowKind::icmp ? icmp_message(flow, ends)
                                              : other_transport(flow, ends);
  if (const auto at = checksum_offset(flow)) sum_up(bytes, *at, flow, ends);
  return bytes;
}

/// An option with room for what a router is to fill in.
void put_ip_option(Bytes& ip, IpOption option, const IpAddress& to) {
  switch (option) {
    case IpOption::router_alert:
      put32(ip, 0x94040000);
      return;
    case IpOption::record_route:
      put(ip, Bytes{7, 15, 4});
      put(ip, Bytes(12));
      return;
    case IpOption::timestamp:
      put(ip, Bytes{68, 12, 5, 0});
      put(ip, Bytes(8));
      return;
    case IpOption::loose_route:
    case IpOption::strict_route:
      put(ip, Bytes{static_cast<uint8_t>(option == IpOption::loose_route ? 131 : 137), 7, 4});
      put(ip, to.bytes());
      return;
  }
}

Bytes ipv4_packet(const Flow& flow, const CraftedEnds& ends, const Bytes& body) {
  Bytes options;
  for (const IpOption option : flow.craft->ip_options)
    put_ip_option(options, option, ends.to.address);
  while (options.size() % 4 != 0) options.push_back(0);  // end of options
  const size_t header = 20 + options.size();
  Bytes ip{static_cast<uint8_t>(0x40 | header / 4), flow.tos.value_or(0)};
  put16(ip, static_cast<unsigned>(header + body.size()));
  put16(ip, ends.ip_id);
  put16(ip, 0);
  ip.push_back(flow.ttl.value_or(kDefaultTtl));
  ip.push_back(flow.protocol);
  put16(ip, 0);  // checksum: the kernel's
  put(ip, ends.from.address.bytes());
  put(ip, ends.to.address.bytes());
  put(ip, options);
  put(ip, body);
  return ip;
}

Bytes ipv6_packet(const Flow& flow, const CraftedEnds& ends, const Bytes& body) {
  Bytes ip;
  put32(ip, 0x60000000u | static_cast<uint32_t>(flow.tos.value_or(0)) << 20);
  put16(ip, static_cast<unsigned>(body.size()));
  ip.push_back(flow.protocol);
  ip.push_back(flow.ttl.value_or(kDefaultTtl));
  put(ip, ends.from.address.bytes());
  put(ip, ends.to.address.bytes());
  put(ip, body);
  return ip;
}

}  // namespace

std::vector<Bytes> craft(const Flow& flow, const CraftedEnds& ends) {
  assert(flow.craft);
  const Bytes body = transport(flow, ends);
  const Bytes packet =
      ends.to.address.is_v6() ? ipv6_packet(flow, ends, body) : ipv4_packet(flow, ends, body);
  if (!flow.craft->fragments) return {packet};
  return cut(packet, *flow.craft->fragments, ends.ip_id);
}

}  // namespace fwproof::drive
