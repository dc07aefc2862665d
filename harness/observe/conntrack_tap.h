// Connection tracking of one node: events as they happen, entries when asked. Neither switches
// tracking on: that takes a rule that needs it (or TraceTable with `conntrack`).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/conntrack.h"
#include "nl/socket.h"
#include "observe/listener.h"

namespace fwproof::observe {

class ConntrackTap {
 public:
  /// `questions` is a NETLINK_NETFILTER socket of the node that listens to nothing, so that no
  /// event is taken for an answer; it must outlive this.
  ConntrackTap(std::shared_ptr<Mail> mail, nl::Socket& questions)
      : mail_(std::move(mail)), questions_(questions) {}

  /// Takes the NEW, UPDATE and DESTROY events in the mail. Messages that cannot be understood are
  /// appended to `lost` as sentences that name the node.
  void drain(std::vector<ConntrackEvent>& events, std::vector<std::string>& lost);

  /// What helpers have expected, as far as drain() has taken it.
  const std::vector<Expectation>& expectations() const { return expectations_; }

  /// The entry whose original tuple is `original`; nothing if there is none.
  std::optional<ConntrackEntry> lookup(const Tuple& original, uint16_t zone);

  /// Makes the node forget the entry of this original tuple. False if there is none.
  bool forget(const Tuple& original, uint16_t zone);

  /// Makes the node forget all its entries.
  void flush();

  /// Forgets what drain() has taken so far.
  void begin_anew();

  /// True once an event was seen, which proves that tracking is on. False proves nothing: the
  /// kernel has no interface that tells. What rules need it, NftReader::tracks() and read_legacy()
  /// know.
  bool active() const { return active_; }

 private:
  std::shared_ptr<Mail> mail_;
  nl::Socket& questions_;
  bool active_ = false;
  std::vector<Expectation> expectations_;
};

}  // namespace fwproof::observe
