#include "model/packet.h"

#include <fmt/format.h>

#include <algorithm>

namespace fwproof {

bool has_ports(uint8_t protocol) {
  return protocol == kProtocolTcp || protocol == kProtocolUdp || protocol == kProtocolDccp ||
         protocol == kProtocolSctp || protocol == kProtocolUdpLite;
}

std::string protocol_name(uint8_t protocol) {
  switch (protocol) {
    case kProtocolIcmp:
      return "icmp";
    case kProtocolIgmp:
      return "igmp";
    case kProtocolTcp:
      return "tcp";
    case kProtocolUdp:
      return "udp";
    case kProtocolDccp:
      return "dccp";
    case kProtocolGre:
      return "gre";
    case kProtocolEsp:
      return "esp";
    case kProtocolAh:
      return "ah";
    case kProtocolIcmpv6:
      return "icmpv6";
    case kProtocolSctp:
      return "sctp";
    case kProtocolUdpLite:
      return "udplite";
    default:
      return fmt::format("protocol {}", protocol);
  }
}

bool Packet::is_icmp_error() const {
  if (protocol == kProtocolIcmp)
    return icmp_type == 3 || icmp_type == 4 || icmp_type == 5 || icmp_type == 11 || icmp_type == 12;
  return protocol == kProtocolIcmpv6 && icmp_type < 128;
}

bool Packet::is_for_many() const {
  if (arp != 0) return arp == kArpRequest;
  const auto bytes = destination.bytes();
  if (destination.is_v6()) return bytes[0] == 0xff;
  const bool everybody =
      std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b == 255; });
  return everybody || (bytes[0] & 0xf0) == 0xe0;
}

namespace {

/// NAT translates the ends in a quote too.
bool same_quote(const std::optional<QuotedPacket>& a, const std::optional<QuotedPacket>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->protocol == b->protocol && a->ip_id == b->ip_id && a->length == b->length;
}

}  // namespace

bool same_identity(const Packet& a, const Packet& b) {
  if (a.arp != b.arp || a.source.is_v6() != b.source.is_v6() || a.protocol != b.protocol ||
      a.ip_id != b.ip_id || a.length != b.length || a.fragment_offset != b.fragment_offset ||
      a.payload != b.payload)
    return false;
  if (a.protocol == kProtocolTcp)
    return a.seq == b.seq && a.ack == b.ack && a.tcp_flags == b.tcp_flags;
  if (a.is_icmp())
    return a.icmp_type == b.icmp_type && a.icmp_code == b.icmp_code && a.icmp_seq == b.icmp_seq &&
           same_quote(a.quoted, b.quoted);
  return true;
}

IdentityKey identity_key(const Packet& p) { return {p.ip_id, p.length, p.seq, p.ack, p.icmp_seq}; }

namespace {

struct NamedType {
  int number;
  const char* name;
};

constexpr NamedType kIcmpTypes[] = {{0, "echo-reply"},           {4, "source-quench"},
                                    {8, "echo-request"},         {9, "router-advertisement"},
                                    {10, "router-solicitation"}, {11, "time-exceeded"},
                                    {12, "parameter-problem"},   {13, "timestamp-request"},
                                    {14, "timestamp-reply"},     {17, "address-mask-request"},
                                    {18, "address-mask-reply"}};

constexpr NamedType kIcmpv6Types[] = {{2, "packet-too-big"},
                                      {3, "time-exceeded"},
                                      {4, "parameter-problem"},
                                      {128, "echo-request"},
                                      {129, "echo-reply"},
                                      {130, "mld-listener-query"},
                                      {131, "mld-listener-report"},
                                      {132, "mld-listener-done"},
                                      {133, "router-solicitation"},
                                      {134, "router-advertisement"},
                                      {135, "neighbour-solicitation"},
                                      {136, "neighbour-advertisement"},
                                      {137, "redirect"},
                                      {143, "mld2-listener-report"}};

}  // namespace

std::string icmp_name(const Packet& p) {
  const int type = p.icmp_type;
  const int code = p.icmp_code;
  if (p.protocol == kProtocolIcmp) {
    static constexpr const char* kUnreachable[] = {"network-unreachable",
                                                   "host-unreachable",
                                                   "protocol-unreachable",
                                                   "port-unreachable",
                                                   "fragmentation-needed",
                                                   "source-route-failed",
                                                   "network-unknown",
                                                   "host-unknown",
                                                   "",
                                                   "network-prohibited",
                                                   "host-prohibited",
                                                   "TOS-network-unreachable",
                                                   "TOS-host-unreachable",
                                                   "communication-prohibited"};
    static constexpr const char* kRedirect[] = {"network-redirect", "host-redirect",
                                                "TOS-network-redirect", "TOS-host-redirect"};
    if (type == 3 && code < 14 && code != 8) return kUnreachable[code];
    if (type == 5 && code < 4) return kRedirect[code];
    for (const auto& [number, name] : kIcmpTypes)
      if (type == number) return name;
    return fmt::format("icmp-{}/{}", type, code);
  }
  static constexpr const char* kUnreachable6[] = {"no-route",         "communication-prohibited",
                                                  "beyond-scope",     "address-unreachable",
                                                  "port-unreachable", "failed-policy",
                                                  "reject-route"};
  if (type == 1 && code < 7) return kUnreachable6[code];
  for (const auto& [number, name] : kIcmpv6Types)
    if (type == number) return name;
  return fmt::format("icmpv6-{}/{}", type, code);
}

std::string arp_name(const Packet& p) {
  return p.arp == kArpRequest ? "arp-request" : p.arp == kArpReply ? "arp-reply" : "arp";
}

std::string describe(const Packet& p) {
  std::string text = fmt::format("{} > {} ", p.from().to_string(), p.to().to_string());
  if (p.arp != 0) return text + arp_name(p);
  if (p.fragment_offset != 0)
    return text + fmt::format("{} fragment at {} len {}", protocol_name(p.protocol),
                              p.fragment_offset, p.payload);
  if (p.is_icmp()) return text + icmp_name(p);
  if (p.protocol != kProtocolTcp)
    return text + fmt::format("{} len {}", protocol_name(p.protocol), p.payload);
  std::string flags;
  const auto flag = [&](uint8_t bit, const char* name) {
    if (p.tcp_flags & bit) flags += (flags.empty() ? "" : ",") + std::string(name);
  };
  flag(kTcpSyn, "syn");
  flag(kTcpFin, "fin");
  flag(kTcpRst, "rst");
  flag(kTcpPsh, "psh");
  flag(kTcpAck, "ack");
  flag(kTcpUrg, "urg");
  flag(kTcpEce, "ece");
  flag(kTcpCwr, "cwr");
  return text + fmt::format("tcp {} len {}", flags.empty() ? "none" : flags, p.payload);
}

}  // namespace fwproof
