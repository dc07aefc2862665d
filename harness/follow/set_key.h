// The key that a packet has for a lookup in a set of nf_tables, as nft(8) writes keys.
#pragma once

#include <string>

#include "model/ruleset.h"
#include "model/walk.h"

namespace fwproof::follow {

/// "10.0.0.9 . 80", of the packet as it was last seen in this hook. Empty if a part of it is not
/// known, or the packet has no such part.
std::string set_key(const SetLookup& lookup, const HookVisit& visit, const std::string& ct_state);

}  // namespace fwproof::follow
