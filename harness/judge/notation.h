// What a packet met in one node, written as a case writes it.
#pragma once

#include <string>
#include <vector>

#include "model/walk.h"

namespace fwproof::judge {

/// One item for each step: "nat PREROUTING rule 1 DNAT". A chain that said nothing but its policy
/// accept is written by its name alone: "raw PREROUTING". The list, asserted as an exact walk of
/// this node, holds. `elements`: with what rules found in sets, to be read only.
std::vector<std::string> notation(const Walk& walk, const std::string& node, bool elements = false);

}  // namespace fwproof::judge
