#include "judge/claim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "judge/seen_builder.h"

namespace fwproof::judge {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

FlowChecks outcome_is(const std::string& outcome) {
  FlowChecks checks;
  checks.flow = "visit";
  checks.outcome = OutcomeCheck{outcome, kAt};
  return checks;
}

FlowChecks reaches(const std::string& node) {
  FlowChecks checks;
  checks.flow = "visit";
  checks.reaches = ReachesCheck{node, 80, node + ":80", kAt};
  return checks;
}

/// A flow that connects to the web server, and what a document says of it.
Case claim_case(ClaimOutcome outcome, std::vector<FlowChecks> as_told) {
  Case c;
  c.flows = {tcp_flow()};
  c.checks = {outcome_is("connected")};
  c.claim = Claim{{"004-02"}, "004.txt", "says", outcome, "kernel", "", kAt};
  if (!as_told.empty()) {
    c.as_told.emplace();
    c.as_told->checks = std::move(as_told);
  }
  return c;
}

Seen connected() {
  Seen seen;
  seen.flows = {connected_to_web()};
  return seen;
}

std::vector<Finding> findings(const Case& c) {
  return judge(c, Backend::nft, connected()).findings;
}

TEST(Claim, IsFalseIfNothingHoldsAsTold) {
  EXPECT_THAT(findings(claim_case(ClaimOutcome::false_, {outcome_is("dropped"), reaches("gw")})),
              IsEmpty());
}

TEST(Claim, IsImpreciseIfSomeOfItHoldsAsTold) {
  EXPECT_THAT(
      findings(claim_case(ClaimOutcome::imprecise, {outcome_is("dropped"), reaches("web")})),
      IsEmpty());
}

TEST(Claim, HoldsIfAllOfItHoldsAsTold) {
  EXPECT_THAT(findings(claim_case(ClaimOutcome::holds, {outcome_is("connected"), reaches("web")})),
              IsEmpty());
  EXPECT_THAT(findings(claim_case(ClaimOutcome::holds, {})), IsEmpty());
}

TEST(Claim, IsRedUnderAnyOtherWordAndSaysWhatHeldAndWhatDidNot) {
  const auto found =
      findings(claim_case(ClaimOutcome::false_, {outcome_is("dropped"), reaches("web")}));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].check, "claim");
  EXPECT_EQ(found[0].asserted, "false");
  EXPECT_EQ(found[0].seen, "imprecise");
  EXPECT_EQ(found[0].at, kAt);
  const std::string at = kAt.file + ":" + std::to_string(kAt.line);
  EXPECT_EQ(found[0].note, "as told, these hold:\n  visit: reaches web:80 (" + at +
                               ")\nand these do not:\n  visit: outcome dropped (" + at + ")");
}

TEST(Claim, IsAnErrorIfWhatIsToldCannotBeAnswered) {
  Case c = claim_case(ClaimOutcome::false_, {outcome_is("dropped")});
  c.as_told->logs = {{"gw", "IN", {1, 9, "1..9"}, kAt}};
  Seen seen = connected();
  seen.logs_unclear["gw"] = "why";
  EXPECT_EQ(judge(c, Backend::nft, seen).unanswerable.size(), 1u);
}

TEST(Claim, TakesTheEvidenceOfItsOwnCapturesAndRoutes) {
  Case c = claim_case(ClaimOutcome::false_, {outcome_is("dropped")});
  const auto one = [](const char* filter, uint64_t packets) {
    return CaptureCheck{"gw", "eth1", filter, {packets, packets, std::to_string(packets)}, kAt};
  };
  c.checks[0].captures = {one("tcp", 2)};
  c.as_told->checks[0].captures = {one("udp", 1), one("icmp", 4)};
  c.routes = {{"gw", {}, "main", true, "dev eth1", kAt}};
  c.as_told->routes = {{"gw", {}, "local", true, "dev eth9", kAt}};
  Seen seen = connected();
  seen.captures = {
      {"gw", "eth1", "tcp", 2, {}}, {"gw", "eth1", "udp", 0, {}}, {"gw", "eth1", "icmp", 3, {}}};
  seen.routes = {{"gw", "table main", {"10.0.0.0/24 dev eth1"}},
                 {"gw", "table local", {"local 10.0.0.1 dev eth1"}}};
  const Judgement judgement = judge(c, Backend::nft, seen);
  EXPECT_THAT(judgement.findings, IsEmpty());
  EXPECT_THAT(judgement.lost, IsEmpty());
}

TEST(EvidenceLine, TellsWhatTheDocumentsVersionIsRefutedBy) {
  Case c = claim_case(ClaimOutcome::false_, {outcome_is("dropped")});
  EXPECT_EQ(evidence_line(c, Backend::nft, connected()), "outcome: connected");
}

