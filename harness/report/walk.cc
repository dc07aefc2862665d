#include "report/walk.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

#include "base/text.h"

namespace fwproof::report {
namespace {

/// The longest step that still moves the column of the places after it.
constexpr size_t kMaxStepColumn = 50;

/// A chain that another jumped to stands this much to the right of it.
constexpr size_t kJumpIndent = 2;

bool accepts(const Step& step) {
  return step.kind == TraceEvent::Kind::policy && equals_ignore_case(step.target, "ACCEPT");
}

bool same_step(const Step& a, const Step& b) {
  const auto key = [](const Step& s) {
    return std::tie(s.family, s.table, s.chain, s.kind, s.rule_number, s.target, s.legacy, s.at);
  };
  return key(a) == key(b);
}

template <typename Item, typename Same>
bool same_list(const std::vector<Item>& a, const std::vector<Item>& b, Same same) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

bool same_addresses(const std::optional<Packet>& a, const std::optional<Packet>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->from() == b->from() && a->to() == b->to() && a->icmp_id == b->icmp_id;
}

bool same_hook(const HookVisit& a, const HookVisit& b) {
  return a.hook == b.hook && a.in_dev == b.in_dev && a.out_dev == b.out_dev &&
         a.passed == b.passed && same_addresses(a.at_start, b.at_start) &&
         same_addresses(a.at_end, b.at_end) && same_list(a.steps, b.steps, same_step);
}

bool same_visit(const NodeVisit& a, const NodeVisit& b) {
  return a.node == b.node && same_list(a.hooks, b.hooks, same_hook);
}

std::string rewritten(const Packet& before, const Packet& now) {
  const bool source = before.from() != now.from();
  const bool destination = before.to() != now.to();
  std::string ends = fmt::format("=> {} > {}", now.from().to_string(), now.to().to_string());
  if (source && destination) return ends + "  source and destination rewritten";
  if (source) return ends + "  source rewritten";
  if (destination) return ends + "  destination rewritten";
  if (before.icmp_id != now.icmp_id)
    return fmt::format("{} id {}  icmp id {} rewritten", ends, now.icmp_id, before.icmp_id);
  return {};
}

std::string devices(const HookVisit& hook) {
  std::string text;
  if (!hook.in_dev.empty()) text = "in " + hook.in_dev;
  if (!hook.out_dev.empty()) text += (text.empty() ? "out " : " out ") + hook.out_dev;
  return printable(text);
}

std::string end_text(const WalkEnd& end, Style style) {
  const std::string text = printable(to_string(end));
  switch (end.kind) {
    case WalkEnd::Kind::delivered:
    case WalkEnd::Kind::joined:
      return paint(style, Paint::green, text);
    case WalkEnd::Kind::left:
    case WalkEnd::Kind::taken:
    case WalkEnd::Kind::split:
      return paint(style, Paint::yellow, text);
    case WalkEnd::Kind::dropped:
    case WalkEnd::Kind::waiting:
    case WalkEnd::Kind::lost:
      break;
  }
  return paint(style, Paint::red, text);
}

/// The end without the node, which the list of nodes before it names last.
std::string short_end(const Walk& walk, Style style) {
  const bool one = walk.other_ends.empty();
  if (one && walk.end.kind == WalkEnd::Kind::delivered)
    return paint(style, Paint::green, "delivered");
  std::vector<std::string> texts;
  for (const WalkEnd* end : ends_of(walk)) texts.push_back(end_text(*end, style));
  return fmt::format("{}", fmt::join(texts, "; "));
}

std::string nodes_of(const Walk& walk) {
  std::vector<std::string> names;
  for (const auto& visit : walk.visits) names.push_back(printable(visit.node));
  return fmt::format("{}", fmt::join(names, " > "));
}

std::string packet_text(const Walk& walk) {
  std::string text = describe(walk.packet);
  if (!walk.about.empty()) text += fmt::format(", in answer to '{}'", printable(walk.about));
  return text;
}

/// Writes one walk. Holds what the lines of it share: the columns and the packet so far.
class WalkWriter {
 public:
  WalkWriter(const Walk& walk, Style style) : walk_(walk), style_(style), last_(walk.packet) {
    size_t node_width = 0;
    for (const auto& visit : walk.visits) {
      node_width = std::max(node_width, printable(visit.node).size());
      for (const auto& hook : visit.hooks) look_at(hook);
    }
    hook_column_ = 2 + node_width + 2;
  }

  std::string write() {
    text_ = fmt::format("{}  {}\n", paint(style_, Paint::bold, printable(walk_.name)),
                        packet_text(walk_));
    for (const auto& visit : walk_.visits) add(visit);
    for (const WalkEnd* end : ends_of(walk_)) text_ += "  " + end_text(*end, style_) + "\n";
    return text_;
  }

