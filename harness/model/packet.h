// The headers of one packet as one point of observation saw them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "base/address.h"

namespace fwproof {

/// IP protocol numbers (IANA; netinet/in.h IPPROTO_*).
enum : uint8_t {
  kProtocolIcmp = 1,
  kProtocolIgmp = 2,
  kProtocolTcp = 6,
  kProtocolUdp = 17,
  kProtocolDccp = 33,
  kProtocolGre = 47,
  kProtocolEsp = 50,
  kProtocolAh = 51,
  kProtocolIcmpv6 = 58,
  kProtocolSctp = 132,
  kProtocolUdpLite = 136,
};

/// Do the first four bytes behind the IP header hold the two ports (RFC 9293, 768, 4340, 9260,
/// 3828)?
bool has_ports(uint8_t protocol);

/// "tcp", "gre", ...; "protocol 200" where there is no name for it here.
std::string protocol_name(uint8_t protocol);

/// ARP's operations (RFC 826).
enum : uint8_t { kArpRequest = 1, kArpReply = 2 };

/// The flag bits of byte 13 of a TCP header (RFC 9293).
enum : uint8_t {
  kTcpFin = 1,
  kTcpSyn = 2,
  kTcpRst = 4,
  kTcpPsh = 8,
  kTcpAck = 16,
  kTcpUrg = 32,
  kTcpEce = 64,
  kTcpCwr = 128,
};

/// What an ICMP error quotes of the packet it complains of. A trace message carries 20 bytes of the
/// transport header, so the rest is told of IPv6 alone, and only where the quote was read in full.
struct QuotedPacket {
  uint8_t protocol = 0;
  uint32_t ip_id = 0;
  uint16_t length = 0;
  IpAddress destination;
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
  uint32_t seq = 0;
  uint16_t icmp_id = 0;
  uint16_t icmp_seq = 0;
  bool operator==(const QuotedPacket&) const = default;
};

struct Packet {
  IpAddress source;
  IpAddress destination;
  uint8_t protocol = 0;
  /// ARP's operation (RFC 826), 0 for all else. There is no IP header then; source and destination
  /// are the addresses of sender and target.
  uint8_t arp = 0;
  uint16_t source_port = 0;  // where the protocol has ports; 0 otherwise
  uint16_t destination_port = 0;
  uint32_t ip_id = 0;            // IPv4: identification; IPv6: that of a fragment, 0 of a whole
  uint8_t ttl = 0;               // or hop limit
  uint8_t tos = 0;               // or traffic class
  uint16_t length = 0;           // whole IP packet, header included; 65535 if it is longer
  uint16_t fragment_offset = 0;  // in bytes
  bool more_fragments = false;
  uint32_t seq = 0;  // TCP
  uint32_t ack = 0;
  uint8_t tcp_flags = 0;
  uint16_t payload = 0;  // bytes after the transport header, by `length`
  uint8_t icmp_type = 0;
  uint8_t icmp_code = 0;
  uint16_t icmp_id = 0;  // echo and its reply
  uint16_t icmp_seq = 0;
  std::optional<QuotedPacket> quoted;  // ICMP errors

  bool operator==(const Packet&) const = default;

  Endpoint from() const { return {source, source_port}; }
  Endpoint to() const { return {destination, destination_port}; }
  bool is_icmp() const { return protocol == kProtocolIcmp || protocol == kProtocolIcmpv6; }
  /// An ICMP or ICMPv6 message that reports an error (RFC 792, RFC 4443 section 2.1).
  bool is_icmp_error() const;
  bool has_ports() const { return fwproof::has_ports(protocol); }
  /// A part of a packet.
  bool is_fragment() const { return more_fragments || fragment_offset != 0; }
  /// Sent to a multicast address, or to 255.255.255.255, or an ARP question. A subnet's broadcast
  /// address shows by the copy that the sender's kernel makes for itself.
  bool is_for_many() const;
};

/// True if the two can be one packet at two places, whatever NAT, mangle rules and routers changed
/// between them: all that these leave alone is equal (IP id, TCP numbers and flags, ICMP id and
/// sequence, length). Addresses, ports, TTL and TOS are not compared.
bool same_identity(const Packet& a, const Packet& b);

/// Equal for packets of the same identity: to find candidates quickly, not to decide.
using IdentityKey = std::tuple<uint32_t, uint16_t, uint32_t, uint32_t, uint16_t>;
IdentityKey identity_key(const Packet& packet);

/// "192.0.2.1:1234 > 192.0.2.2:80 tcp syn seq 1 len 0", for people.
std::string describe(const Packet& packet);

/// "arp-request", "arp-reply", or "arp" for what else RFC 826 has been used for.
std::string arp_name(const Packet& packet);

/// "echo-request", "port-unreachable", "time-exceeded", ... : iptables' names of ICMP types, or
/// "icmp-40/3": type and code.
std::string icmp_name(const Packet& packet);

}  // namespace fwproof
