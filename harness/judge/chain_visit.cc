#include "judge/chain_visit.h"

#include <algorithm>

namespace fwproof::judge {
namespace {

bool same_chain(const Step& a, const Step& b) {
  return a.family == b.family && a.table == b.table && a.chain == b.chain && a.legacy == b.legacy;
}

}  // namespace

std::vector<ChainVisit> chain_visits(const Walk& walk, const std::string& node) {
  std::vector<ChainVisit> visits;
  for (const HookVisit* hook : hooks_in(walk, node)) {
    std::span<const Step> left = hook->steps;
    while (!left.empty()) {
      const auto other_chain = std::find_if_not(
          left.begin(), left.end(), [&](const Step& step) { return same_chain(step, left[0]); });
      const auto length = static_cast<size_t>(other_chain - left.begin());
      visits.push_back({hook, left.first(length)});
      left = left.subspan(length);
    }
  }
  return visits;
}

}  // namespace fwproof::judge
