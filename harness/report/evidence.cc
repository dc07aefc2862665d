#include "report/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "base/text.h"

namespace fwproof::report {
namespace {

constexpr size_t kMaxEntries = 8;      // of one node
constexpr size_t kEntryWidth = 84;     // of an entry beside its node's name
constexpr size_t kMaxOutputLines = 8;  // of a program's output, and as many of its error

std::string socket_text(const FlowResult& result) {
  switch (result.socket) {
    case FlowResult::Socket::pending:
      return "nothing came back";
    case FlowResult::Socket::completed:
      return "the answer arrived";
    case FlowResult::Socket::half:
      return "connected, but request or answer did not arrive";
    case FlowResult::Socket::sent:
      return "it was sent; the trace tells the rest";
    case FlowResult::Socket::failed:
      return std::generic_category().message(result.error_number);
    case FlowResult::Socket::ran:
      return fmt::format("the program exited with status {}", result.exit_status);
    case FlowResult::Socket::ended:
      return result.deadline_passed ? "the program was ended at its deadline"
                                    : "the program was ended: its packet was dropped";
  }
  return {};
}

std::string last_lines(std::string_view label, const std::string& output) {
  const auto lines = split_lines(output);
  std::string text;
  const size_t skipped = lines.size() > kMaxOutputLines ? lines.size() - kMaxOutputLines : 0;
  if (skipped > 0) text = fmt::format("({} before)\n", counted(skipped, "line"));
  for (size_t i = skipped; i < lines.size(); ++i) text += printable(lines[i]) + "\n";
  return labelled(label, text.empty() ? "(none)" : text, 8);
}

std::string entry_text(const ConntrackEntry& entry) {
  const std::string label = printable(entry.node) + ":";
  return labelled(label, wrapped(printable(describe(entry)), kEntryWidth), label.size() + 1);
}

}  // namespace

std::string result_text(const FlowResult& result) {
  std::string text = socket_text(result);
  if (!result.accepted_by.empty()) {
    text += fmt::format("; {} took the request at {}", printable(result.accepted_by),
                        result.accepted_at.to_string());
    if (result.seen_as) text += " from " + result.seen_as->to_string();
  }
  return text;
}

std::string program_text(const FlowResult& result) {
  if (result.socket != FlowResult::Socket::ran && result.socket != FlowResult::Socket::ended)
    return {};
  return last_lines("output", result.standard_output) + last_lines("error", result.standard_error);
}

std::string conntrack_text(const std::vector<ConntrackEntry>& entries) {
  std::string text;
  for (size_t i = 0; i < std::min(entries.size(), kMaxEntries); ++i) text += entry_text(entries[i]);
  if (entries.size() > kMaxEntries)
    text += fmt::format("(and {} more)\n", entries.size() - kMaxEntries);
  return text;
}

std::string conntrack_text(const Seen& seen, const std::vector<std::string>& nodes) {
  std::string text;
  for (const auto& node : nodes) {
    std::vector<ConntrackEntry> entries;
    for (const auto& entry : seen.conntrack_at_end)
      if (entry.node == node) entries.push_back(entry);
    text += conntrack_text(entries);
    if (!entries.empty()) continue;
    const auto active = seen.conntrack_active.find(node);
    const bool off = active != seen.conntrack_active.end() && !active->second;
    text += fmt::format("{}: {}\n", printable(node),
                        off ? "none (no rule there needs connection tracking)" : "none");
  }
  return text;
}

std::string captures_text(const std::vector<CaptureSeen>& captures) {
  std::string text;
  for (const auto& capture : captures) {
    text += fmt::format("{}:{} '{}': {}\n", printable(capture.node), printable(capture.dev),
                        printable(capture.filter), counted(capture.packets, "packet"));
    for (const auto& packet : capture.first) text += indented(printable(packet), 2);
    if (capture.packets > capture.first.size() && !capture.first.empty())
      text += fmt::format("  (and {} more)\n", capture.packets - capture.first.size());
  }
  return text;
}

}  // namespace fwproof::report
