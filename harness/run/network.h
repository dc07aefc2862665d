// The network of a topology, and what is opened in its nodes once for all cases that it serves. Of
// a case it holds nothing but its rules, where packets change nothing in them: what packets leave
// in the kernel, renew() takes away again and then asks the kernel whether it is gone; the rules go
// where the next case has others. Which cases may be served one after another at all,
// run/sharing.h says.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "lab/lab.h"
#include "model/case.h"
#include "model/seen.h"
#include "model/topology.h"
#include "nl/socket.h"
#include "observe/listener.h"
#include "observe/remains.h"
#include "observe/ruleset_reader.h"
#include "run/held_rules.h"
#include "run/losses.h"
#include "run/node_taps.h"

namespace fwproof::run {

/// What renew() is to pass over without a look, so that a test sees it missed.
enum class Leak { nothing, conntrack };

class Network {
 public:
  /// Builds it. `legacy`: its taps also hear legacy tables. `drop_reasons` as LiveLab has it.
  /// Throws MachineError.
  Network(const Topology& topology, bool legacy, bool drop_reasons = false);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  Network(Network&&) = delete;
  Network& operator=(Network&&) = delete;
  ~Network();

  const Topology& topology() const { return topology_; }
  lab::Lab& lab() { return lab_; }
  Losses& losses() { return losses_; }
  observe::NftReader& reader(const std::string& node);

  /// The taps of a node, opened when they are first asked for.
  NodeTaps& taps(const Node& node, const observe::TraceScope& scope);
  /// Hears the nodes that have taps.
  observe::Listener& listener() { return listener_; }

  /// Are these the rules that it still has from an earlier case?
  bool holds(Backend backend, const std::vector<NodeRules>& rules);
  const HeldRules& held() const { return held_; }
  /// Takes away what it still has. False if the kernel does not say that it is gone.
  bool take_rules_away();
  /// These rules are loaded now, and may be there for a later case if that changes nothing.
  void hold(HeldRules rules);

  /// Has it served a case before?
  bool is_used() const { return used_; }

  /// Can its nodes have these rules? Not those whose taps are told of a hook once alone
  /// (TraceScope::lone).
  bool takes(const std::vector<NodeRules>& rules) const;

  /// May a case that has loaded its rules, which need tracking in these nodes, go on in it? True of
  /// one that is not used. Otherwise the rules must be plain (observe/plain.h), and each node where
  /// an earlier case needed tracking must need it now: the kernel ends it some time after the rules
  /// that needed it are gone, and does not tell when.
  bool suits(const std::set<std::string>& tracking) const;

  /// Makes it what it was when it was built, after a case that saw this, whose rules needed
  /// tracking in these nodes, and whose sockets are all closed. False if the kernel does not say
  /// that it is: then it must serve no other case.
  bool renew(const Case& c, const Seen& seen, const std::set<std::string>& tracking, Leak leak);

 private:
  bool rules_are_plain() const;
  void forget_entries(const Seen& seen);
  void forget_connections(const Case& c, const Seen& seen);
  bool renew_node(const std::string& node, Leak leak);
  bool renew_taps();

  Topology topology_;
  bool legacy_;
  lab::Lab lab_;
  Losses losses_;
  // Readers stay open: closing one costs milliseconds (observe/ruleset_reader.h).
  std::map<std::string, observe::NftReader> readers_;
  observe::Listener listener_;
  std::map<std::string, std::unique_ptr<NodeTaps>> taps_;
  std::map<std::string, observe::Remains> remains_;
  std::map<std::string, nl::Socket> diag_;
  HeldRules held_;
  std::set<std::string> tracked_;  // nodes where an earlier case needed connection tracking
  bool used_ = false;
};

}  // namespace fwproof::run
