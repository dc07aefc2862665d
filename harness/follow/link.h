// From passages to whole ways: what left one node and entered the next with the same headers is one
// packet. Where the kernel makes several of one (copies for many receivers, fragments) or one of
// several, the way goes on through them.
#pragma once

#include <optional>
#include <vector>

#include "follow/links.h"

namespace fwproof::follow {

/// The passages one packet made, as indexes into the list given.
struct Way {
  std::vector<size_t> passages;  // in order; those of copies one copy after the other
  std::vector<size_t> ends;      // which of them nothing follows: several for a packet for many
  bool split = false;            // it left its last passage in fragments, which were not made whole
  std::optional<size_t> part_of;  // a fragment: the passage after which the packet was cut
  std::vector<size_t> parts;      // begins as a whole made of these fragments' passages
};

/// Every passage from `first` on belongs to exactly one way; none before it may have to do with
/// these. Ways are in the order their packets were first seen, as far as the order of events within
/// each node tells: what a node sent in answer comes after what it received. The fragments of a
/// packet that a node cut come right after it.
/// Where several nodes saw a packet with the same headers, as bridges leave them, `wires` tell in
/// which order.
std::vector<Way> link(const std::vector<Passage>& passages, const Wires& wires, size_t first = 0);

/// Where, at `most`, those passages end of which nothing more can come: every packet of theirs was
/// delivered or dropped before any later one was seen. `ways` are those of link(). Whatever is seen
/// later, those from there on are linked as they would be with all.
size_t settled(const std::vector<Passage>& passages, const std::vector<Way>& ways, size_t most);

}  // namespace fwproof::follow
