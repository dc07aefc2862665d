// Keeps the rules of all nodes as the kernel holds them, through every change, and says of each
// trace message which of them were in force.
//
// nf_tables tells a new generation on the socket of its trace, in its place among the messages
// (observe/nft_trace.h). Legacy tables tell of no change: where a program may have changed them
// they are read again after each look at the trace.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/rules_in_force.h"
#include "model/trace.h"
#include "run/held_rules.h"
#include "run/network.h"

namespace fwproof::run {

class RulesWatch {
 public:
  /// The network must outlive this.
  RulesWatch(Network& network, Backend backend) : network_(&network), backend_(backend) {}

  /// Reads the rules of a node that has just loaded `files`, before any packet was sent.
  void first_read(const std::string& node, const std::vector<const RulesFile*>& files);

  /// The same, of rules that the node has had since an earlier case and that were read then, in
  /// this generation: they count from here on.
  void take_held(const std::string& node, const RulesFile& file, Ruleset rules,
                 uint32_t generation);

  /// Call it when taps have put fwproof's own table beside what was read, in each node that has
  /// any: that made one more generation. Where there are more, the rules are others.
  void know_own_tables();

  /// `node` has loaded this in mid-case: what is new in its rules may stand there. The file must
  /// outlive the next place().
  void loaded(const std::string& node, const RulesFile& file);

  /// A program in the node may change its rules from here on, until the next call with false.
  /// Before that one all must have been placed that was seen until then.
  void suspect(const std::string& node, bool may_change);

  /// Gives each message its ruleset, and reads the rules of the nodes that have new ones.
  /// `generations` are the newest heard of, by node. What cannot be told is appended to `lost`.
  void place(std::vector<TraceEvent>& events, const std::map<std::string, uint32_t>& generations,
             std::vector<std::string>& lost);

  /// Reads all once more, for the counters.
  void read_at_end(std::vector<std::string>& lost);

  /// Are they those that the nodes had before?
  bool are_held() const { return !before_.empty(); }

  const RulesByNode& rules() const { return rules_; }
  /// The same with their generations.
  std::map<std::string, HeldByNode> held() const;

  /// Nodes that have, or had, a rule that needs connection tracking.
  const std::set<std::string>& tracking() const { return tracking_; }

 private:
  struct Read {
    Ruleset rules;
    uint32_t generation = 0;
  };
  /// What was known of a node's rules before they were read anew.
  struct Before {
    size_t rules = 0;
    uint32_t generation = 0;
  };
  bool read_legacy(const std::string& node, Ruleset& into);
  Read read(const std::string& node);
  void take(const std::string& node, const std::vector<const RulesFile*>& files, Read now);
  bool count(const std::string& node, Ruleset& rules);
  void read_anew(const std::string& node);
  bool place_among(TraceEvent& event, const Before& before, const RulesInForce& rules) const;

  Network* network_;
  Backend backend_;
  RulesByNode rules_;
  std::map<std::string, uint32_t> generation_;  // by node: that of the rules read last
  std::map<std::string, Ruleset> before_;  // by node: held rules, and what they had counted before
  std::map<std::string, std::vector<const RulesFile*>> fresh_;  // loaded since the last read
  std::set<std::string> suspects_;
  std::set<std::string> programs_;  // nodes in which a program may have made legacy tables
  std::set<std::string> tracking_;
};

}  // namespace fwproof::run
