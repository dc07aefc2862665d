// The rules of one node over time. A trace message names a rule by its handle or its number, and
// means the rule that had it when the packet passed: the message says which of these rulesets that
// was (TraceEvent::rules).
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/ruleset.h"

namespace fwproof {

class RulesInForce {
 public:
  /// At first there are these, or none.
  RulesInForce() : all_(1) {}
  RulesInForce(Ruleset first) { all_.push_back(std::move(first)); }

  /// From now on there are these.
  void change(Ruleset now) { all_.push_back(std::move(now)); }

  /// The number of the ruleset in force now.
  size_t newest() const { return all_.size() - 1; }
  const Ruleset& now() const { return all_.back(); }
  Ruleset& now() { return all_.back(); }
  const Ruleset& at(size_t number) const { return all_.at(number); }
  /// In the order they were in force.
  const std::vector<Ruleset>& all() const { return all_; }

 private:
  std::vector<Ruleset> all_;
};

/// By node. A node that is not there has never had any rules.
using RulesByNode = std::map<std::string, RulesInForce>;

}  // namespace fwproof
