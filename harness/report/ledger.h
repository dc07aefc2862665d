// The ledger of claims: document by document what was claimed, what is true of it, and the piece of
// evidence that settles it; for the terminal, and as a page for people to link to.
//
//   LedgerCase  one case about one or several claims, and how its runs ended
//   LedgerRow   one claim: the cases about it, under whatever conditions they hold
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "model/claim.h"
#include "model/finding.h"
#include "report/layout.h"

namespace fwproof::report {

struct LedgerCase {
  std::string name;  // path below the folder of claims, without .yaml
  std::string path;  // the same with it: what the page links to
  Claim claim;
  std::string backends;  // "iptables-nft" where the case is not for all; empty where it is
  Outcome outcome = Outcome::pass;  // the worst of its runs
  std::string skipped;              // outcome skip: what is missing
  std::string evidence;             // in one line
  std::chrono::microseconds took{0};
};

struct LedgerRow {
  std::string id;
  std::string document;
  std::string says;
  std::vector<LedgerCase> cases;  // in the order of their names

  /// A case of it failed or could not be judged.
  bool is_red() const;
  /// No case of it could be run here.
  bool is_not_run() const;
  /// "holds", "false" or "imprecise"; the latter also where cases under different conditions
  /// differ. "not run here" where that is so.
  std::string outcome() const;
};

/// One row for each claim that a case is about, by number.
std::vector<LedgerRow> ledger(const std::vector<LedgerCase>& cases);

/// A line for each claim, no wider than kColumns; what does not fit is cut. `whole` adds lines with
/// all of it.
std::string ledger_text(const std::vector<LedgerRow>& rows, Style style, bool whole);

/// The same in Markdown, with nothing in it that two runs would tell differently.
std::string ledger_page(const std::vector<LedgerRow>& rows);

/// "17 claims: 6 hold, 7 false, 4 imprecise", without what there is none of.
std::string ledger_totals(const std::vector<LedgerRow>& rows);

}  // namespace fwproof::report
