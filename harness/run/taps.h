// All points of observation of one lab, read together.
#pragma once

#include <poll.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lab/lab.h"
#include "model/case.h"
#include "model/rules_in_force.h"
#include "model/seen.h"
#include "observe/capture.h"
#include "observe/listener.h"
#include "run/network.h"
#include "run/readiness.h"

namespace fwproof::run {

/// A capture that is asked for: one for each check, and with kept evidence one for each device.
struct CaptureWanted {
  std::string node;
  std::string dev;
  std::string filter;
  std::string file;  // empty: count only
  std::string flow;  // counts what passes during this flow; empty: all
  size_t ring = observe::kRing;
};

/// Who may load rules in the nodes, once those are loaded that a case has at its start.
enum class Loads { this_case, later_cases, nothing };

class Taps {
 public:
  /// Bridges and the ingress of devices are watched where `rules`, all that nodes have now or will
  /// load, stand there. `arp`: watch ARP too. The network must outlive this.
  Taps(Network& network, const std::map<std::string, std::vector<const Ruleset*>>& rules,
       const std::vector<CaptureWanted>& captures, bool arp, Loads loads);

  /// Are the hooks of these rules watched in the node?
  bool watches(const std::string& node, const Ruleset& rules) const;

  /// Watches the hooks of these rules too, from now on.
  void widen(const Topology& topology, const std::string& node, const Ruleset& rules);

  /// One more capture, from now on.
  void capture(const lab::Lab& lab, const CaptureWanted& wanted);

  /// Readable when there is something to take.
  pollfd waits() const;

  /// Before a flow: the captures that are for it count from here on. What is queued must be
  /// drained.
  void begin_flow(const std::string& flow);

  /// After the flow has settled: these captures have counted, and the entries that its packets may
  /// have made in each node are noted, to be looked up at the end.
  void end_flow(const FlowSeen& seen);

  /// Takes all that is queued; returns the trace messages, keeps the rest.
  std::vector<TraceEvent> drain();

  /// The newest generations of rules that were told of since this was asked last, by node.
  std::map<std::string, uint32_t> new_generations();

  /// Makes the node forget all its conntrack entries.
  void flush_conntrack(const std::string& node);

  /// Makes the node forget the entries that packets of these walks made; returns how many.
  size_t forget_entries(const std::string& node, const std::vector<Walk>& walks);

  /// After the last flow: entries as they are now, captures closed, losses noted.
  void finish(Seen& seen);

 private:
  struct Watched {
    CaptureWanted wanted;
    observe::Capture capture;
    std::optional<CaptureSeen> counted;  // once its flow is over
  };

  NodeTaps& taps_of(const std::string& node);
  std::set<size_t> ready();
  void read_entries(Seen& seen);
  void find_untold_entries(Seen& seen);

  static constexpr size_t kListener = ~size_t{0};

  const Topology& topology_;
  observe::Listener& listener_;
  std::vector<NodeTaps*> nodes_;
  std::map<std::string, size_t> numbers_;  // of nodes_
  std::vector<Watched> captures_;
  Readiness readiness_;  // by number: nodes_ for legacy tables, then captures_; kListener
  std::vector<std::pair<std::string, Tuple>> sent_;  // node, original tuple: each once
  std::map<std::string, uint32_t> generations_;      // newest by node, not asked for yet
  std::vector<ConntrackEvent> conntrack_events_;
  std::vector<std::string> lost_;
};

}  // namespace fwproof::run
