#include "report/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/text.h"

namespace fwproof::report {
namespace {

constexpr const char* kNotRun = "not run here";

// The columns of a line: number, outcome, claim, evidence, time; two spaces between them.
constexpr size_t kOutcomeWidth = 12;
constexpr size_t kSaysWidth = 34;
constexpr size_t kEvidenceWidth = 31;

bool is_red(Outcome outcome) { return outcome == Outcome::fail || outcome == Outcome::error; }

/// What is longer ends in "..". Bytes of one character stay together.
std::string cut(std::string text, size_t width) {
  const auto is_start = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  const auto characters = static_cast<size_t>(std::count_if(text.begin(), text.end(), is_start));
  if (characters <= width) return text + std::string(width - characters, ' ');
  size_t kept = 0;
  size_t end = 0;
  for (; end < text.size(); ++end)
    if (is_start(text[end]) && kept++ == width - 2) break;
  return text.substr(0, end) + "..";
}

std::string time_text(std::chrono::microseconds took) {
  return fmt::format("{} ms", (took.count() + 500) / 1000);
}

std::string evidence_of(const LedgerRow& row) {
  for (const LedgerCase& c : row.cases)
    if (c.outcome != Outcome::skip) return c.evidence;
  return row.cases.front().skipped;
}

Paint colour_of(const LedgerRow& row) {
  if (row.is_red()) return Paint::red;
  return row.is_not_run() ? Paint::yellow : Paint::green;
}

std::string line(const LedgerRow& row, Style style) {
  std::chrono::microseconds took{0};
  for (const LedgerCase& c : row.cases) took += c.took;
  const std::string outcome = row.is_red() ? "RED" : row.outcome();
  return fmt::format("{}  {}  {}  {}  {:>7}\n", row.id,
                     paint(style, colour_of(row), cut(outcome, kOutcomeWidth)),
                     cut(printable(row.says), kSaysWidth),
                     cut(printable(evidence_of(row)), kEvidenceWidth), time_text(took));
}

/// Everything that a line has no room for.
std::string whole_text(const LedgerRow& row) {
  std::string text = labelled("says", printable(row.says), 10);
  for (const LedgerCase& c : row.cases) {
    text += labelled("kernel", printable(c.claim.kernel), 10);
    if (!c.claim.when.empty()) text += labelled("when", printable(c.claim.when), 10);
    const std::string& seen = c.outcome == Outcome::skip ? c.skipped : c.evidence;
    text += labelled("seen", wrapped(printable(seen), kColumns - 20), 10);
    text += labelled("case", printable(c.path), 10);
  }
  return indented(text, 8);
}

std::string counted_outcomes(const std::vector<LedgerRow>& rows) {
  static constexpr std::array<std::pair<const char*, const char*>, 4> kWords{
      {{"holds", "hold"}, {"imprecise", "imprecise"}, {"false", "false"}, {kNotRun, kNotRun}}};
  std::string text;
  for (const auto& [outcome, word] : kWords) {
    const auto count =
        std::count_if(rows.begin(), rows.end(),
                      [&, what = outcome](const auto& row) { return row.outcome() == what; });
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, word);
  }
  return text;
}

}  // namespace

bool LedgerRow::is_red() const {
  return std::any_of(cases.begin(), cases.end(),
                     [](const LedgerCase& c) { return report::is_red(c.outcome); });
}

bool LedgerRow::is_not_run() const {
  return std::all_of(cases.begin(), cases.end(),
                     [](const LedgerCase& c) { return c.outcome == Outcome::skip; });
}

std::string LedgerRow::outcome() const {
  if (is_not_run()) return kNotRun;
  std::optional<ClaimOutcome> all;
  for (const LedgerCase& c : cases) {
    if (c.outcome == Outcome::skip) continue;
    if (all && *all != c.claim.outcome) return std::string(to_string(ClaimOutcome::imprecise));
    all = c.claim.outcome;
  }
  return std::string(to_string(*all));
}

std::vector<LedgerRow> ledger(const std::vector<LedgerCase>& cases) {
  std::map<std::string, LedgerRow> rows;
  for (const LedgerCase& c : cases)
    for (const std::string& id : c.claim.ids) rows[id].cases.push_back(c);
  std::vector<LedgerRow> sorted;
  for (auto& [id, row] : rows) {
    row.id = id;
    std::sort(row.cases.begin(), row.cases.end(),
              [](const LedgerCase& a, const LedgerCase& b) { return a.name < b.name; });
    // A case about this claim alone puts it best.
    const auto closest = std::min_element(row.cases.begin(), row.cases.end(),
                                          [](const LedgerCase& a, const LedgerCase& b) {
                                            return a.claim.ids.size() < b.claim.ids.size();
                                          });
    row.document = closest->claim.document;
    row.says = closest->claim.says;
    sorted.push_back(std::move(row));
  }
  return sorted;
}

std::string ledger_totals(const std::vector<LedgerRow>& rows) {
  return fmt::format("{}: {}", counted(rows.size(), "claim"), counted_outcomes(rows));
}

std::string ledger_text(const std::vector<LedgerRow>& rows, Style style, bool whole) {
  std::map<std::string, std::vector<LedgerRow>> documents;
  for (const LedgerRow& row : rows) documents[row.document].push_back(row);
  std::string text;
  for (const auto& [document, claims] : documents) {
    text += fmt::format("{}{}  {}\n", text.empty() ? "" : "\n",
                        paint(style, Paint::bold, printable(document)), ledger_totals(claims));
    for (const LedgerRow& row : claims) {
      text += line(row, style);
      if (whole) text += whole_text(row);
    }
  }
  return text;
}

}  // namespace fwproof::report
