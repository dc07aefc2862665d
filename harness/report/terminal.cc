#include "report/terminal.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace fwproof::report {
namespace {

Paint colour_of(Outcome outcome) {
  if (outcome == Outcome::pass) return Paint::green;
  return outcome == Outcome::skip ? Paint::yellow : Paint::red;
}

std::string time_text(std::chrono::microseconds took) {
  const double ms = static_cast<double>(took.count()) / 1000;
  if (ms < 1) return fmt::format("{:.1f} ms", ms);
  if (ms < 1000) return fmt::format("{:.0f} ms", ms);
  return fmt::format("{:.1f} s", ms / 1000);
}

}  // namespace

std::string title(const CaseResult& result) {
  return fmt::format("{} [{}]", printable(result.name), to_string(result.backend));
}

std::string title(const Finding& finding) {
  return printable(finding.flow.empty() ? finding.check : finding.flow + ": " + finding.check);
}

std::string one_line(const CaseResult& result, Style style) {
  const bool skipped = result.outcome == Outcome::skip;
  return fmt::format("{}  {}  {}",
                     paint(style, colour_of(result.outcome), to_string(result.outcome)),
                     title(result), skipped ? printable(result.skipped) : time_text(result.took));
}

std::string summary(const std::vector<Told>& results, std::chrono::microseconds took, Style style) {
  const auto count = [&](Outcome outcome) {
    return std::count_if(results.begin(), results.end(),
                         [&](const Told& told) { return told.outcome == outcome; });
  };
  const auto part = [&](Outcome outcome, std::string_view word) {
    const std::string text = fmt::format("{} {}", count(outcome), word);
    return count(outcome) == 0 ? text : paint(style, colour_of(outcome), text);
  };
  const double seconds = static_cast<double>(took.count()) / 1e6;
  return fmt::format("{}, {}, {}, {} in {:.1f} s", part(Outcome::pass, "passed"),
                     part(Outcome::fail, "failed"),
                     part(Outcome::error, count(Outcome::error) == 1 ? "error" : "errors"),
                     part(Outcome::skip, "skipped"), seconds);
}

}  // namespace fwproof::report