TEST(EvidenceLine, PrefersWalksToWhatTheSocketTold) {
  Case c = claim_case(ClaimOutcome::false_, {outcome_is("dropped")});
  HooksCheck hooks{"gw", "syn", ListMode::never, {}, kAt};
  hooks.hooks.push_back({.hook = Hook::forward, .text = "FORWARD", .at = kAt});
  c.as_told->checks[0].hooks = {hooks};
  const std::string line = evidence_line(c, Backend::nft, connected());
  EXPECT_TRUE(line.starts_with("gw syn: ")) << line;
}

TEST(EvidenceLine, TellsWhatBearsAClaimOutThatHolds) {
  EXPECT_EQ(evidence_line(claim_case(ClaimOutcome::holds, {}), Backend::nft, connected()),
            "outcome: connected");
}

TEST(EvidenceLine, LeavesOutPortsThatNobodyWrote) {
  Case c = claim_case(ClaimOutcome::holds, {});
  c.checks[0] = {};
  c.checks[0].flow = "visit";
  c.checks[0].seen_as = SeenAsCheck{endpoint("1.2.3.4"), "1.2.3.4", kAt};
  Seen seen = connected();
  seen.flows[0].result.seen_as = endpoint("1.2.3.4:26747");
  EXPECT_EQ(evidence_line(c, Backend::nft, seen), "seen as: 1.2.3.4");
  c.flows[0].source_port = 26747;
  EXPECT_EQ(evidence_line(c, Backend::nft, seen), "seen as: 1.2.3.4:26747");
}

TEST(Log, HoldsIfAsManyPacketsWereLoggedAsAsserted) {
  Case c = claim_case(ClaimOutcome::holds, {});
  c.logs = {{"gw", "IN", {1, 9, "1..9"}, kAt}, {"gw", "OUT", {0, 0, "none"}, kAt}};
  Seen seen = connected();
  seen.logs = {{"gw", "IN", 1}, {"gw", "OUT", 0}, {"web", "OUT", 3}};
  EXPECT_THAT(judge(c, Backend::nft, seen).findings, IsEmpty());
}

TEST(Log, IsRedWhereNoRuleLogsWithThePrefix) {
  Case c = claim_case(ClaimOutcome::holds, {});
  c.logs = {{"gw", "IN", {0, 0, "none"}, kAt}};
  Seen seen = connected();
  seen.logs = {{"gw", "INNER", 0}, {"web", "IN", 0}};
  const auto found = judge(c, Backend::nft, seen).findings;
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].note, "no rule there logs with this prefix");
}

TEST(Log, TakesAPrefixAsItIsWrittenOrElseWithoutWhatEndsIt) {
  Case c = claim_case(ClaimOutcome::holds, {});
  c.logs = {{"gw", "IN", {2, 2, "2"}, kAt}};
  Seen seen = connected();
  seen.logs = {{"gw", "IN: ", 2}, {"gw", "IN", 1}};
  ASSERT_EQ(judge(c, Backend::nft, seen).findings.size(), 1u);
  EXPECT_EQ(judge(c, Backend::nft, seen).findings[0].seen, "IN: 1");
  seen.logs = {{"gw", "IN: ", 2}};
  EXPECT_THAT(judge(c, Backend::nft, seen).findings, IsEmpty());
  seen.logs = {{"gw", "IN: ", 2}, {"gw", "IN:", 2}};
  EXPECT_THAT(judge(c, Backend::nft, seen).unanswerable,
              ElementsAre("log check on 'gw' 'IN': it may be 'IN: ' or 'IN:'; say which (" +
                          kAt.file + ":" + std::to_string(kAt.line) + ")"));
}

TEST(Log, TellsHowManyPacketsWereLoggedInstead) {
  Case c = claim_case(ClaimOutcome::holds, {});
  c.logs = {{"gw", "IN", {1, 9, ">= 1"}, kAt}, {"gw", "OUT", {0, 0, "none"}, kAt}};
  Seen seen = connected();
  seen.logs = {{"gw", "IN", 0}, {"gw", "OUT", 4}};
  const auto found = judge(c, Backend::nft, seen).findings;
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].check, "log gw");
  EXPECT_EQ(found[0].asserted, "IN: '>= 1'");
  EXPECT_EQ(found[0].seen, "IN: 0");
  EXPECT_EQ(found[1].asserted, "OUT: none");
  EXPECT_EQ(found[1].seen, "OUT: 4");
}

TEST(Log, CannotBeAnsweredWhereTheLogCannotBeTold) {
  Case c = claim_case(ClaimOutcome::holds, {});
  c.logs = {{"gw", "IN", {0, 0, "none"}, kAt}};
  Seen seen = connected();
  seen.logs_unclear["gw"] = "it has legacy tables";
  const Judgement judgement = judge(c, Backend::nft, seen);
  EXPECT_THAT(judgement.findings, IsEmpty());
  EXPECT_THAT(judgement.unanswerable, ElementsAre("log check on 'gw' 'IN': it has legacy tables (" +
                                                  kAt.file + ":" + std::to_string(kAt.line) + ")"));
}

}  // namespace
}  // namespace fwproof::judge
