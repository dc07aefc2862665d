#include "report/ledger.h"

#include <gtest/gtest.h>

namespace fwproof::report {
namespace {

LedgerCase claim_case(const std::string& name, const std::vector<std::string>& ids,
                      ClaimOutcome outcome) {
  LedgerCase c;
  c.name = name;
  c.path = name + ".yaml";
  c.claim.ids = ids;
  c.claim.document = ids.front().substr(0, 3) + "_doc.txt";
  c.claim.says = "OUTPUT comes before conntrack";
  c.claim.kernel = "conntrack runs at -200, before mangle";
  c.claim.outcome = outcome;
  c.evidence = "M syn: raw OUTPUT, mangle OUTPUT rule 1 LOG";
  c.took = std::chrono::milliseconds(12);
  return c;
}

LedgerCase skipped_case() {
  LedgerCase c = claim_case("002/ipvs", {"002-25"}, ClaimOutcome::holds);
  c.claim.says = "IPVS balances load";
  c.outcome = Outcome::skip;
  c.skipped = "needs ip_vs: a kernel with CONFIG_IP_VS";
  c.evidence.clear();
  c.took = {};
  return c;
}

TEST(Ledger, TellsEachClaimInOneLineOfAScreen) {
  LedgerCase red = claim_case("004/b", {"004-01"}, ClaimOutcome::holds);
  red.outcome = Outcome::fail;
  const auto rows =
      ledger({claim_case("004/a", {"004-02"}, ClaimOutcome::false_), red, skipped_case()});
  EXPECT_EQ(ledger_text(rows, {}, false),
            R"(002_doc.txt  1 claim: 1 not run here
002-25  not run here  IPVS balances load                  needs ip_vs: a kernel with CO..     0 ms

004_doc.txt  2 claims: 1 hold, 1 false
004-01  RED           OUTPUT comes before conntrack       M syn: raw OUTPUT, mangle OUT..    12 ms
004-02  false         OUTPUT comes before conntrack       M syn: raw OUTPUT, mangle OUT..    12 ms
)");
}

TEST(Ledger, CutsAWordOfSeveralBytesBetweenCharacters) {
  LedgerCase c = claim_case("004/a", {"004-02"}, ClaimOutcome::false_);
  c.claim.says = "ääääääääääääääääääääääääääääääääääää";
  EXPECT_EQ(ledger_text(ledger({c}), {}, false),
            "004_doc.txt  1 claim: 1 false\n"
            "004-02  false         ääääääääääääääääääääääääääääääää..  M syn: raw OUTPUT, mangle "
            "OUT..    12 ms\n");
}

TEST(Ledger, SaysEverythingWhereItIsAskedTo) {
  LedgerCase c = claim_case("004/a", {"004-02"}, ClaimOutcome::false_);
  c.claim.when = "first packet";
  EXPECT_EQ(ledger_text(ledger({c}), {}, true),
            R"(004_doc.txt  1 claim: 1 false
004-02  false         OUTPUT comes before conntrack       M syn: raw OUTPUT, mangle OUT..    12 ms
        says      OUTPUT comes before conntrack
        kernel    conntrack runs at -200, before mangle
        when      first packet
        seen      M syn: raw OUTPUT, mangle OUTPUT rule 1 LOG
        case      004/a.yaml
)");
}

TEST(Ledger, CallsAClaimImpreciseThatHoldsUnderSomeConditions) {
  LedgerCase narrow = claim_case("004/b", {"004-02"}, ClaimOutcome::holds);
  narrow.claim.says = "the narrow version";
  const auto rows =
      ledger({claim_case("004/a", {"004-02", "004-03"}, ClaimOutcome::false_), narrow});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].outcome(), "imprecise");
  EXPECT_EQ(rows[0].says, "the narrow version");
  EXPECT_EQ(rows[1].outcome(), "false");
}

TEST(Ledger, LeavesWhatWasNotRunOutOfAnOutcome) {
  LedgerCase skipped = claim_case("004/b", {"004-02"}, ClaimOutcome::holds);
  skipped.outcome = Outcome::skip;
  const auto rows = ledger({claim_case("004/a", {"004-02"}, ClaimOutcome::false_), skipped});
  EXPECT_EQ(rows[0].outcome(), "false");
}

TEST(Ledger, IsAPageWithoutTimes) {
  LedgerCase first = claim_case("004/a", {"004-02"}, ClaimOutcome::holds);
  first.claim.when = "the first packet";
  LedgerCase later = claim_case("004/b_c", {"004-02"}, ClaimOutcome::false_);
  later.backends = "nft";
  later.evidence = "M ack: a | b `c`";
  later.claim.kernel = "nat_table <is> *not* met";
  const std::string page = ledger_page(ledger({first, later, skipped_case()}));
  EXPECT_EQ(page.substr(page.find("| document")),
            R"(| document | claims | hold | imprecise | false | not run here |
|---|---|---|---|---|---|
| 002\_doc.txt | 1 | 0 | 0 | 0 | 1 |
| 004\_doc.txt | 1 | 0 | 1 | 0 | 0 |
| all | 2 | 0 | 1 | 0 | 1 |

## 002\_doc.txt

| claim | the document says | outcome | the kernel | seen | case |
|---|---|---|---|---|---|
| 002-25 | IPVS balances load | **not run here** | conntrack runs at -200, before mangle | needs ip\_vs: a kernel with CONFIG\_IP\_VS | [ipvs](002/ipvs.yaml) |

## 004\_doc.txt

| claim | the document says | outcome | the kernel | seen | case |
|---|---|---|---|---|---|
| 004-02 | OUTPUT comes before conntrack | **imprecise** | *when the first packet*: conntrack runs at -200, before mangle<br>*on nft*: nat\_table \<is\> \*not\* met | `M syn: raw OUTPUT, mangle OUTPUT rule 1 LOG`<br>`M ack: a \| b 'c'` | [a](004/a.yaml)<br>[b\_c](004/b_c.yaml) |
)");
}

}  // namespace
}  // namespace fwproof::report
