// fwproof for those who write their tests in C++: a topology, rules, flows, and what became of
// them. cases/example_test.cc shows it at work; matchers.h has matchers for GoogleMock.
//
//   Lab lab("port-forward", Backend::iptables_nft, {{"gw", "port-forward.rules"}});
//   const Sent visit = lab.send("tcp client:60000 -> 203.0.113.1:8080");
//   EXPECT_THAT(visit, OutcomeIs("connected"));
//   EXPECT_THAT(visit, HasWalk("syn", StepsIn("gw", Contains("nat PREROUTING rule 1 DNAT"))));
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/case.h"
#include "model/seen.h"
#include "run/privilege.h"

namespace fwproof {

/// One flow and how it went.
struct Sent {
  std::string text;  // what was asked for
  Flow flow;
  FlowSeen seen;
  std::string outcome;  // "connected", "dropped", "rejected tcp-reset", ... as in a case
};

/// A live network with rules loaded and every tap open. Everything throws BadInput for what is
/// wrong in a file or a flow, and MachineError for what the machine refuses.
class Lab {
 public:
  /// `topology` is a file, or the name of one in topologies/; `rules` gives nodes their files, each
  /// a path or a name in fixtures/rulesets/. Call run::leave_host_network() first, once.
  Lab(const std::string& topology, Backend backend,
      const std::map<std::string, std::string>& rules);
  ~Lab();
  Lab(Lab&&) noexcept;
  Lab& operator=(Lab&&) noexcept;
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  /// Counts packets on "NODE:DEV" that pass a pcap-filter(7) from now on; see end().
  void capture(const std::string& at, const std::string& filter);

  /// In the notation of a case. Returns when the flow has ended.
  Sent send(const std::string& flow);

  /// What was seen besides walks: conntrack, captures in the order they were asked for, counters.
  /// Fails the test that asks if any evidence was lost: throws MachineError. Nothing can be sent
  /// after.
  Seen end();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// What a walk met in a node, in the notation of a case: "nat PREROUTING rule 1 DNAT".
std::vector<std::string> steps_in(const Walk& walk, const std::string& node);

/// The hooks it met there: "INPUT in lo".
std::vector<std::string> hooks_met_in(const Walk& walk, const std::string& node);

/// As `fwproof trace` prints them; what GoogleTest shows of a Sent and a Walk that did not match.
std::string to_text(const Sent& sent);
std::string to_text(const Walk& walk);

}  // namespace fwproof
