// Gathers, while a flow is under way, what the kernel tells of packets that it did away with
// without a rule (model/loss.h).
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "lab/lab.h"
#include "model/loss.h"
#include "model/seen.h"
#include "observe/drop_reasons.h"
#include "observe/loss_counters.h"

namespace fwproof::run {

class Losses {
 public:
  /// `reasons`: also the kernel's drop reasons, where privilege allows it.
  Losses(const Topology& topology, lab::Lab& lab, bool reasons);

  /// Everything told before this is not the flow's.
  void begin_flow();

  /// What is told up to now about the walks that did not get on. Nothing is asked where all did.
  const LossEvidence& gather(const std::vector<Walk>& walks, const FlowResult& result);

  /// The nodes in which packets of these wait for a neighbour, or ask for one by ARP, and the
  /// kernel has not given up asking (NUD_INCOMPLETE).
  std::set<std::string> asking(const std::vector<Walk>& walks);

  /// Once the flow is over. Counters are read again for the next one only if this one may have
  /// moved them: not if all that was seen of it got where it was sent.
  void end_flow(const FlowSeen& seen);

 private:
  void read_growth();
  void ask_for_route(const Walk& walk);
  void list_neighbours(const std::string& node);

  lab::Lab& lab_;
  observe::DropReasons* reasons_;
  std::map<std::string, observe::LossCounters> counters_;
  std::map<std::string, observe::LossCounts> before_;  // a counter that is not there was 0
  bool stale_;                                         // `before_` is of no use any more
  LossEvidence evidence_;
};

}  // namespace fwproof::run
