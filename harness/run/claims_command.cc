#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/text.h"
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
#include "run/workers.h"

namespace fwproof::run {
namespace {

/// Where claims lie if nobody says: below the current folder, or with the program.
constexpr const char* kClaims = "cases/claims";

/// For each processor: a case waits for the kernel most of its time.
constexpr size_t kProcesses = 3;

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

/// One case about claims, and how its runs ended.
struct Told {
  report::LedgerCase row;
  std::string stories;  // of the runs that are red
  int code = kPassed;
};

void tell(const Case& c, const CaseResult& result, report::Style style, Told& told) {
  report::LedgerCase& row = told.row;
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

/// What a worker found out, for its pipe. None of the texts holds a zero byte.
std::string packed(const Told& told) {
  std::string text;
  for (const std::string& field :
       {std::to_string(static_cast<int>(told.row.outcome)), std::to_string(told.row.took.count()),
        std::to_string(told.code), printable(told.row.skipped), printable(told.row.evidence),
        told.stories})
    text += field + '\0';
  return text;
}

Told unpacked(const std::string& text, const Case& c) {
  std::vector<std::string> fields;
  for (size_t at = 0; at < text.size(); at += fields.back().size() + 1)
    fields.emplace_back(text.c_str() + at);
  Told told;
  told.row.name = c.name;
  const size_t of_row = c.row.empty() ? 0 : c.row.size() + 1;
  told.row.path =
      c.name.substr(0, c.name.size() - of_row) + std::filesystem::path(c.file).extension().string();
  told.row.claim = *c.claim;
  told.row.backends = backends_of(c);
  told.row.outcome = static_cast<Outcome>(std::stoi(fields.at(0)));
  told.row.took = std::chrono::microseconds(std::stoll(fields.at(1)));
  told.code = std::stoi(fields.at(2));
  told.row.skipped = fields.at(3);
  told.row.evidence = fields.at(4);
  told.stories = fields.at(5);
  return told;
}

/// Runs them all. A case mostly waits for the kernel, so several run at a time.
std::vector<Told> run_claims(const std::vector<Case>& cases, report::Style style) {
  std::vector<Told> all(cases.size());
  Work work;
  work.count = cases.size();
  work.processes = kProcesses * processors();
  work.piece = [&](size_t i) {
    Told told;
    for (const Backend backend : cases[i].backends)
      tell(cases[i], run_case(cases[i], backend, {}), style, told);
    return packed(told);
  };
  work.answered = [&](size_t i, const std::string& text) { all[i] = unpacked(text, cases[i]); };
  work.lost = [&](size_t i, const std::string& why) {
    CaseResult result;
    result.name = cases[i].name;
    result.backend = cases[i].backends.front();
    result.at = cases[i].at;
    result.outcome = Outcome::error;
    result.error = "run the case: " + printable(why);
    tell(cases[i], result, style, all[i]);
    all[i] = unpacked(packed(all[i]), cases[i]);
  };
  if (const int signal = in_processes(work))
    throw MachineError("run the claims", fmt::format("ended by SIG{}", sigabbrev_np(signal)));
  return all;
}

}  // namespace

int claims_command(const ClaimsCommand& command) {
  std::vector<Case> cases = load_cases({folder_of_claims(command.path)});
  std::erase_if(cases, [](const Case& c) { return !c.claim; });
  if (cases.empty()) {
    complain("error: no case there is about a claim");
    return kNothingRan;
  }
  leave_host_network();
  const report::Style style{.colour = !command.page && isatty(STDOUT_FILENO) == 1};
  std::vector<report::LedgerCase> ledger_cases;
  std::string stories;
  int code = kPassed;
  for (Told& told : run_claims(cases, style)) {
    ledger_cases.push_back(std::move(told.row));
    stories += told.stories;
    code = std::max(code, told.code);
  }
  const std::vector<report::LedgerRow> rows = report::ledger(ledger_cases);
  if (command.page) {
    fmt::print("{}", report::ledger_page(rows));
    if (!stories.empty()) complain(stories);
    return code;
  }
  fmt::print("{}{}{}\n{}\n", report::ledger_text(rows, style, command.verbose),
             stories.empty() ? "" : "\n", stories, report::ledger_totals(rows));
  return code;
}

}  // namespace fwproof::run