 private:
  void look_at(const HookVisit& hook) {
    for (const auto& step : hook.steps) {
      (step.legacy ? has_legacy_ : has_nft_) = true;
      const size_t width = kJumpIndent * step.depth + printable(to_string(step)).size();
      if (!accepts(step) && width <= kMaxStepColumn) step_width_ = std::max(step_width_, width);
    }
  }

  void add(const NodeVisit& visit) {
    std::string label = printable(visit.node);
    label.append(hook_column_ - 2 - label.size(), ' ');
    if (visit.hooks.empty()) text_ += fmt::format("  {}\n", trim(label));
    for (const auto& hook : visit.hooks) {
      const std::string line = fmt::format("{:<11}  {}", to_string(hook.hook), devices(hook));
      text_ += fmt::format("  {}{}\n", paint(style_, Paint::bold, label),
                           line.substr(0, line.find_last_not_of(' ') + 1));
      add_change(hook.at_start, " before this hook");
      for (const auto& step : hook.steps) add(step);
      add_change(hook.at_end, "");
      label.assign(label.size(), ' ');
    }
  }

  void add_change(const std::optional<Packet>& seen, std::string_view when) {
    if (!seen) return;
    std::string change = rewritten(last_, *seen);
    last_ = *seen;
    if (change.empty()) return;
    text_ += std::string(hook_column_ + 2, ' ') +
             paint(style_, Paint::yellow, change.append(when)) + "\n";
  }

  void add(const Step& step) {
    const std::string said = printable(to_string(step));
    const size_t column = hook_column_ + 2 + kJumpIndent * step.depth;
    text_ += std::string(column, ' ');
    // A legacy table can have the name of an nf_tables one: only then it must be told which.
    const std::string legacy = step.legacy && has_nft_ && has_legacy_ ? "(legacy)" : "";
    if (accepts(step)) {
      text_ += paint(style_, Paint::dim, said) + (legacy.empty() ? "" : "  " + legacy) + "\n";
      return;
    }
    std::string after = step.at.line > 0 ? place(step.at) : std::string();
    if (after.empty() && step.rule_handle > 0) after = fmt::format("handle {}", step.rule_handle);
    if (!legacy.empty()) after += (after.empty() ? "" : " ") + legacy;
    text_ += ends_walk(step) ? paint(style_, Paint::red, said) : said;
    if (!after.empty()) {
      const size_t taken = said.size() + kJumpIndent * step.depth;
      text_.append(std::max(step_width_, taken) - taken + 2, ' ');
      text_ += after;
    }
    text_ += "\n" + indented(printable(rule_text(step)), column + 2);
    for (const ElementMet& met : step.elements)
      if (!met.element.empty()) text_ += indented(printable(element_text(met)), column + 2);
  }

  /// "element 10.0.1.0/24 of trusted". A set that is written in the rule has no name of its own.
  static std::string element_text(const ElementMet& met) {
    const bool named = !met.set.starts_with("__");
    return "element " + met.element + (named ? " of " + met.set : "");
  }

  bool ends_walk(const Step& step) const {
    return walk_.end.kind == WalkEnd::Kind::dropped && walk_.end.step &&
           same_step(*walk_.end.step, step);
  }

  static std::string rule_text(const Step& step) {
    if (!step.rule_text.empty()) return step.rule_text;
    if (step.kind == TraceEvent::Kind::rule && step.rule_number == 0)
      return "(a rule that is not in the ruleset as it was read)";
    return step.comment.empty() ? std::string() : fmt::format("comment \"{}\"", step.comment);
  }

  const Walk& walk_;
  Style style_;
  Packet last_;
  size_t hook_column_ = 0;
  size_t step_width_ = 0;
  bool has_legacy_ = false;
  bool has_nft_ = false;
  std::string text_;
};

}  // namespace

std::string walk_text(const Walk& walk, Style style) { return WalkWriter(walk, style).write(); }

std::string walk_lines(const std::vector<const Walk*>& walks, Style style) {
  size_t name_width = 0;
  size_t packet_width = 0;
  size_t nodes_width = 0;
  for (const Walk* walk : walks) {
    name_width = std::max(name_width, printable(walk->name).size());
    packet_width = std::max(packet_width, packet_text(*walk).size());
    nodes_width = std::max(nodes_width, nodes_of(*walk).size());
  }
  std::string text;
  for (const Walk* walk : walks)
    text += fmt::format("{:<{}}  {:<{}}  {:<{}}  {}\n", printable(walk->name), name_width,
                        packet_text(*walk), packet_width, nodes_of(*walk), nodes_width,
                        short_end(*walk, style));
  return text;
}

bool same_way(const Walk& a, const Walk& b) {
  const bool same_end = a.end.kind == b.end.kind && a.end.node == b.end.node &&
                        a.end.hook == b.end.hook &&
                        a.end.step.has_value() == b.end.step.has_value() &&
                        (!a.end.step || same_step(*a.end.step, *b.end.step));
  return same_end && a.direction == b.direction && same_list(a.visits, b.visits, same_visit);
}

}  // namespace fwproof::report
