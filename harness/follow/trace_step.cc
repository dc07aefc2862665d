#include "follow/trace_step.h"

#include <algorithm>
#include <string>

#include "base/text.h"
#include "follow/set_key.h"

namespace fwproof::follow {
namespace {

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

/// What a verdict map gave this packet, which only the trace can tell: "accept", "jump services".
std::string told_verdict(const TraceEvent& event) {
  const std::string verdict(to_string(event.verdict));
  return event.target_chain.empty() ? verdict : verdict + " " + event.target_chain;
}

/// What a legacy rule's target did, from its words; the trace line itself does not say.
Verdict verdict_of_target(const std::string& target) {
  const auto words = split_words(target);
  if (words.empty()) return Verdict::continue_;
  if (words[0] == "ACCEPT") return Verdict::accept;
  if (words[0] == "DROP" || words[0] == "REJECT") return Verdict::drop;
  if (words[0] == "RETURN") return Verdict::return_;
  if (words[0] == "jump") return Verdict::jump;
  if (words[0] == "goto") return Verdict::goto_;
  if (words[0] == "SYNPROXY") return Verdict::stolen;
  static constexpr const char* kTerminal[] = {"DNAT",     "SNAT",   "MASQUERADE",
                                              "REDIRECT", "NETMAP", "TPROXY"};
  for (const char* name : kTerminal)
    if (words[0] == name) return Verdict::accept;
  return words[0] == "QUEUE" || words[0] == "NFQUEUE" ? Verdict::queue : Verdict::continue_;
}

/// What the rule must have found in sets, by the keys of the packet that it matched. Where an
/// earlier rule has written into its headers, these are not known.
std::vector<ElementMet> elements_met(const Rule& rule, const TraceEvent& event,
                                     const HookVisit& visit) {
  const bool rewritten = std::any_of(visit.steps.begin(), visit.steps.end(),
                                     [](const Step& before) { return before.rewrites; });
  std::vector<ElementMet> met;
  for (const SetLookup& lookup : rule.lookups)
    met.push_back({.set = lookup.set,
                   .key = rewritten || rule.rewrites ? "" : set_key(lookup, visit, event.ct_state),
                   .element = {}});
  return met;
}

}  // namespace

const Chain* chain_of(const TraceEvent& event, const RulesByNode& rules) {
  const auto known = rules.find(event.node);
  if (known == rules.end()) return nullptr;
  const Table* table =
      known->second.at(event.rules).find_table(event.family, event.table, event.legacy);
  return table ? table->find_chain(event.chain) : nullptr;
}

Step make_step(const TraceEvent& event, Backend backend, const RulesByNode& rules,
               const HookVisit& visit) {
  Step step;
  step.family = event.family;
  step.table = event.table;
  step.chain = event.chain;
  step.kind = event.kind;
  step.verdict = event.verdict;
  step.legacy = event.legacy;
  const Chain* chain = chain_of(event, rules);
  // A legacy rule that matches everything is told as the end of its chain, by its own number.
  if (event.legacy && chain && event.rule <= chain->rules.size())
    step.kind = TraceEvent::Kind::rule;
  if (step.kind == TraceEvent::Kind::policy) {
    if (event.legacy) step.verdict = chain ? chain->policy : Verdict::none;
    step.target = backend == Backend::nft ? std::string(to_string(step.verdict))
                                          : upper(std::string(to_string(step.verdict)));
    if (chain) step.at = chain->policy_at;
  }
  if (step.kind != TraceEvent::Kind::rule || !chain) return step;
  const auto rule = std::find_if(chain->rules.begin(), chain->rules.end(), [&](const Rule& r) {
    return event.legacy ? r.number == event.rule : r.handle == event.rule;
  });
  if (rule == chain->rules.end()) return step;
  step.rule_number = rule->number;
  step.rule_handle = rule->handle;
  step.rule_text = rule->text;
  step.comment = rule->comment;
  step.at = rule->at;
  step.target = rule->target == "vmap" ? told_verdict(event) : rule->target;
  if (event.legacy) step.verdict = verdict_of_target(rule->target);
  step.rules = event.rules;
  step.rewrites = rule->rewrites;
  step.elements = elements_met(*rule, event, visit);
  return step;
}

}  // namespace fwproof::follow
