// From passages to whole ways: what left one node and entered the next with the same headers is one
// packet.
#pragma once

#include <vector>

#include "follow/passage.h"

namespace fwproof::follow {

/// The passages one packet made, in order, as indexes into the list given.
struct Way {
  std::vector<size_t> passages;
};

/// Every passage belongs to exactly one way. Ways are in the order their packets were first seen,
/// as far as the order of events within each node tells: what a node sent in answer comes after
/// what it received.
std::vector<Way> link(const std::vector<Passage>& passages);

}  // namespace fwproof::follow
