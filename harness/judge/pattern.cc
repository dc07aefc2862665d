#include "judge/pattern.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "model/dscp.h"
#include "model/set.h"

namespace fwproof::judge {
namespace {

bool fits(const std::string& asserted, const std::string& seen) {
  return asserted.empty() || asserted == seen;
}

bool is_at(const StepPattern& p, const Location& at) {
  return p.rule_line == 0 || (at.line == p.rule_line && is_path_end(p.rule_file, at.file));
}

/// The words asserted begin the words of the target: "reject" fits "reject with tcp reset".
bool fits_target(const std::string& asserted, std::string_view target) {
  const auto wanted = split_words(asserted);
  const auto words = split_words(target);
  if (wanted.size() > words.size()) return false;
  for (size_t i = 0; i < wanted.size(); ++i)
    if (!equals_ignore_case(wanted[i], words[i])) return false;
  return true;
}

bool fits_kind(const StepPattern& p, TraceEvent::Kind kind) {
  if (names_rule(p)) return kind == TraceEvent::Kind::rule;
  if (p.says == StepPattern::Says::policy) return kind == TraceEvent::Kind::policy;
  if (p.says == StepPattern::Says::return_) return kind == TraceEvent::Kind::return_;
  return true;
}

bool is_via(const StepPattern& p, const Step& step) {
  return fits(p.via_chain, step.via_chain) && (p.via_rule == 0 || p.via_rule == step.via_rule);
}

std::string_view target_of(const Step& step) {
  if (step.target.empty() && step.verdict != Verdict::none) return fwproof::to_string(step.verdict);
  return step.target;
}

bool matches_chain(const StepPattern& p, const Step& step, const HookVisit& hook) {
  return (!p.family || *p.family == step.family) && p.table == step.table &&
         p.chain == step.chain && fits(p.in_dev, hook.in_dev) && fits(p.out_dev, hook.out_dev);
}

bool has_element(const StepPattern& p, const Step& step) {
  if (p.element.empty()) return true;
  const SetElement asserted = read_set_element(p.element);
  return std::any_of(step.elements.begin(), step.elements.end(), [&](const ElementMet& met) {
    return !met.element.empty() && fwproof::fits(asserted, read_set_element(met.element));
  });
}

uint8_t dscp_of(const Packet& packet) { return packet.tos >> 2; }

std::string devices(const std::string& in_dev, const std::string& out_dev) {
  std::string text;
  if (!in_dev.empty()) text += " in " + in_dev;
  if (!out_dev.empty()) text += " out " + out_dev;
  return text;
}

}  // namespace

bool names_rule(const StepPattern& p) {
  return p.says == StepPattern::Says::rule || p.rule_number != 0 || p.rule_handle != 0 ||
         !p.rule_comment.empty() || p.rule_line != 0 || !p.element.empty();
}

bool is_chain_only(const StepPattern& p) {
  return p.says == StepPattern::Says::anything && p.target.empty() && !names_rule(p) &&
         p.via_chain.empty();
}

bool matches(const StepPattern& p, const Step& step, const HookVisit& hook) {
  return matches_chain(p, step, hook) && fits_kind(p, step.kind) &&
         (p.rule_number == 0 || p.rule_number == step.rule_number) &&
         (p.rule_handle == 0 || p.rule_handle == step.rule_handle) &&
         fits(p.rule_comment, step.comment) && is_at(p, step.at) && is_via(p, step) &&
         has_element(p, step) && fits_target(p.target, target_of(step));
}

bool may_match(const StepPattern& p, const Step& step, const HookVisit& hook) {
  const bool untold = std::any_of(step.elements.begin(), step.elements.end(),
                                  [](const ElementMet& met) { return met.element.empty(); });
  StepPattern without = p;
  if (untold) without.element.clear();
  return matches(without, step, hook);
}

bool matches(const HookPattern& p, const HookVisit& hook) {
  const auto& packet = hook.at_end;
  return p.hook == hook.hook && fits(p.in_dev, hook.in_dev) && fits(p.out_dev, hook.out_dev) &&
         (!p.mark || *p.mark == hook.mark) && (!p.ttl || (packet && *p.ttl == packet->ttl)) &&
         (!p.dscp || (packet && *p.dscp == dscp_of(*packet)));
}

bool matches_chain(const StepPattern& p, const Table& table, const Chain& chain) {
  return (!p.family || *p.family == table.family) && p.table == table.name && p.chain == chain.name;
}

bool matches_rule(const StepPattern& p, const Table& table, const Chain& chain, const Rule& rule) {
  return matches_chain(p, table, chain) && fits_kind(p, TraceEvent::Kind::rule) &&
         (p.rule_number == 0 || p.rule_number == rule.number) &&
         (p.rule_handle == 0 || p.rule_handle == rule.handle) &&
         fits(p.rule_comment, rule.comment) && is_at(p, rule.at) &&
         (p.element.empty() || !rule.lookups.empty()) && fits_target(p.target, rule.target);
}

bool matches_policy(const StepPattern& p, const Table& table, const Chain& chain) {
  return chain.base && matches_chain(p, table, chain) && fits_kind(p, TraceEvent::Kind::policy) &&
         fits_target(p.target, fwproof::to_string(chain.policy));
}

bool matches_return(const StepPattern& p, const Table& table, const Chain& chain) {
  return !chain.base && matches_chain(p, table, chain) && fits_kind(p, TraceEvent::Kind::return_) &&
         fits_target(p.target, "return");
}

std::string in_words_of(const StepPattern& p, const Step& step, const HookVisit& hook) {
  const std::string chain = chain_name(step);
  const std::string said = fwproof::to_string(step).substr(chain.size());
  std::string text = chain;
  text += devices(p.in_dev.empty() ? "" : hook.in_dev, p.out_dev.empty() ? "" : hook.out_dev);
  text += said;
  if (!p.via_chain.empty() && !step.via_chain.empty()) text += " " + via_text(step);
  if (step.kind != TraceEvent::Kind::rule) return text;
  if (p.rule_handle != 0) text += fmt::format(" (handle {})", step.rule_handle);
  if (!p.rule_comment.empty()) text += fmt::format(" \"{}\"", step.comment);
  if (p.rule_line != 0) text += fmt::format(" ({}:{})", step.at.file, step.at.line);
  if (!p.element.empty()) text += elements_text(step);
  return text;
}

std::string in_words_of(const HookPattern& p, const HookVisit& hook) {
  std::string text = to_string(hook);
  if (p.mark) text += fmt::format(" mark {:#x}", hook.mark);
  if (p.ttl && hook.at_end) text += fmt::format(" ttl {}", hook.at_end->ttl);
  if (p.dscp && hook.at_end) text += " dscp " + dscp_name(dscp_of(*hook.at_end));
  return text;
}

std::string to_string(const HookVisit& hook) {
  return std::string(fwproof::to_string(hook.hook)) + devices(hook.in_dev, hook.out_dev);
}

}  // namespace fwproof::judge
