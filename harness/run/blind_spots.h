// What rules keep from the kernel's trace.
#pragma once

#include <string>
#include <vector>

#include "model/ruleset.h"

namespace fwproof::run {

/// A sentence for each rule that switches the trace off, and for each chain that stands before or
/// after fwproof's own, which see packets come and go. What such rules do to a packet is not known.
std::vector<std::string> blind_spots(const std::string& node, const Ruleset& rules);

}  // namespace fwproof::run
