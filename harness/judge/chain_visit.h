// The steps of a walk in one node, grouped by the chain that said them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/walk.h"

namespace fwproof::judge {

/// An unbroken run of steps of one chain, in one hook. A chain that jumps to another and is
/// returned to is visited twice. Points into the walk.
struct ChainVisit {
  const HookVisit* hook = nullptr;
  std::span<const Step> steps;  // never empty
};

std::vector<ChainVisit> chain_visits(const Walk& walk, const std::string& node);

}  // namespace fwproof::judge
