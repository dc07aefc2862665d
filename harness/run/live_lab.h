// A lab with everything running: the network is built, the rules are loaded, services answer and
// all taps are open. Flows go through it one after another.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "drive/services.h"
#include "follow/follower.h"
#include "lab/lab.h"
#include "model/case.h"
#include "model/seen.h"
#include "observe/ruleset_reader.h"
#include "run/losses.h"
#include "run/run_flow.h"
#include "run/taps.h"

namespace fwproof::run {

class LiveLab {
 public:
  /// Throws MachineError, and BadInput for rules that do not load.
  /// `drop_reasons`: ask the kernel for its own reasons, which costs milliseconds the first time.
  LiveLab(const Topology& topology, Backend backend, std::vector<NodeRules> rules,
          const std::vector<CaptureWanted>& captures, bool drop_reasons = false);

  /// One more capture, from now on.
  void capture(const CaptureWanted& wanted) { taps_.capture(lab_, wanted); }

  FlowSeen send(const Flow& flow, bool real_time, const std::vector<FlowSeen>& before = {});

  /// The answers to these checks' questions, in their order.
  std::vector<RouteAnswer> ask_routes(const std::vector<RouteCheck>& checks);

  /// What LOG rules of these nodes wrote. Call it after finish().
  void read_logs(const std::set<std::string>& nodes, Seen& seen);

  /// What the taps saw besides walks, rules with their counters, losses. Call it once, after the
  /// last flow.
  void finish(Seen& seen);

 private:
  std::map<std::string, Ruleset> read_rules();

  Backend backend_;
  std::vector<NodeRules> rules_;
  lab::Lab lab_;
  // Readers stay open: closing one costs milliseconds (observe/ruleset_reader.h).
  std::map<std::string, observe::NftReader> readers_;
  std::set<std::string> tracking_;  // nodes with a rule that needs connection tracking
  std::map<std::string, Ruleset> rulesets_;
  Taps taps_;
  Losses losses_;
  drive::Services services_;
  follow::Follower follower_;
  Muted muted_;
  Kept kept_;
};

}  // namespace fwproof::run
