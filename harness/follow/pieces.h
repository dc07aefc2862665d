// Which fragments were cut of which packets behind their last hook.
#pragma once

#include <vector>

#include "follow/links.h"

namespace fwproof::follow {

/// How many bytes a packet has behind its IP header; a fragment behind its fragment header.
unsigned body(const Packet& packet);

/// Joins a packet, or a fragment, that came to no other node to the fragments in which it may have
/// come there: to one node, or what is for many to several.
void find_pieces(const std::vector<Passage>& passages, const Wires& wires, Links& links);

}  // namespace fwproof::follow
