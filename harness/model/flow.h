// The traffic of one case, as asked for and as it went.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "model/craft.h"
#include "model/location.h"
#include "model/packet.h"

namespace fwproof {

/// `other`: any other protocol over IP, one packet put together by fwproof. `arp`: a question that
/// the node's kernel asks.
enum class FlowKind { tcp, udp, icmp, other, arp, exec };

/// What is sent: "tcp client:60000 -> 203.0.113.1:8080", or a program that sends what it likes.
struct Flow {
  std::string name;
  FlowKind kind = FlowKind::tcp;
  std::string node;                 // where it starts
  uint16_t source_port = 0;         // 0: the kernel picks one
  std::optional<IpAddress> source;  // nothing: the kernel picks one
  Endpoint destination;             // names are resolved to addresses when parsed. exec: see below
  std::string payload = "ping";     // what the client sends; the service answers with "pong"
  unsigned count = 1;               // udp, icmp: how many requests, each answered before the next
  uint8_t protocol = kProtocolTcp;  // its number in IP; exec: meaningless
  std::string dev;                  // it leaves by this device; empty: by the route's
  /// One of several connections at once: the name of the flow they are in the file. It stays open,
  /// if it stands, until the case ends.
  std::string connection_of;
  std::optional<uint8_t> ttl;  // or hop limit
  std::optional<uint8_t> tos;  // or traffic class
  /// The packets are put together by fwproof and sent past the node's sockets. `count` is then how
  /// many, whatever is answered.
  std::optional<Craft> craft;
  std::vector<std::string> command;            // exec: argument vector
  std::chrono::milliseconds deadline{10'000};  // exec: then it is ended
  /// exec: which of the program's packets the checks speak of: protocol and destination (a port of
  /// 0 is any). Without it, all that leave the node.
  std::optional<uint8_t> exec_protocol;  // of IP; 0: ICMP of either family
  std::optional<Endpoint> exec_destination;
  bool stays_open = false;  // tcp, udp, icmp: other things happen between its requests
  bool goes_on = false;     // packets of a flow that had begun before, under a name of their own
  std::string text;         // as written, for the report
  Location at;
};

/// How the attempt ended for whoever made it, as the socket or the program told.
struct FlowResult {
  enum class Socket {
    pending,    // nothing came back
    completed,  // tcp: connected and the answer arrived. udp, icmp: answered
    half,       // tcp: connected, but request or answer did not arrive
    sent,       // crafted: it went out; what became of it, the trace tells
    failed,     // error_number says why: ECONNREFUSED, EHOSTUNREACH, EPERM, ETIMEDOUT, ...
    ran,        // exec: the program ended by itself
    ended,      // exec: fwproof ended it, for `deadline_passed` or because its packet was dropped
  };
  Socket socket = Socket::pending;
  int error_number = 0;
  Endpoint local;                   // the client's own address and port
  Endpoint remote;                  // where it sent to
  std::string accepted_by;          // node of the service that took the request
  Endpoint accepted_at;             // that service's own address and port
  std::optional<Endpoint> seen_as;  // the client's address and port as that service saw them
  std::string answer;               // payload that came back
  int exit_status = -1;             // exec: exit code, or 128 + signal
  bool deadline_passed = false;     // exec, or a flow in real time
  std::string standard_output;      // exec; at most 1 MiB each
  std::string standard_error;
};

}  // namespace fwproof
