#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "judge/checks.h"
#include "judge/outcome.h"
#include "judge/pattern.h"
#include "judge/possible.h"
#include "judge/yaml_text.h"

namespace fwproof::judge {
namespace {

constexpr size_t kOutputShown = 2000;    // bytes; the whole stands in the kept evidence
constexpr size_t kOutputKept = 1 << 20;  // bytes, as FlowResult has it: more is not known

/// Where a flow arrived, and from whom it seemed to come there.
struct Arrival {
  std::string node;
  Endpoint at;
  std::optional<Endpoint> from;
};

std::string name_of(const Walk* walk) { return walk ? walk->name : std::string(); }

std::string how_it_ended(const Walk& walk) {
  return fmt::format("'{}' {}", walk.name, to_string(walk.end));
}

/// The latest headers of the packet in this node.
std::optional<Packet> last_sight(const Walk& walk, const std::string& node) {
  std::optional<Packet> sight;
  for (const HookVisit* hook : hooks_in(walk, node)) {
    if (hook->at_start) sight = hook->at_start;
    if (hook->at_end) sight = hook->at_end;
  }
  return sight;
}

const Walk* first_packet(const FlowView& view) {
  const auto& walks = view.seen.walks;
  const auto found = std::find_if(walks.begin(), walks.end(), [&](const Walk& walk) {
    return is_first_packet(view.flow, walk);
  });
  return found == walks.end() ? nullptr : &*found;
}

/// A service tells for itself; who answers an echo request, or a program, is where it got to.
std::optional<Arrival> arrival(const FlowView& view) {
  const FlowResult& result = view.seen.result;
  if (!result.accepted_by.empty())
    return Arrival{result.accepted_by, result.accepted_at, result.seen_as};
  const bool has_service = view.flow.kind == FlowKind::tcp || view.flow.kind == FlowKind::udp;
  if (has_service && !view.flow.craft) return std::nullopt;
  for (const Walk& walk : view.seen.walks) {
    if (!is_first_packet(view.flow, walk) || walk.end.kind != WalkEnd::Kind::delivered) continue;
    const auto sight = last_sight(walk, walk.end.node);
    return Arrival{walk.end.node, sight ? sight->to() : Endpoint{},
                   sight ? std::optional(sight->from()) : std::nullopt};
  }
  return std::nullopt;
}

Finding finding(const FlowView& view, const std::string& check, const Location& at) {
  Finding f;
  f.flow = view.flow.name;
  f.check = check;
  f.at = at;
  return f;
}

/// A finding about who the flow got to, when it got to nobody.
void explain_no_arrival(const FlowView& view, Finding& f) {
  f.seen = view.seen.walks.empty() ? "nothing: no packet of the flow was seen"
                                   : "nothing: no service took the flow";
  const Walk* walk = deciding_walk(view.flow, view.seen);
  if (walk) f.note = how_it_ended(*walk);
  f.packet = name_of(walk);
}

std::string drop_text(const Walk& walk, const StepPattern& words) {
  if (!walk.end.step) return fmt::format("{} {}", walk.end.node, to_string(walk.end.hook));
  return fmt::format("{} {}{}", walk.end.node, to_string(*walk.end.step),
                     words.element.empty() ? "" : elements_text(*walk.end.step));
}

bool dropped_as(const Walk& walk, const DroppedCheck& check) {
  const auto ends = ends_of(walk);
  return std::any_of(ends.begin(), ends.end(), [&](const WalkEnd* end) {
    const HookVisit* hook = hook_of(walk, *end);
    return end->kind == WalkEnd::Kind::dropped && end->node == check.node && end->step && hook &&
           matches(check.step, *end->step, *hook);
  });
}

/// The end of a program's output, where the reason mostly stands.
std::string tail(const std::string& text) {
  if (text.empty()) return "nothing";
  return text.size() <= kOutputShown ? text : "..." + text.substr(text.size() - kOutputShown);
}

enum class Wanted { there, lacking };

void check_output(const FlowView& view, const std::string& check, Wanted wanted,
                  const std::vector<std::string>& asserted, const std::string& seen,
                  Judgement& judgement) {
  for (const std::string& text : asserted) {
    Finding f = finding(view, check, view.checks.program->at);
    f.asserted = text;
    f.seen = tail(seen);
    f.note = wanted == Wanted::there ? "the text asserted stands nowhere in it"
                                     : "the text stands in it, and must not";
    const bool stands = seen.find(text) != std::string::npos;
    if (!stands && seen.size() >= kOutputKept) {
      judgement.unanswerable.push_back(fmt::format(
          "check '{}' of flow '{}': '{}' may stand behind the first MiB, which alone is "
          "kept{}",
          check, view.flow.name, text, place(f.at)));
      continue;
    }
    judgement.settle(stands == (wanted == Wanted::there), std::move(f));
  }
}

}  // namespace

void check_outcome(const FlowView& view, Judgement& judgement) {
  const auto& check = view.checks.outcome;
  if (!check) return;
  Finding f = finding(view, "outcome", check->at);
  f.asserted = check->outcome;
  f.seen = outcome_of(view.flow, view.seen);
  const Walk* walk = deciding_walk(view.flow, view.seen);
  f.note = walk ? how_it_ended(*walk) : "no packet of the flow was seen";
  const std::string unheard = walk ? unheard_answer(view.flow, view.seen, *walk) : "";
  if (!unheard.empty()) f.note += "; " + unheard;
  f.packet = name_of(walk);
  judgement.settle(has_outcome(view.flow, view.seen, check->outcome), std::move(f));
}

void check_dropped(const FlowView& view, const Seen& seen, Judgement& judgement) {
  const auto& check = view.checks.dropped;
  if (!check) return;
  std::string why = lines_unknown(check->step, check->node, seen);
  if (why.empty()) why = element_unknown(check->step, check->node, view.seen.walks);
  if (!why.empty()) {
    judgement.unanswerable.push_back(why + place(check->at));
    return;
  }
  std::vector<std::string> drops;
  const Walk* shown = nullptr;
  bool holds = false;
  for (const Walk& walk : view.seen.walks) {
    holds |= dropped_as(walk, *check);
    if (walk.end.kind != WalkEnd::Kind::dropped) continue;
    if (!shown) shown = &walk;
    const std::string text = drop_text(walk, check->step);
    if (std::find(drops.begin(), drops.end(), text) == drops.end()) drops.push_back(text);
  }
  Finding f = finding(view, "dropped", check->at);
  f.asserted = fmt::format("{} {}", check->node, check->step.text);
  f.seen = drops.empty() ? "nothing: no packet of the flow was dropped"
                         : fmt::format("{}", fmt::join(drops, "\n"));
  if (!shown) shown = first_packet(view);
  if (shown) f.note = how_it_ended(*shown);
  f.packet = name_of(shown);
  judgement.settle(holds, std::move(f));
}

void check_reaches(const FlowView& view, Judgement& judgement) {
  const auto& check = view.checks.reaches;
  if (!check) return;
  const auto arrived = arrival(view);
  const bool holds = arrived && arrived->node == check->node &&
                     (check->port == 0 || check->port == arrived->at.port);
  Finding f = finding(view, "reaches", check->at);
  f.asserted = check->text;
  if (!arrived) {
    explain_no_arrival(view, f);
  } else {
    f.seen = arrived->node;
    if (arrived->at.port != 0) f.seen += fmt::format(":{}", arrived->at.port);
    f.packet = name_of(first_packet(view));
  }
  judgement.settle(holds, std::move(f));
}

void check_seen_as(const FlowView& view, Judgement& judgement) {
  const auto& check = view.checks.seen_as;
  if (!check) return;
  const auto arrived = arrival(view);
  const bool known = arrived && arrived->from;
  if (arrived && !known) {
    judgement.lost.push_back(
        fmt::format("check 'seen as' of flow '{}': nothing tells what '{}' saw{}", view.flow.name,
                    arrived->node, place(check->at)));
    return;
  }
  Finding f = finding(view, "seen as", check->at);
  f.asserted = check->text;
  if (!arrived) {
    explain_no_arrival(view, f);
  } else {
    f.seen = arrived->from->to_string();
    f.note = fmt::format("as '{}' saw it", arrived->node);
    f.packet = name_of(first_packet(view));
  }
  judgement.settle(known && check->endpoint.fits(*arrived->from), std::move(f));
}

void check_answered_from(const FlowView& view, Judgement& judgement) {
  const auto& check = view.checks.answered_from;
  if (!check) return;
  Finding f = finding(view, "answered from", check->at);
  f.asserted = check->text;
  f.seen = "nothing: no answer got to '" + view.flow.node + "'";
  bool holds = false;
  for (const Walk& walk : view.seen.walks) {
    if (walk.direction != Direction::reply) continue;
    const bool came = walk.end.kind == WalkEnd::Kind::delivered && walk.end.node == view.flow.node;
    const auto sight = came ? last_sight(walk, view.flow.node) : std::nullopt;
    if (!sight) continue;
    holds = check->endpoint.fits(sight->from());
    f.seen = sight->from().to_string();
    f.packet = walk.name;
    break;
  }
  if (f.packet.empty()) {
    const Walk* walk = deciding_walk(view.flow, view.seen);
    if (walk) f.note = how_it_ended(*walk);
    f.packet = name_of(walk);
  }
  judgement.settle(holds, std::move(f));
}

void check_program(const FlowView& view, Judgement& judgement) {
  const auto& check = view.checks.program;
  if (!check) return;
  const FlowResult& result = view.seen.result;
  const bool ran = result.socket == FlowResult::Socket::ran;
  if (check->exit_status) {
    Finding f = finding(view, "exit", check->at);
    f.asserted = std::to_string(*check->exit_status);
    f.seen = ran ? std::to_string(result.exit_status) : outcome_of(view.flow, view.seen);
    if (!ran)
      f.note = result.deadline_passed ? "it was ended when its deadline passed"
                                      : "it was ended before it exited by itself";
    judgement.settle(ran && result.exit_status == *check->exit_status, std::move(f));
  }
  const auto judge = [&](const char* name, Wanted wanted, const auto& texts, const auto& seen) {
    check_output(view, name, wanted, texts, seen, judgement);
  };
  judge("output", Wanted::there, check->output_contains, result.standard_output);
  judge("error output", Wanted::there, check->error_contains, result.standard_error);
  judge("output lacks", Wanted::lacking, check->output_lacks, result.standard_output);
  judge("error output lacks", Wanted::lacking, check->error_lacks, result.standard_error);
}

}  // namespace fwproof::judge
