// One YAML case: what to build, what to send, what must be true of it.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/case_step.h"
#include "model/cause.h"
#include "model/claim.h"
#include "model/conntrack.h"
#include "model/flow.h"
#include "model/location.h"
#include "model/matrix.h"
#include "model/netfilter.h"
#include "model/ruleset.h"
#include "model/set.h"
#include "model/topology.h"

namespace fwproof {

/// A number that is asserted: `2`, `>= 1`, `<= 3` or `1..3`.
struct Range {
  uint64_t least = 0;
  uint64_t most = std::numeric_limits<uint64_t>::max();
  std::string text;  // as written
  bool contains(uint64_t value) const { return value >= least && value <= most; }
};

/// An address as a case asserts it, with any port, one port, or one of a range:
/// "203.0.113.1:1024..65535".
struct EndpointPattern {
  IpAddress address;
  uint16_t least = 0;  // 0: any
  uint16_t most = 0;

  EndpointPattern() = default;
  EndpointPattern(const Endpoint& one) : address(one.address), least(one.port), most(one.port) {}
  bool fits(const Endpoint& seen) const {
    return address == seen.address && (least == 0 || (seen.port >= least && seen.port <= most));
  }
  std::string to_string() const;
  bool operator==(const EndpointPattern&) const = default;
};

/// A step as a case asserts it: "nat PREROUTING rule 1 DNAT". What is not said is not compared.
struct StepPattern {
  std::optional<Family> family;
  std::string table;
  std::string chain;
  std::string in_dev;   // "in eth0"
  std::string out_dev;  // "out eth1"
  enum class Says { anything, rule, policy, return_ } says = Says::anything;
  unsigned rule_number = 0;  // rule 3
  uint64_t rule_handle = 0;  // rule handle 7 (nf_tables)
  std::string rule_comment;  // rule "ssh from the office"
  std::string rule_file;     // rule gw.rules:12 (the end of the path, and the line)
  int rule_line = 0;
  std::string element;    // element 10.0.1.0/24: which the rule found in a set
  std::string target;     // ACCEPT, DNAT, jump DOCKER; letter case is ignored
  std::string via_chain;  // "via FORWARD rule 2": the rule that jumped to this chain
  unsigned via_rule = 0;  // 0: any rule of it
  std::string text;       // as written
  Location at;
};

/// A hook as a case asserts it: "INPUT in lo", "FORWARD mark 0x1 ttl 63 dscp ef". Mark, TTL and TOS
/// are those with which the packet left the hook.
struct HookPattern {
  Hook hook = Hook::prerouting;
  std::string in_dev;
  std::string out_dev;
  std::string text;
  Location at;
  std::optional<uint32_t> mark;
  std::optional<uint8_t> ttl;
  std::optional<uint8_t> dscp;  // the upper six bits of TOS or traffic class (RFC 2474)
};

enum class ListMode { exact, contains, never };

struct WalkCheck {
  std::string node;
  std::string packet;  // "syn", "reply data 2", or "all": every packet of the flow
  ListMode mode = ListMode::exact;
  std::vector<StepPattern> steps;
  Location at;
};

struct HooksCheck {
  std::string node;
  std::string packet;
  ListMode mode = ListMode::exact;
  std::vector<HookPattern> hooks;
  Location at;
};

struct ConntrackCheck {
  std::string node;
  bool none = false;  // `none`: the node has no entry for this flow
  std::optional<std::pair<EndpointPattern, EndpointPattern>> original;  // source -> destination
  std::optional<std::pair<EndpointPattern, EndpointPattern>> reply;
  std::optional<std::string> state;
  std::vector<std::string> status;  // each must be set; "!ASSURED" must not be
  std::optional<uint32_t> mark;
  std::optional<uint16_t> zone;
  std::optional<std::vector<std::string>>
      events;  // "NEW SYN_SENT", "UPDATE", in order, all of them
  Location at;
};

/// Of a connection that a helper expected because of this flow's packets.
struct ExpectationCheck {
  std::string node;
  bool none = false;  // `none`: the node never had one
  std::optional<std::pair<EndpointPattern, EndpointPattern>> expected;  // source -> destination
  std::string helper;                                                   // "ftp"; empty: any
  Location at;
};

struct CaptureCheck {
  std::string node;
  std::string dev;
  std::string filter;  // pcap-filter(7)
  Range packets;
  Location at;
};

struct OutcomeCheck {
  std::string outcome;  // "connected", "answered", "refused", "dropped", "rejected tcp-reset", ...
  Location at;
};

/// `outcome: {connected: 2, rejected: 3}` of several connections at once: how many ended how.
struct ConnectionsCheck {
  std::vector<std::pair<std::string, Range>> outcomes;
  Location at;
};

struct DroppedCheck {
  std::string node;
  StepPattern step;
  Location at;
};

/// `cause: rp_filter at gw`: why a packet of the flow did not get on, where no rule dropped it.
struct CauseCheck {
  Cause cause = Cause::no_route;
  std::string node;  // empty: wherever it was
  std::string text;
  Location at;
};

struct ReachesCheck {
  std::string node;
  uint16_t port = 0;  // 0: not asserted
  std::string text;
  Location at;
};

struct SeenAsCheck {
  EndpointPattern endpoint;
  std::string text;
  Location at;
};

/// The answer's address and port as they were on the packet that reached the client.
struct AnsweredFromCheck {
  EndpointPattern endpoint;
  std::string text;
  Location at;
};

/// exec flows.
struct ProgramCheck {
  std::optional<int> exit_status;
  std::vector<std::string> output_contains;  // each in standard output
  std::vector<std::string> error_contains;   // each in standard error
  std::vector<std::string> output_lacks;     // none in standard output
  std::vector<std::string> error_lacks;      // none in standard error
  Location at;
};

struct FlowChecks {
  std::string flow;
  std::optional<OutcomeCheck> outcome;
  std::optional<ConnectionsCheck> connections;  // of several at once, instead of all others
  std::optional<DroppedCheck> dropped;
  std::optional<CauseCheck> cause;
  std::optional<ReachesCheck> reaches;
  std::optional<SeenAsCheck> seen_as;
  std::optional<AnsweredFromCheck> answered_from;
  std::vector<WalkCheck> walks;
  std::vector<HooksCheck> hooks;
  std::vector<ConntrackCheck> conntrack;
  std::vector<ExpectationCheck> expectations;
  std::vector<CaptureCheck> captures;
  std::optional<ProgramCheck> program;
  Location at;
};

/// `counters: {gw: {filter FORWARD rule 1: 3}}`: packets counted by a rule or policy at the end.
struct CounterCheck {
  std::string node;
  StepPattern step;
  Range packets;
  Location at;
};

/// `routes: {router: [{get: 203.0.113.2, is: ...}, {table: local, has: ...}]}`: the kernel's
/// routes, in the words of `ip route` (model/route_words.h).
struct RouteCheck {
  std::string node;
  std::optional<IpAddress> get;  // `ip route get`; otherwise the table is listed
  std::string table;             // "main", "local", "default" or a number
  bool has = true;               // false: no route of the table may match
  std::string words;
  Location at;
};

/// `log: {host: [OUTPUT_LO, INPUT_LO]}`: how many packets rules that log with this prefix met.
struct LogCheck {
  std::string node;
  std::string prefix;  // as written; see log_word()
  Range packets;
  Location at;
};

/// A prefix as checks may name it too, where no other is meant: without ':' and blanks at its end.
std::string_view log_word(std::string_view prefix);

/// Everything that can be asserted of one run.
struct Assertions {
  std::vector<FlowChecks> checks;
  std::vector<CounterCheck> counters;
  std::vector<RouteCheck> routes;
  std::vector<LogCheck> logs;
  std::vector<SetCheck> sets;
  Location at;
};

/// A change that must turn the case red. One thing each; a case may have several.
struct Mutant {
  enum class Kind {
    remove,      // take away the rule `step`
    policy,      // set the policy of the chain `step` to `text`
    insert,      // put the rule `text` before the rule `step`, or first in the chain
    append,      // put the rule `text` last in the chain `step`
    sysctl,      // set sysctl `key` to `text`
    forwarding,  // set forwarding to `text` == "true"
    service,     // take away service `text` ("tcp/80")
    route,       // take away all routes of the node
    script,      // run the script `text` with other `arguments`
    neighbours,  // take away all neighbours that the node knows from the start
    step,        // leave out step `number` (from 1)
  };
  std::string node;
  Kind kind = Kind::remove;
  StepPattern step;
  std::string key;
  std::string text;
  std::string nft_text;  // insert, append: for the nft backend, where it differs from `text`
  std::vector<std::string> arguments;  // script
  size_t number = 0;
  Location at;
};

struct Case {
  std::string name;   // path below the folder it was found in, without .yaml: "nat/masquerade"
  std::string row;    // empty: the case has no `rows`. Otherwise the end of the name
  std::string about;  // one line
  std::string file;
  Topology topology;
  std::vector<Backend> backends;
  /// For each backend, what each node loads.
  std::map<Backend, std::vector<NodeRules>> rules;
  std::vector<Flow> flows;
  std::vector<CaseStep> steps;  // what is done, in order; none: all flows are sent
  std::vector<FlowChecks> checks;
  std::vector<CounterCheck> counters;
  std::vector<RouteCheck> routes;
  std::vector<LogCheck> logs;
  std::vector<SetCheck> sets;
  std::vector<Matrix> matrices;  // their flows stand last among `flows`
  std::vector<Mutant> mutants;
  std::vector<std::string> needs;  // features of the kernel (model/feature.h)
  std::optional<Claim> claim;
  std::optional<Assertions> as_told;  // the version of the claim's document
  bool real_time = false;             // waits for the kernel's own time-outs
  bool isolate = false;               // in a network that no other case has had
  Location at;
};

/// The files that a node loads at the start or in a step, over all backends.
std::vector<const RulesFile*> files_of(const Case& c, std::string_view node);

}  // namespace fwproof
