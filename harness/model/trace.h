// One message of the kernel's own trace, from nf_tables (NFNLGRP_NFTRACE) or from a legacy table
// (the TRACE line in the prefix of an NFLOG packet), in one shape for both.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/netfilter.h"
#include "model/packet.h"

namespace fwproof {

struct TraceEvent {
  enum class Kind { rule, return_, policy };

  std::string node;
  bool legacy = false;
  uint32_t id = 0;  // nf_tables' trace id. No identity: reused within moments. 0 for legacy
  Family family = Family::ip;  // of the table
  std::string table;
  std::string chain;
  Kind kind = Kind::rule;
  uint64_t rule = 0;  // Kind::rule: nf_tables: the handle; legacy: the number in the chain, from 1
  Verdict verdict = Verdict::none;  // none for legacy
  std::string target_chain;         // of a jump or goto
  std::string in_dev;               // names as in the node; empty if there is none
  std::string out_dev;
  uint32_t mark = 0;
  std::string ct_state;          // "new", "established", ... where the kernel's trace tells it
  std::optional<Packet> packet;  // nf_tables: in the first message of each base chain only
};

/// fwproof's own table in every node: family inet, this name, one chain per end of a hook.
inline constexpr const char* kTraceTable = "fwproof";

/// The chains of that table. Those that are `first` mark every packet
/// for tracing; the others are the last of their hook and say only that the packet got so far.
struct TraceChain {
  const char* name;
  Hook hook;
  bool first;  // first or last of the hook
};
inline constexpr TraceChain kTraceChains[] = {
    {"prerouting-first", Hook::prerouting, true},   {"output-first", Hook::output, true},
    {"prerouting-last", Hook::prerouting, false},   {"input-last", Hook::input, false},
    {"forward-last", Hook::forward, false},         {"output-last", Hook::output, false},
    {"postrouting-last", Hook::postrouting, false},
};

}  // namespace fwproof
