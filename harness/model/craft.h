// What a crafted packet says that no socket would: the headers a flow asks for beyond its protocol,
// addresses and payload. What is not set is what a socket would have sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"

namespace fwproof {

/// The packet is cut into fragments before it is sent (RFC 791, RFC 8200 section 4.5).
struct Fragments {
  unsigned size =
      512;  // bytes of each behind the IP header, a multiple of 8; the last has the rest
  bool reversed = false;  // the last is sent first
  unsigned overlap = 0;   // bytes each repeats of the one before, a multiple of 8
  std::vector<unsigned>
      missing;  // these are not sent; numbered from 1 in the order of their offset
};

/// Options of a TCP header (RFC 9293, RFC 7323, RFC 2018).
struct TcpOptions {
  std::optional<uint16_t> mss;
  std::optional<uint8_t> window_scale;
  bool sack_permitted = false;
  std::optional<uint32_t> timestamp;
};

/// Options of an IPv4 header, in nft's words: rr, ra, lsrr, ssrr (RFC 791, RFC 2113), and ts.
enum class IpOption { record_route, router_alert, loose_route, strict_route, timestamp };

/// A packet of a capture file, as it is sent again.
struct Replayed {
  IpAddress source;
  IpAddress destination;
  std::vector<uint8_t> bytes;  // from the IP header on
};

struct Craft {
  /// tcp: the bits of byte 13, kTcpSyn and so on. Replayed: all that any of the packets has.
  std::optional<uint8_t> flags;
  std::optional<uint32_t> seq;
  std::optional<uint32_t> ack;
  std::optional<uint16_t> window;
  TcpOptions tcp_options;
  std::optional<uint8_t> icmp_type;
  uint8_t icmp_code = 0;
  uint16_t mtu = 0;   // of an ICMP error that tells one
  std::string about;  // an ICMP error: the flow whose packet it quotes, as its sender saw it
  std::vector<IpOption> ip_options;
  std::optional<Fragments> fragments;
  std::optional<IpAddress> spoof;  // the source address, whoever has it
  bool bad_checksum = false;       // of the transport header
  std::vector<std::string> mute;   // nodes whose TCP takes no notice of the flow's packets
  std::vector<Replayed> replay;    // these are sent, in order, and nothing is put together
};

}  // namespace fwproof
