#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/evidence.h"
#include "report/walk.h"

namespace fwproof::report {
namespace {

/// Who took the request: "web:80, which saw 1.2.3.4:60000".
std::string taker_text(const FlowResult& result) {
  std::string text = printable(result.accepted_by);
  if (result.accepted_at.port != 0) text += fmt::format(":{}", result.accepted_at.port);
  if (result.seen_as) text += ", which saw " + result.seen_as->to_string();
  return text;
}

/// The first walk that did not get where it should: "syn dropped at gw ...".
std::string stop_text(const std::vector<Walk>& walks) {
  const auto stopped = std::find_if(walks.begin(), walks.end(), [](const Walk& walk) {
    return walk.end.kind == WalkEnd::Kind::dropped || walk.end.kind == WalkEnd::Kind::lost;
  });
  if (stopped == walks.end()) return {};
  return printable(fmt::format("{} {}", stopped->name, to_string(stopped->end)));
}

std::string how_it_ended(const FlowSeen& flow, const std::string& outcome, Style style) {
  const bool served = outcome == "connected" || outcome == "answered";
  const bool good = served || outcome == "exited 0";
  const bool taken = !flow.result.accepted_by.empty();
  std::string text = paint(style, good ? Paint::green : Paint::red, printable(outcome));
  if (served && taken)
    return text + (outcome == "connected" ? " to " : " by ") + taker_text(flow.result) + "\n";
  const std::string stop = good ? std::string() : stop_text(flow.walks);
  if (!stop.empty()) text += ": " + stop;
  if (taken) text += "; the request was taken by " + taker_text(flow.result);
  return text + "\n";
}

}  // namespace

std::string flow_text(const FlowSeen& flow, const std::string& flow_text,
                      const std::string& outcome, const std::vector<ConntrackEntry>& conntrack,
                      Style style) {
  std::string text = printable(flow_text) + "\n\n";
  if (flow.walks.empty()) text += "no packet of this flow was seen\n";
  std::vector<const Walk*> shown;
  bool after_line = false;
  for (const auto& walk : flow.walks) {
    const auto earlier = std::find_if(shown.begin(), shown.end(),
                                      [&](const Walk* other) { return same_way(*other, walk); });
    const bool whole = earlier == shown.end();
    // Whole walks stand apart; lines follow what they follow directly.
    if (whole && after_line) text += "\n";
    if (whole) {
      text += walk_text(walk, style) + "\n";
      shown.push_back(&walk);
    } else {
      text += fmt::format("{}  {}  {}\n", paint(style, Paint::bold, printable(walk.name)),
                          describe(walk.packet),
                          paint(style, Paint::dim, "same walk as " + printable((*earlier)->name)));
    }
    after_line = !whole;
  }
  if (after_line || flow.walks.empty()) text += "\n";
  const std::string output = program_text(flow.result);
  if (!output.empty()) text += output + "\n";
  if (!conntrack.empty()) text += "conntrack\n" + indented(conntrack_text(conntrack), 2) + "\n";
  return text + how_it_ended(flow, outcome, style);
}

}  // namespace fwproof::report
