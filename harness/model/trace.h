// One message of the kernel's own trace, from nf_tables (NFNLGRP_NFTRACE) or from a legacy table
// (the TRACE line in the prefix of an NFLOG packet), in one shape for both.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/netfilter.h"
#include "model/packet.h"

namespace fwproof {

struct TraceEvent {
  enum class Kind { rule, return_, policy };

  std::string node;
  bool legacy = false;
  /// Its place among all that nf_tables and connection tracking told in this node, from 1. 0 for
  /// legacy.
  uint64_t order = 0;
  uint32_t id = 0;  // nf_tables' trace id. No identity: reused within moments. 0 for legacy
  Family family = Family::ip;  // of the table
  std::string table;
  std::string chain;
  Kind kind = Kind::rule;
  /// nf_tables: the handle of a rule. Legacy: the number in the chain, from 1, whatever the kind: a
  /// rule without a match is told as policy or return, and only its number tells it from the end of
  /// the chain, which has the number after the last rule.
  uint64_t rule = 0;
  /// nf_tables: the generation of the rules that the kernel told of last, 0 if of none yet.
  uint32_t generation = 0;
  size_t rules = 0;  // which of the rulesets of its node it speaks of (model/rules_in_force.h)
  Verdict verdict = Verdict::none;  // none for legacy
  std::string target_chain;         // of a jump or goto
  std::string in_dev;               // names as in the node; empty if there is none
  std::string out_dev;
  uint32_t mark = 0;
  std::string ct_state;          // "new", "established", ... where the kernel's trace tells it
  std::optional<Packet> packet;  // nf_tables: in the first message of each base chain only
  /// Of the entry the packet belongs to, confirmed or not: with `packet`, and since Linux 6.16.
  std::optional<uint32_t> conntrack_id;
};

/// fwproof's own table in every node: family inet, this name, one chain per end of a hook. Where a
/// node has rules of family bridge, there is one of that family too, with the same chains; where
/// ARP is traced, one of its family.
inline constexpr const char* kTraceTable = "fwproof";
constexpr bool is_trace_table(Family family, std::string_view name) {
  return (family == Family::inet || family == Family::bridge || family == Family::arp) &&
         name == kTraceTable;
}

/// The priorities of its chains: before and after all that a user may attach; the kernel takes any
/// 32 bits.
inline constexpr int kFirstPriority = -2147483647;
inline constexpr int kLastPriority = 2147483646;

/// The chains of that table: the first and the last of each hook. The first ones mark every packet
/// for tracing; the last ones say that it got to the end of the hook.
struct TraceChain {
  const char* name;
  Hook hook;
  bool first;
  bool last;
};
inline constexpr TraceChain kTraceChains[] = {
    {"prerouting-first", Hook::prerouting, true, false},
    {"prerouting-last", Hook::prerouting, false, true},
    {"input-first", Hook::input, true, false},
    {"input-last", Hook::input, false, true},
    {"forward-first", Hook::forward, true, false},
    {"forward-last", Hook::forward, false, true},
    {"output-first", Hook::output, true, false},
    {"output-last", Hook::output, false, true},
    {"postrouting-first", Hook::postrouting, true, false},
    {"postrouting-last", Hook::postrouting, false, true},
};

/// Instead of those, of family inet, where nothing else stands at a node's hooks and nothing will:
/// no rule, no connection tracking. One message of a hook says then that the packet came and went,
/// and of what a traced packet costs, most is its messages.
inline constexpr TraceChain kLoneChains[] = {
    {"prerouting", Hook::prerouting, true, true},   {"input", Hook::input, true, true},
    {"forward", Hook::forward, true, true},         {"output", Hook::output, true, true},
    {"postrouting", Hook::postrouting, true, true},
};

/// Of family inet too, only where rules stand at the ingress of a device: what follows it says
/// whether it was passed.
inline constexpr TraceChain kIngressChain{"ingress-first", Hook::ingress, true, false};

}  // namespace fwproof
