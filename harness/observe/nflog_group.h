// Hears what is logged to one NFLOG group of a node. Nobody else in the node hears that group then.
#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "nl/netns.h"
#include "nl/socket.h"
#include "observe/nflog_decode.h"

namespace fwproof::observe {

/// Of each packet: enough for all headers with options, and for the quote in an ICMP error.
inline constexpr uint32_t kLoggedBytes = 256;

class NflogGroup {
 public:
  using Each = std::function<void(NflogMessage)>;

  /// `families` (AF_*): their logger becomes NFLOG, as if nfnetlink_log was written to
  /// net.netfilter.nf_log.<family>; the trace of legacy tables goes to group 0 then. LOG and NFLOG
  /// targets go where they always do. Throws MachineError.
  NflogGroup(const nl::Netns& netns, std::string node, uint16_t group,
             const std::vector<uint8_t>& families = {});

  int fd() const { return socket_.fd(); }

  /// Hands over all that is queued. Losses are appended to `lost` as sentences, in which `what` was
  /// lost ("trace lines").
  void drain(const std::string& what, const Each& each, std::vector<std::string>& lost);

 private:
  void count(uint32_t sequence, const std::string& what, std::vector<std::string>& lost);

  std::string node_;
  nl::Socket socket_;
  uint32_t next_sequence_ = 0;
};

}  // namespace fwproof::observe
