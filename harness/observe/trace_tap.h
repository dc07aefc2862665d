// The kernel's trace of one node: nf_tables tells a netlink group, legacy tables tell the logger of
// NFLOG group 0. Both become TraceEvents, each in the order of its own socket.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/trace.h"
#include "nl/netns.h"

namespace fwproof::observe {

class NftTrace;
class LegacyTrace;

class TraceTap {
 public:
  /// Only what happens after this is told. `legacy` also reads legacy tables: IPv4's, and with
  /// `ipv6` IPv6's. It takes NFLOG group 0 of the node for itself.
  TraceTap(const nl::Netns& netns, std::string node, bool legacy, bool ipv6);
  ~TraceTap();
  TraceTap(TraceTap&&) noexcept;
  TraceTap& operator=(TraceTap&&) noexcept;
  TraceTap(const TraceTap&) = delete;
  TraceTap& operator=(const TraceTap&) = delete;

  /// Readable when something is queued.
  std::vector<int> fds() const;

  /// Takes all that is queued now. Losses and messages that cannot be understood are appended to
  /// `lost` as sentences that name the node.
  void drain(std::vector<TraceEvent>& events, std::vector<std::string>& lost);

  /// False while the last message taken waits for the one that tells what it means.
  bool is_at_rest() const;

  /// The newest generation of nf_tables' rules that was told of, 0 if of none.
  uint32_t generation() const;

 private:
  std::unique_ptr<NftTrace> nft_;
  std::unique_ptr<LegacyTrace> legacy_;  // nullptr: not asked for
};

}  // namespace fwproof::observe
