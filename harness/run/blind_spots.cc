#include "run/blind_spots.h"

#include <fmt/format.h>

#include "model/trace.h"
#include "model/walk.h"

namespace fwproof::run {
namespace {

std::string name_of(const Table& table, const Chain& chain) {
  Step at;
  at.family = table.family;
  at.table = table.name;
  at.chain = chain.name;
  return chain_name(at);
}

bool is_out_of_sight(const BaseChain& base) {
  return base.priority <= kFirstPriority || base.priority >= kLastPriority;
}

}  // namespace

std::vector<std::string> blind_spots(const std::string& node, const Ruleset& rules) {
  std::vector<std::string> spots;
  for (const Table& table : rules.tables)
    for (const Chain& chain : table.chains) {
      if (!table.legacy && chain.base && is_out_of_sight(*chain.base))
        spots.push_back(fmt::format(
            "node '{}': chain '{}' has priority {}, where fwproof's own chains stand or beyond: "
            "what it does is not seen; priorities from {} to {} are",
            node, name_of(table, chain), chain.base->priority, kFirstPriority + 1,
            kLastPriority - 1));
      for (const Rule& rule : chain.rules)
        if (rule.untraces)
          spots.push_back(
              fmt::format("node '{}': '{} rule {}' switches the kernel's trace off (meta nftrace): "
                          "what packets meet after it is not told; leave it out of the test",
                          node, name_of(table, chain), rule.number));
    }
  return spots;
}

}  // namespace fwproof::run
