// All that was observed while one case ran. The judge sees this and the case, nothing else.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/conntrack.h"
#include "model/flow.h"
#include "model/ruleset.h"
#include "model/set.h"
#include "model/walk.h"

namespace fwproof {

struct FlowSeen {
  std::string flow;
  FlowResult result;
  std::vector<Walk> walks;  // in the order the packets were first seen
  /// Why nothing was sent at all, where the socket told.
  std::optional<CauseFound> not_sent;
};

/// The packets of one capture, of one device of one node. Files are in pcap form, for Wireshark.
struct CaptureSeen {
  std::string node;
  std::string dev;
  std::string filter;
  uint64_t packets = 0;            // that the filter let through
  std::vector<std::string> first;  // the first few, described
};

struct RouteAnswer {
  std::string node;
  std::string question;             // "get 203.0.113.2" or "table local"
  std::vector<std::string> routes;  // in ip-route(8)'s notation
};

/// How many packets met the rules of a node that log with one prefix.
struct LogSeen {
  std::string node;
  std::string prefix;
  uint64_t packets = 0;
};

struct Seen {
  std::vector<FlowSeen> flows;
  std::map<std::string, Ruleset> rulesets;  // by node, annotated, with counters, at the end
  std::map<std::string, std::vector<Ruleset>> rulesets_before;  // by node: those before a change
  std::vector<ConntrackEvent> conntrack_events;                 // all nodes, in order
  std::vector<ConntrackEntry> conntrack_at_end;                 // of entries whose events were seen
  std::vector<Expectation> expectations;                        // all nodes, in order
  std::map<std::string, bool> conntrack_active;  // by node: does anything there need tracking
  std::vector<CaptureSeen>
      captures;  // one for each capture check, same order, the document's version last
  std::vector<RouteAnswer> routes;  // one for each route check, likewise
  std::vector<LogSeen> logs;  // of every prefix of nodes that a check of a log is about
  std::vector<SetSeen> sets;  // of nodes that a check of a set is about
  std::map<std::string, std::string> logs_unclear;  // by node: why its log cannot be told
  std::vector<std::string> lost;  // evidence that was lost, not understood or contradictory
};

}  // namespace fwproof
