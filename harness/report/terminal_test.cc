#include "report/terminal.h"

#include <gtest/gtest.h>

namespace fwproof::report {
namespace {

CaseResult masquerade(Outcome outcome) {
  CaseResult result;
  result.name = "nat/masquerade";
  result.outcome = outcome;
  result.took = std::chrono::microseconds(12'300);
  return result;
}

Told told(Outcome outcome) { return tell(masquerade(outcome), {}); }

TEST(OneLine, NamesCaseBackendAndTime) {
  EXPECT_EQ(one_line(masquerade(Outcome::pass), {}), "pass  nat/masquerade [iptables-nft]  12 ms");
  EXPECT_EQ(one_line(masquerade(Outcome::fail), {}), "fail  nat/masquerade [iptables-nft]  12 ms");
}

TEST(OneLine, SaysWhatASkippedCaseMisses) {
  CaseResult result = masquerade(Outcome::skip);
  result.backend = Backend::iptables_legacy;
  result.skipped = "'iptables-legacy-restore' is not installed";
  EXPECT_EQ(one_line(result, {}),
            "skip  nat/masquerade [iptables-legacy]  'iptables-legacy-restore' is not installed");
}

TEST(OneLine, GivesTimeInTheUnitThatFits) {
  CaseResult result = masquerade(Outcome::pass);
  result.took = std::chrono::microseconds(420);
  EXPECT_EQ(one_line(result, {}), "pass  nat/masquerade [iptables-nft]  0.4 ms");
  result.took = std::chrono::milliseconds(2'345);
  EXPECT_EQ(one_line(result, {}), "pass  nat/masquerade [iptables-nft]  2.3 s");
}

TEST(OneLine, ColoursTheOutcomeAlone) {
  EXPECT_EQ(one_line(masquerade(Outcome::pass), {.colour = true}),
            "\x1b[32mpass\x1b[0m  nat/masquerade [iptables-nft]  12 ms");
}

TEST(Summary, CountsEachOutcome) {
  EXPECT_EQ(
      summary({told(Outcome::pass), told(Outcome::pass), told(Outcome::fail), told(Outcome::skip)},
              std::chrono::milliseconds(812), {}),
      "2 passed, 1 failed, 0 errors, 1 skipped in 0.8 s");
  EXPECT_EQ(summary({told(Outcome::error)}, std::chrono::milliseconds(20), {}),
            "0 passed, 0 failed, 1 error, 0 skipped in 0.0 s");
}

TEST(Summary, ColoursOnlyWhatThereIs) {
  EXPECT_EQ(summary({told(Outcome::fail)}, std::chrono::seconds(1), {.colour = true}),
            "0 passed, \x1b[31m1 failed\x1b[0m, 0 errors, 0 skipped in 1.0 s");
}

}  // namespace
}  // namespace fwproof::report
