// Which entries of connection tracking are a flow's.
//
// An entry lives from its NEW event to its DESTROY event. Another of the same addresses and ports
// may come after it, even under the same id (the kernel makes the id of the entry's place in
// memory), and one in another zone stands beside it. A packet belongs to the one that lives while
// it is seen, or to the one that it begins itself: that is told once the packet is through INPUT or
// POSTROUTING. Since Linux 6.16 the trace tells the id too, and so which of several zones it is.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "judge/checks.h"

namespace fwproof::judge {

/// One entry of one node over its whole life.
struct Tracked {
  ConntrackEntry entry;  // as it was last told
  std::vector<const ConntrackEvent*> events;
  bool at_end = false;  // still there at the end
  bool destroyed = false;
  uint64_t begins = 0;  // as ConntrackEvent::order; 0 if no NEW event was seen
  uint64_t ends = std::numeric_limits<uint64_t>::max();
};

/// All of the node, in the order in which they were first told of.
std::vector<Tracked> entries_of(const std::string& node, const Seen& seen);

struct OwnEntries {
  std::vector<Tracked> entries;
  /// They may be another flow's as well: the evidence does not tell them apart.
  bool doubtful = false;
};

/// The entries of `all`, of this node, that a packet of the flow belonged to.
OwnEntries own_entries(const FlowSeen& flow, const std::string& node, const Seen& seen,
                       const std::vector<Tracked>& all);

/// The sight of a packet, as HookVisit::order, that made a helper expect this: the latest in the
/// expectation's node of all packets of its connection. A helper reads a packet in INPUT or
/// POSTROUTING, behind all that users may attach there or, before Linux 6.0, ahead of what they
/// attach behind priority 300. Nothing where no flow had such a packet.
std::optional<uint64_t> sight_that_made(const Expectation& expectation, const Seen& seen);

/// The flow's hooks in this node, of all its packets.
std::vector<const HookVisit*> hooks_at(const FlowSeen& flow, const std::string& node);

/// Was the packet seen at this hook, before NAT or after, with the ends of this tuple?
bool is_seen_at(const Tuple& tuple, const HookVisit& hook);

}  // namespace fwproof::judge
