#include "model/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace fwproof {
namespace {

/// A name of a table or a chain as a step has it.
std::string name_in_step(const std::string& name) {
  return is_step_word(name) || parse_family(name) ? '"' + name + '"' : name;
}

}  // namespace

bool is_step_word(std::string_view word) {
  static constexpr std::array<std::string_view, 6> kWords{"in",     "out",    "rule",
                                                          "policy", "return", "element"};
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

std::string elements_text(const Step& step) {
  std::string text;
  for (const ElementMet& met : step.elements)
    if (!met.element.empty()) text += (text.empty() ? " (element " : ", ") + met.element;
  return text.empty() ? text : text + ")";
}

std::string chain_name(const Step& step) {
  std::string text;
  if (step.family != Family::ip && step.family != Family::ip6)
    text = std::string(to_string(step.family)) + " ";
  return text + name_in_step(step.table) + " " + name_in_step(step.chain);
}

std::string to_string(const Step& step) {
  std::string text = chain_name(step);
  switch (step.kind) {
    case TraceEvent::Kind::rule:
      text += fmt::format(" rule {}", step.rule_number);
      break;
    case TraceEvent::Kind::policy:
      text += " policy";
      break;
    case TraceEvent::Kind::return_:
      text += " return";
      break;
  }
  if (!step.target.empty()) text += " " + step.target;
  return text;
}

std::string via_text(const Step& step) {
  if (step.via_chain.empty()) return {};
  return fmt::format("via {} rule {}", name_in_step(step.via_chain), step.via_rule);
}

std::vector<const WalkEnd*> ends_of(const Walk& walk) {
  std::vector<const WalkEnd*> ends{&walk.end};
  for (const WalkEnd& end : walk.other_ends) ends.push_back(&end);
  return ends;
}

const HookVisit* hook_of(const Walk& walk, const WalkEnd& end) {
  const HookVisit* found = nullptr;
  for (const HookVisit* hook : hooks_in(walk, end.node))
    if (hook->hook == end.hook) found = hook;
  return found;
}

std::vector<const HookVisit*> hooks_in(const Walk& walk, const std::string& node) {
  std::vector<const HookVisit*> found;
  for (const auto& visit : walk.visits)
    if (visit.node == node)
      for (const auto& hook : visit.hooks) found.push_back(&hook);
  return found;
}

const HookVisit& last_hook(const Walk& walk) {
  const auto at_end = std::find_if(walk.visits.rbegin(), walk.visits.rend(),
                                   [&](const auto& visit) { return visit.node == walk.end.node; });
  return (at_end == walk.visits.rend() ? walk.visits.back() : *at_end).hooks.back();
}

bool was_rejected(const Walk& walk) {
  if (walk.end.kind != WalkEnd::Kind::dropped || !walk.end.step) return false;
  const auto words = split_words(walk.end.step->target);
  return !words.empty() && equals_ignore_case(words[0], "reject");
}

std::string to_string(const WalkEnd& end) {
  const std::string cause = end.cause ? ": " + describe(*end.cause) : std::string();
  switch (end.kind) {
    case WalkEnd::Kind::delivered:
      return "delivered to " + end.node + cause;
    case WalkEnd::Kind::left:
      return fmt::format("left {} and was seen nowhere after{}", end.node, cause);
    case WalkEnd::Kind::split:
      return fmt::format("left {} in fragments", end.node);
    case WalkEnd::Kind::joined:
      return fmt::format("put together again in {}", end.node);
    case WalkEnd::Kind::waiting:
      return fmt::format("waits in {} for the rest of its packet", end.node);
    case WalkEnd::Kind::lost:
      if (end.cause)
        return fmt::format("lost in {} after {}{}", end.node, to_string(end.hook), cause);
      if (end.step)
        return fmt::format("lost in {} after '{}': what came then was not seen", end.node,
                           to_string(*end.step));
      return fmt::format("lost in {} after {}, by no verdict of a rule", end.node,
                         to_string(end.hook));
    case WalkEnd::Kind::dropped:
    case WalkEnd::Kind::taken:
      break;
  }
  if (!end.step) return fmt::format("dropped at {} {}", end.node, to_string(end.hook));
  std::string text =
      fmt::format("{} {} {}", end.kind == WalkEnd::Kind::taken ? "taken by" : "dropped at",
                  end.node, to_string(*end.step));
  if (end.step->at.line > 0) text += fmt::format(" ({}:{})", end.step->at.file, end.step->at.line);
  return text;
}

}  // namespace fwproof
