// A walk: one packet's path through all nodes, put together from the kernel's trace.
//
//   Walk        "syn", from the node that sent it to where it ended
//    NodeVisit  one passage through one node's stack (lo gives a node two of them)
//     HookVisit one hook of that passage, in order: OUTPUT, POSTROUTING
//      Step     one thing a chain said in it: a rule that matched, a return, the policy
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/cause.h"
#include "model/netfilter.h"
#include "model/packet.h"
#include "model/ruleset.h"
#include "model/trace.h"

namespace fwproof {

/// What a rule of nf_tables found in a set. The trace does not tell it: the kernel was asked for it
/// afterwards, where the set was still as the packet met it.
struct ElementMet {
  std::string set;
  std::string key;      // of the packet, as nft(8) writes it; empty where that is not known
  std::string element;  // "10.0.1.0/24", "22 : accept"; empty where it could not be told
};

struct Step {
  Family family = Family::ip;
  std::string table;
  std::string chain;
  TraceEvent::Kind kind = TraceEvent::Kind::rule;
  unsigned rule_number = 0;  // Kind::rule, from 1; 0 where the rule could not be found
  uint64_t rule_handle = 0;  // nf_tables only
  std::string rule_text;     // as written, if known
  std::string comment;
  Location at;         // of the rule or the policy; line 0 if not known
  std::string target;  // ACCEPT, DNAT, "jump DOCKER", drop; for a policy ACCEPT or DROP
  Verdict verdict = Verdict::none;
  bool legacy = false;
  size_t depth = 0;       // how many jumps and gotos below a base chain
  std::string via_chain;  // the rule that jumped to this chain, or went to it
  unsigned via_rule = 0;
  size_t rules = 0;  // which ruleset of its node it is of (model/rules_in_force.h)
  std::vector<ElementMet> elements;
  bool rewrites = false;  // the rule writes into the packet's headers
};

struct HookVisit {
  Hook hook = Hook::prerouting;
  std::string in_dev;
  std::string out_dev;
  bool bridge = false;             // of a frame that is bridged, not of a packet that is routed
  bool passed = false;             // reached the end of the hook
  uint32_t mark = 0;               // of the packet, at the last sight in this hook
  std::optional<Packet> at_start;  // headers at the first and at the last sight in this hook
  std::optional<Packet> at_end;
  uint64_t order = 0;                    // of the last sight, as TraceEvent has it
  std::optional<uint32_t> conntrack_id;  // at the last sight, likewise
  std::vector<Step> steps;
};

struct NodeVisit {
  std::string node;
  std::vector<HookVisit> hooks;
};

/// Which way a packet of a flow goes: with the one who started it, or back.
enum class Direction { original, reply };

/// How a walk ended.
struct WalkEnd {
  enum class Kind {
    delivered,  // passed INPUT of `node`
    dropped,    // `step` of `node` said so (REJECT counts as a drop that answers)
    taken,    // `step` of `node` keeps it for itself (SYNPROXY, NF_STOLEN): no drop, and no way on
    left,     // passed POSTROUTING of `node` and was seen nowhere after
    split,    // left `node` in fragments, which have walks of their own
    joined,   // a fragment: `node` put the whole packet together again
    waiting,  // a fragment: `node` has not seen all the others
    lost,     // got as far as `hook` of `node`, not by a verdict that was seen
  };
  Kind kind = Kind::lost;
  std::string node;
  Hook hook = Hook::prerouting;
  std::optional<Step> step;  // dropped: the step that did it. lost: the last that was seen, if any
  std::optional<CauseFound>
      cause;  // why, where no rule did it; of a delivered one: no socket took it
};

struct Walk {
  std::string name;  // "syn", "syn-ack", "ack", "data", "reply data", "echo-request", ...
  Direction direction = Direction::original;
  Packet packet;  // as it was when first seen
  std::vector<NodeVisit> visits;
  WalkEnd end;
  /// Broadcast and multicast: what became of the other copies. `end` is that of one which got to
  /// another node, if any did.
  std::vector<WalkEnd> other_ends;
  std::string about;  // an ICMP error or a reset made by a REJECT: the name of the walk it answers
};

/// The hook in which its end was seen: of several for many the one that `end` is of.
const HookVisit& last_hook(const Walk& walk);

/// Dropped by REJECT (iptables-extensions(8)) or reject (nft(8)), which answer its sender.
bool was_rejected(const Walk& walk);

/// "raw PREROUTING", "filter FORWARD rule 1 ACCEPT", "filter INPUT policy DROP": the notation of a
/// case. The family is written only where the table's is not the packet's own ("inet fw input"),
/// and a name that could be taken for another word of a step stands in quotes.
std::string to_string(const Step& step);

/// True for the words that a step may go on with behind its chain: "in", "out", "rule", "policy",
/// "return", "element". A chain of that name is written in quotes.
bool is_step_word(std::string_view word);

/// The rule that jumped: "via FORWARD rule 2"; empty for a base chain.
std::string via_text(const Step& step);

/// What the rule found in sets, as far as it could be told: " (element 10.0.1.0/24, 22)".
std::string elements_text(const Step& step);

/// The same without what the chain said: "filter FORWARD".
std::string chain_name(const Step& step);

/// All ends of a walk: one, but for packets sent to many.
std::vector<const WalkEnd*> ends_of(const Walk& walk);

/// The hook where it ended, as far as the walk has it.
const HookVisit* hook_of(const Walk& walk, const WalkEnd& end);

/// The visits of one node, in order, as one list of hooks.
std::vector<const HookVisit*> hooks_in(const Walk& walk, const std::string& node);

/// "delivered to web", "dropped at gw filter FORWARD policy DROP (port-forward.rules:3)", ...
std::string to_string(const WalkEnd& end);

}  // namespace fwproof
