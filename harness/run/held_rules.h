// Rules that a kept network still has from an earlier case, for a later one that loads the same:
// loading them again would change nothing but their counters, and what an earlier case counted is
// taken off instead (model/ruleset.h, count_from()).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/ruleset.h"

namespace fwproof::run {

/// Those of one node, as the kernel has them.
struct HeldByNode {
  Ruleset rules;
  uint32_t generation = 0;
};

class HeldRules {
 public:
  /// None.
  HeldRules() = default;

  /// `rules`, which the kernel has as `held` by node. None of them if to load them again might not
  /// give the same: where a node has more than one file, or a file includes others; where anything
  /// in them may depend on what passed before; or where their counters do not begin at 0.
  HeldRules(Backend backend, const std::vector<NodeRules>& rules,
            std::map<std::string, HeldByNode> held);

  /// Would these be the same?
  bool are(Backend backend, const std::vector<NodeRules>& rules) const;

  const std::map<std::string, HeldByNode>& by_node() const { return held_; }

 private:
  Backend backend_ = Backend::nft;
  std::vector<NodeRules> rules_;
  std::map<std::string, HeldByNode> held_;
};

}  // namespace fwproof::run
