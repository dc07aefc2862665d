// Connection tracking entries and events as ctnetlink tells them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"

namespace fwproof {

/// One direction of an entry. For ICMP the ports are 0 and id, type and code are set.
struct Tuple {
  uint8_t protocol = 0;
  Endpoint source;
  Endpoint destination;
  uint16_t icmp_id = 0;
  uint8_t icmp_type = 0;
  uint8_t icmp_code = 0;
  bool operator==(const Tuple&) const = default;
};
std::string to_string(const Tuple& tuple);  // "1.2.3.4:60000 -> 203.0.113.1:8080"

struct ConntrackEntry {
  std::string node;
  uint32_t id = 0;
  Tuple original;
  Tuple reply;
  std::string state;  // TCP only: SYN_SENT, SYN_RECV, ESTABLISHED, ... (nf_conntrack_tcp.h)
  std::vector<std::string>
      status;  // SEEN_REPLY, ASSURED, CONFIRMED, SRC_NAT, ... (IPS_*), in bit order
  std::optional<uint32_t> timeout;  // seconds
  uint32_t mark = 0;
  uint16_t zone = 0;
};

/// A connection that a helper expects: one that fits is RELATED, and its entry EXPECTED.
struct Expectation {
  std::string node;
  Tuple expected;      // source port 0: any
  Tuple master;        // original tuple of the entry whose packets made the helper expect it
  std::string helper;  // "ftp"; empty where the kernel does not say
  uint64_t order = 0;  // as TraceEvent of model/trace.h has it
};
/// In the notation of a case: "{expected: ..., helper: ftp}".
std::string describe(const Expectation& expectation);

struct ConntrackEvent {
  enum class Kind { new_, update, destroy };
  Kind kind = Kind::new_;
  ConntrackEntry entry;
  uint64_t order = 0;  // as TraceEvent of model/trace.h has it
};
std::string_view to_string(ConntrackEvent::Kind kind);  // "NEW", "UPDATE", "DESTROY"

/// In the notation of a case: "{original: ..., reply: ..., state: ESTABLISHED, status: [ASSURED]}".
std::string describe(const ConntrackEntry& entry);

}  // namespace fwproof
