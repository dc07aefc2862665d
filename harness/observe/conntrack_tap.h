// Connection tracking of one node: events as they happen, entries when asked. Neither switches
// tracking on: that takes a rule that needs it (or TraceTable with `conntrack`).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/conntrack.h"
#include "nl/netns.h"
#include "nl/socket.h"

namespace fwproof::observe {

class ConntrackTap {
 public:
  ConntrackTap(const nl::Netns& netns, std::string node);

  /// Readable when an event is queued.
  int fd() const { return events_.fd(); }

  /// Takes the NEW, UPDATE and DESTROY events queued now. Losses and messages that cannot be
  /// understood are appended to `lost` as sentences that name the node.
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
  std::string node_;
  nl::Socket events_;
  nl::Socket questions_;  // apart, so that no event is taken for an answer
  bool active_ = false;
  std::vector<Expectation> expectations_;
};

}  // namespace fwproof::observe
