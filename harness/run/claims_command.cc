#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "judge/claim.h"
#include "model/netfilter.h"
#include "parse/parse.h"
#include "report/ledger.h"
#include "report/terminal.h"
#include "run/cli.h"
#include "run/load.h"
#include "run/output.h"
#include "run/privilege.h"
#include "run/run_case.h"

namespace fwproof::run {
namespace {

/// Where claims lie if nobody says: below the current folder, or with the program.
constexpr const char* kClaims = "cases/claims";

std::string folder_of_claims(const std::string& path) {
  if (!path.empty()) return path;
  if (std::filesystem::is_directory(kClaims) || parse::data_root().empty()) return kClaims;
  return parse::data_root() + "/" + kClaims;
}

std::string backends_of(const Case& c) {
  if (c.rules.empty() || c.backends.size() == backend_names().size()) return {};
  std::string names;
  for (const Backend backend : c.backends)
    names += (names.empty() ? "" : ", ") + std::string(to_string(backend));
  return names;
}

/// Worse outcomes come last in this order.
int badness(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass:
      return 0;
    case Outcome::skip:
      return 1;
    case Outcome::fail:
      return 2;
    case Outcome::error:
      return 3;
  }
  return 0;
}

/// The results of all claims, with the stories of those that are red.
struct Told {
  std::vector<report::LedgerCase> cases;
  std::string stories;
  int code = kPassed;
};

void tell(const Case& c, const CaseResult& result, report::Style style, report::LedgerCase& row,
          Told& told) {
  row.took += result.took;
  if (badness(result.outcome) > badness(row.outcome)) row.outcome = result.outcome;
  row.skipped = result.skipped;
  const bool judged = result.outcome == Outcome::pass || result.outcome == Outcome::fail;
  if (judged && row.evidence.empty())
    row.evidence = judge::evidence_line(c, result.backend, result.seen);
  if (result.outcome == Outcome::fail) told.code = std::max<int>(told.code, kFailed);
  if (result.outcome == Outcome::error)
    told.code = std::max<int>(told.code, result.bad_input ? kBadInput : kMachine);
  told.stories += report::story(result, style);
}

Told run_claims(const std::vector<Case>& cases, report::Style style) {
  Told told;
  Reaper reaper;
  for (const Case& c : cases) {
    if (!c.claim) continue;
    report::LedgerCase row;
    row.name = c.name;
    row.path = c.name + std::filesystem::path(c.file).extension().string();
    row.claim = *c.claim;
    row.backends = backends_of(c);
    for (const Backend backend : c.backends)
      tell(c, run_case(c, backend, {.reaper = &reaper}), style, row, told);
    told.cases.push_back(std::move(row));
  }
  return told;
}

}  // namespace

int claims_command(const ClaimsCommand& command) {
  const std::vector<Case> cases = load_cases({folder_of_claims(command.path)});
  leave_host_network();
  const report::Style style{.colour = !command.page && isatty(STDOUT_FILENO) == 1};
  const Told told = run_claims(cases, style);
  if (told.cases.empty()) {
    complain("error: no case there is about a claim");
    return kNothingRan;
  }
  const std::vector<report::LedgerRow> rows = report::ledger(told.cases);
  if (command.page) {
    fmt::print("{}", report::ledger_page(rows));
    if (!told.stories.empty()) complain(told.stories);
    return told.code;
  }
  fmt::print("{}{}{}\n{}\n", report::ledger_text(rows, style, command.verbose),
             told.stories.empty() ? "" : "\n", told.stories, report::ledger_totals(rows));
  return told.code;
}

}  // namespace fwproof::run
