#include "model/packet.h"

#include <fmt/format.h>

namespace fwproof {

bool Packet::is_icmp_error() const {
  if (protocol == kProtocolIcmp)
    return icmp_type == 3 || icmp_type == 4 || icmp_type == 5 || icmp_type == 11 || icmp_type == 12;
  return protocol == kProtocolIcmpv6 && icmp_type < 128;
}

namespace {

/// IPv6 extension headers (RFC 8200 section 4.1, IANA): hop-by-hop, routing, fragment, AH,
/// destination options. nf_tables' trace tells their number where the protocol should stand.
bool is_extension_header(const Packet& p) {
  switch (p.protocol) {
    case 0:
    case 43:
    case 44:
    case 51:
    case 60:
      return p.source.is_v6();
    default:
      return false;
  }
}

}  // namespace

bool same_identity(const Packet& a, const Packet& b) {
  if (is_extension_header(a) || is_extension_header(b))
    return a.length == b.length && a.source == b.source && a.destination == b.destination;
  if (a.source.is_v6() != b.source.is_v6() || a.protocol != b.protocol || a.ip_id != b.ip_id ||
      a.length != b.length || a.fragment_offset != b.fragment_offset || a.payload != b.payload)
    return false;
  if (a.protocol == kProtocolTcp)
    return a.seq == b.seq && a.ack == b.ack && a.tcp_flags == b.tcp_flags;
  if (a.is_icmp())
    return a.icmp_type == b.icmp_type && a.icmp_code == b.icmp_code && a.icmp_seq == b.icmp_seq &&
           a.quoted == b.quoted;
  return true;
}

IdentityKey identity_key(const Packet& p) { return {p.ip_id, p.length, p.seq, p.ack, p.icmp_seq}; }

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
    if (type == 0) return "echo-reply";
    if (type == 8) return "echo-request";
    if (type == 11) return "time-exceeded";
    if (type == 3 && code < 14 && code != 8) return kUnreachable[code];
    return fmt::format("icmp type {} code {}", type, code);
  }
  static constexpr const char* kUnreachable6[] = {"no-route",         "communication-prohibited",
                                                  "beyond-scope",     "address-unreachable",
                                                  "port-unreachable", "failed-policy",
                                                  "reject-route"};
  switch (type) {
    case 1:
      if (code < 7) return kUnreachable6[code];
      break;
    case 2:
      return "packet-too-big";
    case 3:
      return "time-exceeded";
    case 4:
      return "parameter-problem";
    case 128:
      return "echo-request";
    case 129:
      return "echo-reply";
    case 133:
      return "router-solicitation";
    case 134:
      return "router-advertisement";
    case 135:
      return "neighbour-solicitation";
    case 136:
      return "neighbour-advertisement";
    default:
      break;
  }
  return fmt::format("icmpv6 type {} code {}", type, code);
}

std::string describe(const Packet& p) {
  std::string text = fmt::format("{} > {} ", p.from().to_string(), p.to().to_string());
  if (p.is_icmp()) return text + icmp_name(p);
  if (p.protocol == kProtocolUdp) return text + fmt::format("udp len {}", p.payload);
  if (p.protocol != kProtocolTcp) return text + fmt::format("protocol {}", p.protocol);
  std::string flags;
  const auto flag = [&](uint8_t bit, const char* name) {
    if (p.tcp_flags & bit) flags += (flags.empty() ? "" : ",") + std::string(name);
  };
  flag(kTcpSyn, "syn");
  flag(kTcpFin, "fin");
  flag(kTcpRst, "rst");
  flag(kTcpPsh, "psh");
  flag(kTcpAck, "ack");
  return text + fmt::format("tcp {} len {}", flags.empty() ? "none" : flags, p.payload);
}

}  // namespace fwproof
