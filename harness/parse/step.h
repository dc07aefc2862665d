// The notation of steps, hooks and numbers: "filter FORWARD rule 1 ACCEPT", "INPUT in lo", ">= 2".
#pragma once

#include <optional>
#include <string>

#include "model/case.h"
#include "parse/words.h"

namespace fwproof::parse {

/// What the steps of one node may speak of.
struct StepScope {
  const Case& of;
  const Node& node;
  /// False where files of rules are missing: then chains are not looked up.
  bool rules_known = true;
  /// False where they are about rules, not about what packets met: then no element is known.
  bool of_packets = true;
};

/// `[family] TABLE CHAIN [in DEV] [out DEV] [rule N | rule "comment" | rule FILE:LINE |
/// rule handle N | policy | return] [element ELEMENT] [TARGET] [via CHAIN [rule N]]`: all words
/// that are left. What is wrong is reported.
std::optional<StepPattern> read_step(Words& words, const StepScope& scope);

/// A mark of 32 bits: "7", "0x7".
std::optional<uint32_t> parse_mark(std::string_view text);

/// `HOOK [in DEV] [out DEV] [mark N] [ttl N] [dscp NAME]`.
std::optional<HookPattern> read_hook(Words& words, const Topology& topology, const Node& node);

/// `2`, `>= 1`, `<= 3`, `1..3`, `none`.
std::optional<Range> read_range(Reader& reader, const Yaml& value, std::string_view of = "packets");

/// Does any file of rules of the node have the table and chain? Reports it if not. The five tables
/// of iptables always have their own chains.
bool check_chain(Words& words, const Word& table, const Word& chain, const StepPattern& step,
                 const StepScope& scope);

/// Has the chain a rule of this number, in all that the node ever loads? True also where files do
/// not tell. Reports it if not.
bool check_rule_number(Words& words, const Word& chain, const StepPattern& step,
                       const StepScope& scope);

/// Is `step.rule_file` the end of the path of one of the node's files of rules?
bool check_rule_file(Words& words, const Word& word, const StepPattern& step,
                     const StepScope& scope);

}  // namespace fwproof::parse
