#include "judge/notation.h"

#include "judge/chain_visit.h"

namespace fwproof::judge {

std::vector<std::string> notation(const Walk& walk, const std::string& node, bool elements) {
  std::vector<std::string> items;
  for (const ChainVisit& visit : chain_visits(walk, node)) {
    const Step& first = visit.steps.front();
    const bool only_accepts = visit.steps.size() == 1 && first.kind == TraceEvent::Kind::policy &&
                              first.verdict == Verdict::accept;
    if (only_accepts) {
      items.push_back(chain_name(first));
    } else {
      for (const Step& step : visit.steps)
        items.push_back(to_string(step) + (elements ? elements_text(step) : ""));
    }
  }
  return items;
}

}  // namespace fwproof::judge
