// A lab with everything running: the network is built, the rules are loaded, services answer and
// all taps are open. Flows go through it, and it is changed, one thing after another.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "drive/services.h"
#include "follow/follower.h"
#include "lab/lab.h"
#include "model/case.h"
#include "model/finding.h"
#include "model/seen.h"
#include "observe/log_tap.h"
#include "run/network.h"
#include "run/rules_watch.h"
#include "run/run_flow.h"
#include "run/taps.h"

namespace fwproof::run {

class LiveLab {
 public:
  /// In this network, or in a new one where there is none or the rules do not suit it.
  /// Throws MachineError, and BadInput for rules that do not load.
  /// `steps` are taken later: what they load is watched from the start.
  /// `drop_reasons`: ask the kernel for its own reasons, which costs milliseconds the first time.
  /// `arp`: follow ARP.
  /// `loads`: who else will load rules in its nodes.
  LiveLab(std::unique_ptr<Network> network, const Topology& topology, Backend backend,
          const std::vector<NodeRules>& rules, const std::vector<CaptureWanted>& captures,
          const std::vector<CaseStep>& steps = {}, bool drop_reasons = false, bool arp = false,
          Loads loads = Loads::this_case);

  /// One more capture, from now on.
  void capture(const CaptureWanted& wanted) { taps_.capture(lab_, wanted); }

  FlowSeen send(const Flow& flow, bool real_time, const std::vector<FlowSeen>& before = {});

  /// Does one step of a case; what flows did is added to `seen`. Throws BadInput where a step does
  /// not go as it must: rules that do not load, a program that ends badly.
  void take(const CaseStep& step, const Case& of, Seen& seen);

  /// The answers to these checks' questions, in their order.
  std::vector<RouteAnswer> ask_routes(const std::vector<RouteCheck>& checks);

  /// The sets of the nodes that the checks are about, with the elements of those they mean.
  std::vector<SetSeen> read_sets(const std::vector<SetCheck>& checks);

  /// What rules found in sets is filled in (run/elements.h). Call it after finish().
  void tell_elements(Seen& seen);

  /// What LOG rules of these nodes wrote. Call it after finish().
  void read_logs(const std::set<std::string>& nodes, Seen& seen);

  /// Flows that are still open, what the taps saw besides walks, rules with their counters, losses.
  /// Call it once, after the last flow.
  void finish(Seen& seen);

  RanIn ran_in() const {
    if (!network_->is_used()) return RanIn::new_network;
    return rules_.are_held() ? RanIn::kept_network_and_rules : RanIn::kept_network;
  }

  /// Closes all that is open in the nodes and hands on their network, renewed; nothing if it cannot
  /// be. Call it after finish(), with what was seen; then the lab can do no more.
  std::unique_ptr<Network> hand_on_network(const Case& of, const Seen& seen, Leak leak);

 private:
  Stage stage(bool real_time);
  bool take_in();
  /// The flows that are over, and those that are open as they have gone so far.
  std::vector<FlowSeen> so_far(const Seen& seen);
  OpenFlow& open_flow(const CaseStep& step);
  void change(const CaseStep& step);
  /// Hooks that a step has brought rules to, unforeseen.
  void watch_new_hooks(const Topology& topology);
  void load_rules(const std::vector<NodeRules>& rules);
  void run_program(const CaseStep& step);
  void delete_conntrack(const CaseStep& step);

  Backend backend_;
  std::unique_ptr<Network> network_;
  RulesWatch rules_;
  lab::Lab& lab_;
  Losses& losses_;
  Taps taps_;
  drive::Services services_;
  observe::LogTap log_;
  follow::Follower follower_;
  Muted muted_;
  Kept kept_;
  std::map<std::string, std::unique_ptr<OpenFlow>> open_;  // by name
  std::vector<std::string> lost_;
};

}  // namespace fwproof::run
