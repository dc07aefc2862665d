#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "judge/checks.h"
#include "judge/outcome.h"
#include "judge/yaml_text.h"

namespace fwproof::judge {
namespace {

bool fits(const CauseCheck& check, const CauseFound& found) {
  return check.cause == found.cause && (check.node.empty() || check.node == found.node);
}

std::string text_of(const CauseFound& found) {
  return fmt::format("{} at {}", to_string(found.cause), found.node);
}

/// Lost by no rule, and nothing tells why.
bool is_unexplained(const Walk& walk) {
  const bool astray = walk.end.kind == WalkEnd::Kind::left || walk.end.kind == WalkEnd::Kind::lost;
  return astray && !walk.end.cause;
}

}  // namespace

void check_cause(const FlowView& view, Judgement& judgement) {
  const auto& check = view.checks.cause;
  if (!check) return;
  Finding f;
  f.flow = view.flow.name;
  f.check = "cause";
  f.asserted = check->text;
  f.at = check->at;
  std::vector<std::string> causes;
  bool holds = false;
  const auto add = [&](const CauseFound& found, const std::string& packet) {
    const bool fitting = fits(*check, found);
    if (causes.empty() || (fitting && !holds)) {
      f.note = fmt::format("{}", fmt::join(found.evidence, "; "));
      f.packet = packet;
    }
    holds |= fitting;
    const std::string text = text_of(found);
    if (std::find(causes.begin(), causes.end(), text) == causes.end()) causes.push_back(text);
  };
  if (view.seen.not_sent) add(*view.seen.not_sent, "");
  const Walk* unexplained = nullptr;
  for (const Walk& walk : view.seen.walks) {
    if (walk.end.cause) add(*walk.end.cause, walk.name);
    if (is_unexplained(walk) && !unexplained) unexplained = &walk;
  }
  if (!holds && unexplained) {
    judgement.unanswerable.push_back(fmt::format(
        "cause of flow '{}': '{}' {}; no counter, no ICMP error and no drop reason of "
        "the kernel tells why{}",
        view.flow.name, unexplained->name, to_string(unexplained->end), place(check->at)));
    return;
  }
  f.seen = causes.empty() ? "none: no packet was lost but by a rule"
                          : fmt::format("{}", fmt::join(causes, "\n"));
  if (causes.empty()) {
    const Walk* walk = deciding_walk(view.flow, view.seen);
    f.note = walk ? fmt::format("'{}' {}", walk->name, to_string(walk->end))
                  : "no packet of the flow was seen";
    if (walk) f.packet = walk->name;
  }
  judgement.settle(holds, std::move(f));
}

}  // namespace fwproof::judge
