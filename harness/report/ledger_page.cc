#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/text.h"
#include "report/ledger.h"

namespace fwproof::report {
namespace {

constexpr const char* kIntroduction =
    "# What the documents claim, and what the kernel does\n"
    "\n"
    "Five documents on how packets cross netfilter were taken apart into single claims, and each "
    "claim is put to\n"
    "the kernel by a case of its own, with real packets. A claim *holds* if everything it says "
    "does, is *false* if\n"
    "nothing of it does, and *imprecise* if some does or it depends on conditions. This page is "
    "what\n"
    "`fwproof claims --page` prints; a test fails when the kernel's answers and the page part.\n"
    "\n";

/// Text in a cell: nothing in it may end the cell or be taken for markup.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '\n') {
      out += ' ';
      continue;
    }
    if (c == '|' || c == '<' || c == '>' || c == '*' || c == '_' || c == '`' || c == '[' ||
        c == ']' || c == '\\')
      out += '\\';
    out += c;
  }
  return out;
}

/// Text as code in a cell, where only the bar has a meaning (GitHub Flavored Markdown, 4.10).
std::string code(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '|') out += '\\';
    out += c == '`' ? '\'' : c == '\n' ? ' ' : c;
  }
  return "`" + out + "`";
}

std::string joined(std::string all, const std::string& more) {
  if (all.empty()) return more;
  return all + "<br>" + more;
}

/// "on iptables-nft, when ...: ", or nothing where a case holds at any time.
std::string conditions(const LedgerCase& c) {
  std::string text = c.backends.empty() ? "" : "on " + c.backends;
  if (!c.claim.when.empty()) text += (text.empty() ? "when " : ", when ") + c.claim.when;
  return text.empty() ? "" : "*" + cell(text) + "*: ";
}

std::string row_text(const LedgerRow& row) {
  std::string kernel;
  std::string seen;
  std::string cases;
  for (const LedgerCase& c : row.cases) {
    kernel = joined(kernel, conditions(c) + cell(c.claim.kernel));
    seen = joined(seen, c.outcome == Outcome::skip ? cell(c.skipped) : code(c.evidence));
    const std::string name = std::filesystem::path(c.name).filename().string();
    cases = joined(cases, fmt::format("[{}]({})", cell(name), c.path));
  }
  const std::string outcome = row.is_red() ? "RED" : row.outcome();
  return fmt::format("| {} | {} | **{}** | {} | {} | {} |\n", row.id, cell(row.says), outcome,
                     kernel, seen, cases);
}

std::string totals_table(const std::map<std::string, std::vector<LedgerRow>>& documents) {
  std::string text =
      "| document | claims | hold | imprecise | false | not run here |\n"
      "|---|---|---|---|---|---|\n";
  const auto add = [&](const std::string& name, const std::vector<LedgerRow>& rows) {
    const auto count = [&](std::string_view outcome) {
      return std::count_if(rows.begin(), rows.end(),
                           [&](const LedgerRow& row) { return row.outcome() == outcome; });
    };
    text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", name, rows.size(), count("holds"),
                        count("imprecise"), count("false"), count("not run here"));
  };
  std::vector<LedgerRow> all;
  for (const auto& [document, rows] : documents) {
    add(cell(document), rows);
    all.insert(all.end(), rows.begin(), rows.end());
  }
  add("all", all);
  return text;
}

}  // namespace

std::string ledger_page(const std::vector<LedgerRow>& rows) {
  std::map<std::string, std::vector<LedgerRow>> documents;
  for (const LedgerRow& row : rows) documents[row.document].push_back(row);
  std::string text = kIntroduction + totals_table(documents);
  for (const auto& [document, claims] : documents) {
    text += fmt::format(
        "\n## {}\n\n"
        "| claim | the document says | outcome | the kernel | seen | case |\n"
        "|---|---|---|---|---|---|\n",
        cell(document));
    for (const LedgerRow& row : claims) text += row_text(row);
  }
  return text;
}

}  // namespace fwproof::report
