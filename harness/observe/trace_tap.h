// The kernel's trace of one node: nf_tables tells a netlink group, which a Listener hears, legacy
// tables tell the logger of NFLOG group 0. Both become TraceEvents, each in its own order.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/trace.h"
#include "nl/netns.h"

namespace fwproof::observe {

class LegacyTrace;
class Mail;
class NftTrace;
class TraceTable;

class TraceTap {
 public:
  /// Only what happens after this is told. `table` is fwproof's in the node, and must outlive this.
  /// `legacy` also reads legacy tables: IPv4's, and with `ipv6` IPv6's. It takes NFLOG group 0 of
  /// the node for itself.
  TraceTap(const std::shared_ptr<Mail>& mail, TraceTable& table, const nl::Netns& netns,
           bool legacy, bool ipv6);
  ~TraceTap();
  TraceTap(TraceTap&&) noexcept;
  TraceTap& operator=(TraceTap&&) noexcept;
  TraceTap(const TraceTap&) = delete;
  TraceTap& operator=(const TraceTap&) = delete;

  /// Readable when legacy tables have told something; nothing if they are not read.
  std::optional<int> fd() const;

  /// Takes all that is in the mail, and what legacy tables have told. Losses and messages that
  /// cannot be understood are appended to `lost` as sentences that name the node.
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
