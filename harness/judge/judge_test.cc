#include "judge/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "judge/seen_builder.h"

namespace fwproof::judge {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Case connected_case() {
  Case c;
  c.flows = {tcp_flow()};
  FlowChecks checks;
  checks.flow = "visit";
  checks.outcome = OutcomeCheck{"connected", kAt};
  checks.reaches = ReachesCheck{"web", 80, "web:80", kAt};
  c.checks = {checks};
  return c;
}

TEST(Judge, FindsNothingWhenEveryCheckHolds) {
  Seen seen;
  seen.flows = {connected_to_web()};
  const Judgement judgement = judge(connected_case(), Backend::nft, seen);
  EXPECT_THAT(judgement.findings, IsEmpty());
  EXPECT_THAT(judgement.lost, IsEmpty());
  EXPECT_THAT(judgement.unanswerable, IsEmpty());
}

TEST(Judge, CollectsAFindingForEveryCheckThatDoesNotHold) {
  Seen seen;
  seen.flows = {seen_flow(FlowResult::Socket::pending,
                          {syn_dropped_at_gw(policy("filter", "FORWARD", Verdict::drop))})};
  const Judgement judgement = judge(connected_case(), Backend::nft, seen);
  ASSERT_EQ(judgement.findings.size(), 2u);
  EXPECT_EQ(judgement.findings[0].flow, "visit");
  EXPECT_EQ(judgement.findings[0].check, "outcome");
  EXPECT_EQ(judgement.findings[0].at, kAt);
  EXPECT_EQ(judgement.findings[1].check, "reaches");
  EXPECT_THAT(judgement.lost, IsEmpty());
}

TEST(Judge, MakesLostEvidenceAnErrorThoughEveryCheckHolds) {
  Seen seen;
  seen.flows = {connected_to_web()};
  seen.lost = {"node 'gw': the kernel lost trace messages"};
  const Judgement judgement = judge(connected_case(), Backend::nft, seen);
  EXPECT_THAT(judgement.findings, IsEmpty());
  EXPECT_THAT(judgement.lost, ElementsAre("node 'gw': the kernel lost trace messages"));
}

TEST(Judge, MakesAContradictionAnErrorThoughNoCheckAsksForIt) {
  Case c = connected_case();
  c.checks.clear();
  Seen seen;
  seen.flows = {seen_flow(FlowResult::Socket::completed,
                          {syn_dropped_at_gw(policy("filter", "FORWARD", Verdict::drop))})};
  EXPECT_EQ(judge(c, Backend::nft, seen).lost.size(), 1u);
}

TEST(Judge, KeepsAChecksMissingGroundsApartFromLostEvidence) {
  Case c = connected_case();
  ConntrackCheck entry;
  entry.node = "gw";
  c.checks[0].conntrack = {entry};
  Seen seen;
  seen.flows = {connected_to_web()};
  const Judgement judgement = judge(c, Backend::nft, seen);
  EXPECT_THAT(judgement.lost, IsEmpty());
  EXPECT_EQ(judgement.unanswerable.size(), 1u);
}

TEST(Judge, MakesAFlowOfWhichNothingIsToldAnError) {
  EXPECT_THAT(judge(connected_case(), Backend::nft, {}).lost,
              ElementsAre("flow 'visit': nothing tells how it went"));
}

}  // namespace
}  // namespace fwproof::judge
