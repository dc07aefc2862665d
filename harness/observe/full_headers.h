// The headers of packets of IPv6 of which the kernel's trace tells too little: what stands behind
// extension headers, a fragment's addresses and place, and what an ICMPv6 error quotes. fwproof's
// own chains log these packets to an NFLOG group right before the trace tells of them
// (observe/trace_table.h).
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nl/netns.h"
#include "observe/nflog_group.h"
#include "observe/trace_decode.h"

namespace fwproof::observe {

/// The highest there is: users count from 0.
inline constexpr uint16_t kHeadersGroup = 65535;

/// What fwproof's chain logs them with.
std::string headers_prefix(Family family, std::string_view chain);

class FullHeaders {
 public:
  FullHeaders(const nl::Netns& netns, const std::string& node)
      : group_(netns, node, kHeadersGroup) {}

  /// Takes what was logged up to now. Call it once the trace messages to complete were taken.
  void drain(std::vector<std::string>& lost);

  /// Forgets what was logged up to now.
  void forget();

  /// Gives a message's packet the headers that were logged. Takes messages in their order.
  void complete(TraceMessage& message);

 private:
  NflogGroup group_;
  /// By prefix and first bytes: those of which the trace has not told yet.
  std::map<std::pair<std::string, Ipv6Start>, std::deque<Packet>> logged_;
  std::map<uint32_t, Packet> told_;  // by trace id: as it was in fwproof's latest chain
};

}  // namespace fwproof::observe
