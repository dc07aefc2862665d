#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/evidence.h"
#include "report/terminal.h"
#include "report/walk.h"

namespace fwproof::report {
namespace {

void add_new(std::vector<std::string>& list, const std::string& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

std::string section(std::string_view heading, const std::string& body) {
  if (body.empty()) return {};
  return fmt::format("\n  {}\n{}", heading, indented(body, 4));
}

std::string heading(const CaseResult& result, Style style) {
  const bool failed = result.outcome == Outcome::fail;
  std::string text =
      fmt::format("{}  {}  {}\n", paint(style, Paint::red, failed ? "FAIL" : "ERROR"),
                  paint(style, Paint::bold, title(result)), place(result.at));
  if (!result.about.empty()) text += indented(printable_lines(result.about), failed ? 6 : 7);
  return text;
}

std::string finding_text(const Finding& finding, Style style) {
  const auto line = [&](std::string_view label, const std::string& text, Paint colour) {
    return labelled(label, paint(style, colour, text.empty() ? "(nothing)" : printable_lines(text)),
                    10);
  };
  std::string body = line("asserted", finding.asserted, Paint::green);
  body += line("seen", finding.seen, Paint::red);
  if (!finding.note.empty()) body += labelled("note", printable_lines(finding.note), 10);
  const std::string where = place(finding.at);
  const std::string check = paint(style, Paint::bold, title(finding));
  return section(where.empty() ? check : where + "  " + check, body);
}

std::string error_text(const CaseResult& result, Style style) {
  std::string text;
  if (!result.error.empty()) text += "\n" + indented(printable_lines(result.error), 2);
  if (!result.hint.empty()) text += labelled("  hint:", printable_lines(result.hint), 8);
  if (text.empty()) return {};
  return paint(style, Paint::red, text);
}

std::string lost_text(const std::vector<std::string>& lost) {
  std::string body;
  for (const auto& what : lost) body += printable(what) + "\n";
  return section("evidence that was lost, not understood or contradictory", body);
}

/// The flows a finding names, or all if none does.
std::vector<const FlowSeen*> flows_concerned(const CaseResult& result) {
  std::vector<const FlowSeen*> flows;
  for (const auto& flow : result.seen.flows)
    if (std::any_of(result.findings.begin(), result.findings.end(),
                    [&](const Finding& finding) { return finding.flow == flow.flow; }))
      flows.push_back(&flow);
  if (flows.empty())
    for (const auto& flow : result.seen.flows) flows.push_back(&flow);
  return flows;
}

/// Of a flow's packets. What floods send is mostly alike.
constexpr size_t kMostWhole = 20;
constexpr size_t kMostLines = 100;

bool is_named(const Walk& walk, const FlowSeen& flow, const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.packet == walk.name && (finding.flow.empty() || finding.flow == flow.flow);
  });
}

bool is_shown_whole(const Walk& walk, const FlowSeen& flow, const std::vector<Finding>& findings) {
  if (walk.end.kind == WalkEnd::Kind::dropped || walk.end.kind == WalkEnd::Kind::lost) return true;
  return is_named(walk, flow, findings);
}

std::string flow_section(const FlowSeen& flow, const CaseResult& result, Style style) {
  std::string text =
      fmt::format("\n  flow {}: {}\n", paint(style, Paint::bold, printable(flow.flow)),
                  result_text(flow.result));
  text += indented(program_text(flow.result), 4);
  if (flow.walks.empty()) text += "    no packet of this flow was seen\n";
  std::vector<const Walk*> others;
  size_t whole = 0;
  for (const auto& walk : flow.walks) {
    const bool shown = is_shown_whole(walk, flow, result.findings) &&
                       (whole < kMostWhole || is_named(walk, flow, result.findings));
    if (shown) text += "\n" + indented(walk_text(walk, style), 2);
    if (shown)
      ++whole;
    else
      others.push_back(&walk);
  }
  const size_t more = others.size() - std::min(others.size(), kMostLines);
  others.resize(others.size() - more);
  std::string lines = walk_lines(others, style);
  if (more > 0) lines += fmt::format("(and {} more, which --json tells of)\n", more);
  return text + section(whole == 0 ? "packets" : "other packets", lines);
}

/// The nodes of the walks printed whole, and those that a finding's check names.
std::vector<std::string> nodes_concerned(const CaseResult& result,
                                         const std::vector<const FlowSeen*>& flows) {
  std::vector<std::string> nodes;
  for (const FlowSeen* flow : flows)
    for (const auto& walk : flow->walks)
      if (is_shown_whole(walk, *flow, result.findings))
        for (const auto& visit : walk.visits) add_new(nodes, visit.node);
  for (const auto& finding : result.findings)
    for (const auto& word : split_words(finding.check))
      if (result.seen.conntrack_active.count(word)) add_new(nodes, word);
  return nodes;
}

}  // namespace

std::string story(const CaseResult& result, Style style) {
  if (result.outcome != Outcome::fail && result.outcome != Outcome::error) return {};
  std::string text = heading(result, style);
  for (const auto& finding : result.findings) text += finding_text(finding, style);
  text += error_text(result, style);
  text += lost_text(result.seen.lost);
  const auto flows = flows_concerned(result);
  for (const FlowSeen* flow : flows) text += flow_section(*flow, result, style);
  text +=
      section("conntrack at the end", conntrack_text(result.seen, nodes_concerned(result, flows)));
  text += section("captures", captures_text(result.seen.captures));
  if (!result.evidence.empty()) text += "\n  evidence: " + printable(result.evidence) + "\n";
  return text;
}

}  // namespace fwproof::report
