#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "judge/chain_visit.h"
#include "judge/checks.h"
#include "judge/list_match.h"
#include "judge/notation.h"
#include "judge/pattern.h"
#include "judge/possible.h"
#include "judge/yaml_text.h"

namespace fwproof::judge {
namespace {

constexpr const char* kAll = "all";

std::vector<std::string> names(const std::vector<const Walk*>& walks) {
  std::vector<std::string> all;
  all.reserve(walks.size());
  for (const Walk* walk : walks) all.push_back(walk->name);
  return all;
}

/// The walks of this name (or all) that came to the node, in order.
std::vector<const Walk*> walks_at(const FlowSeen& seen, const std::string& node,
                                  const std::string& packet) {
  std::vector<const Walk*> found;
  for (const Walk& walk : seen.walks)
    if ((packet == kAll || walk.name == packet) && !hooks_in(walk, node).empty())
      found.push_back(&walk);
  return found;
}

/// Sets what is there instead of the packet a check speaks of.
void explain_absence(const FlowSeen& seen, const std::string& node, const std::string& packet,
                     Finding& f) {
  const auto walk = std::find_if(seen.walks.begin(), seen.walks.end(),
                                 [&](const Walk& w) { return w.name == packet; });
  if (walk != seen.walks.end()) {
    f.seen = fmt::format("packet '{}' was not seen at '{}'", packet, node);
    f.note = to_string(walk->end);
    f.packet = packet;
    return;
  }
  if (seen.walks.empty()) {
    f.seen = "no packet of the flow was seen";
    return;
  }
  std::vector<const Walk*> all;
  for (const Walk& w : seen.walks) all.push_back(&w);
  f.seen = packet == kAll ? fmt::format("no packet of the flow was seen at '{}'", node)
                          : fmt::format("no packet '{}' was seen", packet);
  f.seen += fmt::format("; seen: {}", fmt::join(names(all), ", "));
}

/// The steps of one walk in one node, and a check's patterns for them.
ListMatch step_match(const WalkCheck& check, const std::vector<ChainVisit>& visits) {
  struct Place {
    const ChainVisit* visit;
    size_t index;  // in the visit
  };
  std::vector<Place> places;
  for (const ChainVisit& visit : visits)
    for (size_t i = 0; i < visit.steps.size(); ++i) places.push_back({&visit, i});
  ListMatch match;
  match.mode = check.mode;
  match.seen = places.size();
  for (const StepPattern& pattern : check.steps) match.asserted.push_back(pattern.text);
  match.takes = [&check, places](size_t pattern, size_t at) -> size_t {
    const StepPattern& p = check.steps[pattern];
    const auto& [visit, index] = places[at];
    if (!matches(p, visit->steps[index], *visit->hook)) return 0;
    if (!is_chain_only(p)) return 1;
    return index == 0 ? visit->steps.size() : 0;  // a chain alone stands for the whole visit
  };
  match.speaks_of = [&check, places](size_t pattern, size_t at) {
    const auto& [visit, index] = places[at];
    return matches(check.steps[pattern], visit->steps[index], *visit->hook);
  };
  match.text = [&check, places](size_t pattern, size_t at) {
    const StepPattern words = pattern < check.steps.size() ? check.steps[pattern] : StepPattern{};
    const auto& [visit, index] = places[at];
    return in_words_of(words, visit->steps[index], *visit->hook);
  };
  return match;
}

/// What any of the check's patterns speaks of: all hooks are told in the same words.
HookPattern words_of(const HooksCheck& check) {
  HookPattern words;
  for (const HookPattern& pattern : check.hooks) {
    if (pattern.mark) words.mark = pattern.mark;
    if (pattern.ttl) words.ttl = pattern.ttl;
    if (pattern.dscp) words.dscp = pattern.dscp;
  }
  return words;
}

ListMatch hook_match(const HooksCheck& check, const std::vector<const HookVisit*>& visits) {
  ListMatch match;
  match.mode = check.mode;
  match.seen = visits.size();
  for (const HookPattern& pattern : check.hooks) match.asserted.push_back(pattern.text);
  match.speaks_of = [&check, visits](size_t pattern, size_t at) {
    return matches(check.hooks[pattern], *visits[at]);
  };
  match.takes = [fits = match.speaks_of](size_t pattern, size_t at) -> size_t {
    return fits(pattern, at) ? 1 : 0;
  };
  match.text = [words = words_of(check), visits](size_t, size_t at) {
    return in_words_of(words, *visits[at]);
  };
  return match;
}

std::vector<std::string> hook_notation(const HooksCheck& check,
                                       const std::vector<const HookVisit*>& visits) {
  const HookPattern words = words_of(check);
  std::vector<std::string> items;
  items.reserve(visits.size());
  for (const HookVisit* visit : visits) items.push_back(in_words_of(words, *visit));
  return items;
}

/// Judges one check, of steps or of hooks. `match_of` gives the match for a walk, `seen_list` the
/// walk in the notation of a case.
template <typename Check, typename MatchOf, typename SeenList>
void check_list(const FlowView& view, const Check& check, const std::string& kind,
                const std::vector<std::string>& asserted, MatchOf match_of, SeenList seen_list,
                Judgement& judgement) {
  Finding f;
  f.flow = view.flow.name;
  f.check = fmt::format("{} {} {}", kind, check.node, check.packet);
  f.asserted = asserted_list(check.mode, asserted);
  f.at = check.at;
  const auto walks = walks_at(view.seen, check.node, check.packet);
  if (walks.empty()) {
    explain_absence(view.seen, check.node, check.packet, f);
    judgement.findings.push_back(std::move(f));
    return;
  }
  bool all_hold = true;
  for (const Walk* walk : walks) {
    f.note = match_of(*walk);
    if (f.note.empty()) continue;
    all_hold = false;
    if (check.packet == kAll) f.note = fmt::format("'{}': {}", walk->name, f.note);
    f.seen = yaml_list(seen_list(*walk));
    f.packet = walk->name;
    judgement.findings.push_back(f);
  }
  if (!all_hold) return;
  f.seen = yaml_list(seen_list(*walks.front()));
  f.packet = walks.front()->name;
  judgement.settle(true, std::move(f));
}

/// Did the packet vanish inside a hook of the node, by no verdict that was seen?
bool ends_inside_hook(const Walk& walk, const std::string& node) {
  if (walk.end.kind != WalkEnd::Kind::lost || walk.end.node != node) return false;
  const HookVisit* last = hook_of(walk, walk.end);
  return last && !last->passed;
}

/// A `never` that nothing contradicts proves something only if what it names could have been met,
/// and if all that was met is known.
void check_never_proves(const FlowView& view, const WalkCheck& check, const Seen& seen,
                        Judgement& judgement) {
  for (const StepPattern& pattern : check.steps)
    if (const std::string why = why_never_fits(pattern, check.node, seen); !why.empty())
      judgement.unanswerable.push_back(why + place(check.at));
  for (const Walk* walk : walks_at(view.seen, check.node, check.packet)) {
    if (!ends_inside_hook(*walk, check.node)) continue;
    const bool concerned =
        std::any_of(check.steps.begin(), check.steps.end(), [&](const StepPattern& pattern) {
          return may_be_met_in(pattern, walk->end.hook, check.node, seen);
        });
    if (concerned)
      judgement.unanswerable.push_back(
          fmt::format("packet '{}' was lost in {} inside {}: what it met there after the last step "
                      "is not known{}",
                      walk->name, check.node, to_string(walk->end.hook), place(check.at)));
  }
}

/// Why the evidence cannot tell; empty if it can.
std::string what_is_unknown(const WalkCheck& check, const FlowView& view, const Seen& seen) {
  for (const StepPattern& pattern : check.steps) {
    if (std::string why = lines_unknown(pattern, check.node, seen); !why.empty()) return why;
    if (std::string why = element_unknown(pattern, check.node, view.seen.walks); !why.empty())
      return why;
  }
  return {};
}

}  // namespace

void check_walks(const FlowView& view, const Seen& seen, Judgement& judgement) {
  for (const WalkCheck& check : view.checks.walks) {
    if (const std::string why = what_is_unknown(check, view, seen); !why.empty()) {
      judgement.unanswerable.push_back(why + place(check.at));
      continue;
    }
    const size_t findings = judgement.findings.size();
    std::vector<std::string> asserted;
    bool elements = false;
    for (const StepPattern& pattern : check.steps) {
      asserted.push_back(pattern.text);
      elements |= !pattern.element.empty();
    }
    check_list(
        view, check, "walk", asserted,
        [&](const Walk& walk) {
          const auto visits = chain_visits(walk, check.node);
          return first_difference(step_match(check, visits));
        },
        [&](const Walk& walk) { return notation(walk, check.node, elements); }, judgement);
    if (check.mode == ListMode::never && judgement.findings.size() == findings)
      check_never_proves(view, check, seen, judgement);
  }
}

void check_hooks(const FlowView& view, Judgement& judgement) {
  for (const HooksCheck& check : view.checks.hooks) {
    std::vector<std::string> asserted;
    for (const HookPattern& pattern : check.hooks) asserted.push_back(pattern.text);
    check_list(
        view, check, "hooks", asserted,
        [&](const Walk& walk) {
          return first_difference(hook_match(check, hooks_in(walk, check.node)));
        },
        [&](const Walk& walk) { return hook_notation(check, hooks_in(walk, check.node)); },
        judgement);
  }
}

}  // namespace fwproof::judge
