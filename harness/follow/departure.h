// How a packet left a node, and where it can have gone from there.
#pragma once

#include <optional>
#include <string>

#include "follow/passage.h"

namespace fwproof::follow {

/// The headers a packet left this node with, if it did, as far as the trace tells.
std::optional<Packet> left_with(const Passage& passage);

/// The device that a packet left by, or that handed it on as it came in. Where a bridge's hook asks
/// IP's chains, these are told the bridge's device, and it the port's.
std::string left_by(const Passage& passage);

/// A copy that a node made to hear itself, and not one that its bridge sends out of a port.
bool hears_itself(const Passage& passage);

/// Can a packet that left by `from` have come in by `to`? Over lo it stays in its node, and so does
/// a copy that the node made to hear itself.
bool adjacent(const Passage& from, const Passage& to);

}  // namespace fwproof::follow
