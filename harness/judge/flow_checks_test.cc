#include <gtest/gtest.h>

#include "judge/seen_builder.h"

namespace fwproof::judge {
namespace {

using Socket = FlowResult::Socket;

std::string run(void (*check)(const FlowView&, Judgement&), const FlowChecks& checks,
                const FlowSeen& seen, const Flow& flow = tcp_flow()) {
  Judgement judgement;
  check({flow, checks, seen}, judgement);
  return text_of(judgement);
}

std::string run_dropped(const FlowChecks& checks, const FlowSeen& went, const Seen& seen = {}) {
  const Flow flow = tcp_flow();
  Judgement judgement;
  check_dropped({flow, checks, went}, seen, judgement);
  return text_of(judgement);
}

FlowSeen dropped_by_policy() {
  return seen_flow(Socket::pending,
                   {syn_dropped_at_gw(policy("filter", "FORWARD", Verdict::drop))});
}

StepPattern forward_policy() {
  StepPattern p;
  p.table = "filter";
  p.chain = "FORWARD";
  p.says = StepPattern::Says::policy;
  p.text = "filter FORWARD policy";
  return p;
}

TEST(OutcomeCheck, SaysWhereThePacketEndedWhenItDoesNotHold) {
  FlowChecks checks;
  checks.outcome = OutcomeCheck{"connected", kAt};
  EXPECT_EQ(run(check_outcome, checks, connected_to_web()), "");
  EXPECT_EQ(run(check_outcome, checks, dropped_by_policy()),
            "outcome\n"
            "asserted connected\n"
            "seen     dropped\n"
            "note     'syn' dropped at gw filter FORWARD policy DROP\n"
            "packet   syn\n");
}

TEST(DroppedCheck, HoldsForThePolicyOrRuleThatDidIt) {
  FlowChecks checks;
  checks.dropped = DroppedCheck{"gw", forward_policy(), kAt};
  EXPECT_EQ(run_dropped(checks, dropped_by_policy()), "");
  checks.dropped->step.in_dev = "eth0";
  EXPECT_EQ(run_dropped(checks, dropped_by_policy()), "");
}

TEST(DroppedCheck, ListsTheDropsThatWereSeen) {
  FlowChecks checks;
  checks.dropped = DroppedCheck{"gw", forward_policy(), kAt};
  const FlowSeen seen = seen_flow(
      Socket::pending, {syn_dropped_at_gw(rule("filter", "FORWARD", 3, "DROP", Verdict::drop))});
  EXPECT_EQ(run_dropped(checks, seen),
            "dropped\n"
            "asserted gw filter FORWARD policy\n"
            "seen     gw filter FORWARD rule 3 DROP\n"
            "note     'syn' dropped at gw filter FORWARD rule 3 DROP "
            "(fixtures/rulesets/gw.rules:13)\n"
            "packet   syn\n");
  EXPECT_EQ(run_dropped(checks, connected_to_web()),
            "dropped\n"
            "asserted gw filter FORWARD policy\n"
            "seen     nothing: no packet of the flow was dropped\n"
            "note     'syn' delivered to web\n"
            "packet   syn\n");
}

TEST(DroppedCheck, IsAboutOneNodeAndOneDevice) {
  FlowChecks checks;
  checks.dropped = DroppedCheck{"web", forward_policy(), kAt};
  EXPECT_NE(run_dropped(checks, dropped_by_policy()), "");
  checks.dropped = DroppedCheck{"gw", forward_policy(), kAt};
  checks.dropped->step.in_dev = "eth1";
  EXPECT_NE(run_dropped(checks, dropped_by_policy()), "");
}

TEST(DroppedCheck, IsAnErrorWhereTheLinesOfTheRulesAreNotKnown) {
  Seen seen;
  seen.rulesets["gw"].tables = {filter_forward({"DROP"})};
  seen.rulesets["gw"].tables[0].chains[0].rules[0].at = {};
  FlowChecks checks;
  checks.dropped = DroppedCheck{"gw", forward_policy(), kAt};
  checks.dropped->step.says = StepPattern::Says::rule;
  checks.dropped->step.rule_file = "gw.rules";
  checks.dropped->step.rule_line = 6;
  EXPECT_EQ(run_dropped(checks, dropped_by_policy(), seen),
            "error: node 'gw': the lines of the rules of 'filter FORWARD' are not known "
            "(case.yaml:12)\n");
  // Nor may they be known of the rules before these alone.
  seen.rulesets_before["gw"].emplace_back().tables = {filter_forward({"DROP"})};
  Rule& before = seen.rulesets_before["gw"][0].tables[0].chains[0].rules[0];
  before.at = {.file = "gw.rules", .line = 6};
  seen.rulesets["gw"].tables[0].chains[0].rules[0].unclear = true;
  EXPECT_NE(run_dropped(checks, dropped_by_policy(), seen).find("are not known"),
            std::string::npos);
}

TEST(OutcomeCheck, SaysWhatBecameOfTheAnswerOfAReject) {
  FlowChecks checks;
  checks.outcome = OutcomeCheck{"rejected", kAt};
  const Walk syn = syn_dropped_at_gw(rule("filter", "FORWARD", 3, "REJECT", Verdict::drop));
  EXPECT_EQ(run(check_outcome, checks, seen_flow(Socket::pending, {syn})),
            "outcome\n"
            "asserted rejected\n"
            "seen     dropped\n"
            "note     'syn' dropped at gw filter FORWARD rule 3 REJECT "
            "(fixtures/rulesets/gw.rules:13); no answer to it was sent\n"
            "packet   syn\n");
  Walk error =
      walk("port-unreachable", Direction::reply, icmp_packet("10.0.0.1", "1.2.3.4", 3, 3),
           {{"gw", {hook(Hook::output, "out eth0"), hook(Hook::postrouting, "out eth0")}}});
  error.about = "syn";
  EXPECT_EQ(run(check_outcome, checks, seen_flow(Socket::pending, {syn, error})),
            "outcome\n"
            "asserted rejected\n"
            "seen     dropped\n"
            "note     'syn' dropped at gw filter FORWARD rule 3 REJECT "
            "(fixtures/rulesets/gw.rules:13); its answer 'port-unreachable' left gw and was seen "
            "nowhere after\n"
            "packet   syn\n");
}

TEST(ReachesCheck, ComparesTheServicesNodeAndPort) {
  FlowChecks checks;
  checks.reaches = ReachesCheck{"web", 80, "web:80", kAt};
  EXPECT_EQ(run(check_reaches, checks, connected_to_web()), "");
  checks.reaches = ReachesCheck{"web", 0, "web", kAt};
  EXPECT_EQ(run(check_reaches, checks, connected_to_web()), "");
  checks.reaches = ReachesCheck{"web", 8080, "web:8080", kAt};
  EXPECT_EQ(run(check_reaches, checks, connected_to_web()),
            "reaches\n"
            "asserted web:8080\n"
            "seen     web:80\n"
            "packet   syn\n");
}

TEST(ReachesCheck, SaysWhereAFlowThatReachedNobodyEnded) {
  FlowChecks checks;
  checks.reaches = ReachesCheck{"web", 80, "web:80", kAt};
  EXPECT_EQ(run(check_reaches, checks, dropped_by_policy()),
            "reaches\n"
            "asserted web:80\n"
            "seen     nothing: no service took the flow\n"
            "note     'syn' dropped at gw filter FORWARD policy DROP\n"
            "packet   syn\n");
}

TEST(ReachesCheck, OfAnEchoRequestIsWhereItWasDelivered) {
  Flow ping = tcp_flow();
  ping.kind = FlowKind::icmp;
  Walk request = syn_to_web();
  request.name = "echo-request";
  const Packet masqueraded = icmp_packet("203.0.113.1", "10.0.0.5", 8);
  request.visits.back().hooks.back().at_end = masqueraded;
  const FlowSeen seen = seen_flow(Socket::completed, {request});
  FlowChecks checks;
  checks.reaches = ReachesCheck{"web", 0, "web", kAt};
  EXPECT_EQ(run(check_reaches, checks, seen, ping), "");
  checks.seen_as = SeenAsCheck{endpoint("203.0.113.1"), "203.0.113.1", kAt};
  EXPECT_EQ(run(check_seen_as, checks, seen, ping), "");
}

TEST(SeenAsCheck, ComparesThePortOnlyIfItIsAsserted) {
  FlowChecks checks;
  checks.seen_as = SeenAsCheck{endpoint("1.2.3.4"), "1.2.3.4", kAt};
  EXPECT_EQ(run(check_seen_as, checks, connected_to_web()), "");
  checks.seen_as = SeenAsCheck{endpoint("10.0.0.1:60000"), "10.0.0.1:60000", kAt};
  EXPECT_EQ(run(check_seen_as, checks, connected_to_web()),
            "seen as\n"
            "asserted 10.0.0.1:60000\n"
            "seen     1.2.3.4:60000\n"
            "note     as 'web' saw it\n"
            "packet   syn\n");
}

TEST(SeenAsCheck, IsAnErrorWhenTheServiceDidNotTell) {
  FlowSeen seen = connected_to_web();
  seen.result.seen_as.reset();
  FlowChecks checks;
  checks.seen_as = SeenAsCheck{endpoint("1.2.3.4"), "1.2.3.4", kAt};
  EXPECT_EQ(run(check_seen_as, checks, seen),
            "error: check 'seen as' of flow 'visit': nothing tells what 'web' saw "
            "(case.yaml:12)\n");
}

TEST(AnsweredFromCheck, LooksAtTheAnswerAsItGotToTheClient) {
  FlowSeen seen = connected_to_web();
  seen.walks[1].visits.back().hooks.back().at_end =
      tcp_packet("203.0.113.1:8080", "1.2.3.4:60000", kTcpSyn | kTcpAck);
  FlowChecks checks;
  checks.answered_from = AnsweredFromCheck{endpoint("203.0.113.1:8080"), "203.0.113.1:8080", kAt};
  EXPECT_EQ(run(check_answered_from, checks, seen), "");
  EXPECT_EQ(run(check_answered_from, checks, connected_to_web()),
            "answered from\n"
            "asserted 203.0.113.1:8080\n"
            "seen     10.0.0.5:80\n"
            "packet   syn-ack\n");
  EXPECT_EQ(run(check_answered_from, checks, dropped_by_policy()),
            "answered from\n"
            "asserted 203.0.113.1:8080\n"
            "seen     nothing: no answer got to 'client'\n"
            "note     'syn' dropped at gw filter FORWARD policy DROP\n"
            "packet   syn\n");
}

TEST(AnsweredFromCheck, TakesNoAnswerThatTheClientItselfDropped) {
  FlowSeen seen = connected_to_web();
  seen.walks[1] = walk(
      "syn-ack", Direction::reply, tcp_packet("10.0.0.5:80", "1.2.3.4:60000", kTcpSyn | kTcpAck),
      {{"client",
        {hook(Hook::prerouting, "in eth0"),
         hook(Hook::input, "in eth0", {policy("filter", "INPUT", Verdict::drop)})}}});
  FlowChecks checks;
  checks.answered_from = AnsweredFromCheck{endpoint("10.0.0.5:80"), "10.0.0.5:80", kAt};
  EXPECT_EQ(run(check_answered_from, checks, seen),
            "answered from\n"
            "asserted 10.0.0.5:80\n"
            "seen     nothing: no answer got to 'client'\n"
            "note     'syn-ack' dropped at client filter INPUT policy DROP\n"
            "packet   syn-ack\n");
}

TEST(ProgramCheck, ComparesExitStatusAndOutput) {
  Flow curl = tcp_flow();
  curl.kind = FlowKind::exec;
  FlowSeen seen = seen_flow(Socket::ran);
  seen.result.exit_status = 28;
  seen.result.standard_output = "HTTP/1.1 200 OK\n";
  FlowChecks checks;
  checks.program = ProgramCheck{28, {"200 OK"}, {}, {}, {}, kAt};
  EXPECT_EQ(run(check_program, checks, seen, curl), "");
  checks.program = ProgramCheck{0, {"404"}, {"refused"}, {"200"}, {"curl"}, kAt};
  EXPECT_EQ(run(check_program, checks, seen, curl),
            "exit\n"
            "asserted 0\n"
            "seen     28\n"
            "output\n"
            "asserted 404\n"
            "seen     HTTP/1.1 200 OK\n\n"
            "note     the text asserted stands nowhere in it\n"
            "error output\n"
            "asserted refused\n"
            "seen     nothing\n"
            "note     the text asserted stands nowhere in it\n"
            "output lacks\n"
            "asserted 200\n"
            "seen     HTTP/1.1 200 OK\n\n"
            "note     the text stands in it, and must not\n");
}

TEST(ProgramCheck, DoesNotSayWhatLongOutputLacks) {
  Flow curl = tcp_flow();
  curl.kind = FlowKind::exec;
  FlowSeen seen = seen_flow(Socket::ran);
  seen.result.standard_output.assign(1 << 20, 'y');
  FlowChecks checks;
  checks.program = ProgramCheck{{}, {"yy"}, {}, {"no"}, {}, kAt};
  EXPECT_EQ(run(check_program, checks, seen, curl),
            "error: check 'output lacks' of flow 'visit': 'no' may stand behind the first MiB, "
            "which alone is kept (case.yaml:12)\n");
}

TEST(ProgramCheck, TakesNoExitStatusFromAProgramThatWasEnded) {
  Flow curl = tcp_flow();
  curl.kind = FlowKind::exec;
  FlowSeen seen = seen_flow(Socket::ended);
  seen.result.exit_status = 143;
  seen.result.deadline_passed = true;
  FlowChecks checks;
  checks.program = ProgramCheck{143, {}, {}, {}, {}, kAt};
  EXPECT_EQ(run(check_program, checks, seen, curl),
            "exit\n"
            "asserted 143\n"
            "seen     ended\n"
            "note     it was ended when its deadline passed\n");
}

}  // namespace
}  // namespace fwproof::judge
