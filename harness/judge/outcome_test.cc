#include "judge/outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "judge/seen_builder.h"

namespace fwproof::judge {
namespace {

using Socket = FlowResult::Socket;
using testing::ElementsAre;
using testing::IsEmpty;

Step drop_policy() { return policy("filter", "FORWARD", Verdict::drop); }
Step reject_rule() { return rule("filter", "FORWARD", 3, "REJECT", Verdict::drop); }

Walk answer_from_gw(const std::string& name, const Packet& packet) {
  Walk w = walk(name, Direction::reply, packet,
                {{"gw", {hook(Hook::output, "out eth0")}},
                 {"client", {hook(Hook::prerouting, "in eth0"), hook(Hook::input, "in eth0")}}});
  w.about = "syn";
  return w;
}

/// The ICMP error of a REJECT at gw, as far as the client.
Walk port_unreachable() {
  return answer_from_gw("port-unreachable", icmp_packet("10.0.0.1", "1.2.3.4", 3, 3));
}

Flow udp_flow() {
  Flow flow = tcp_flow();
  flow.kind = FlowKind::udp;
  return flow;
}

Flow exec_flow() {
  Flow flow = tcp_flow();
  flow.kind = FlowKind::exec;
  return flow;
}

TEST(Outcome, IsConnectedOrAnsweredWhenTheSocketGotItsAnswer) {
  EXPECT_EQ(outcome_of(tcp_flow(), connected_to_web()), "connected");
  EXPECT_EQ(outcome_of(udp_flow(), connected_to_web()), "answered");
}

TEST(Outcome, IsDroppedWhenARuleSaidSoHoweverTheSocketPutsIt) {
  for (const int error : {0, ETIMEDOUT, EPERM}) {
    const Socket socket = error ? Socket::failed : Socket::pending;
    const FlowSeen seen = seen_flow(socket, {syn_dropped_at_gw(drop_policy())}, error);
    EXPECT_EQ(outcome_of(tcp_flow(), seen), "dropped") << error;
  }
}

TEST(Outcome, NamesTheAnswerOfARejectByThePacketThatWasSeen) {
  const Packet reset = tcp_packet("10.0.0.5:80", "1.2.3.4:60000", kTcpRst | kTcpAck);
  EXPECT_EQ(outcome_of(tcp_flow(), seen_flow(Socket::failed,
                                             {syn_dropped_at_gw(reject_rule()),
                                              answer_from_gw("reply rst", reset)},
                                             ECONNREFUSED)),
            "rejected tcp-reset");
  const Packet prohibited = icmp_packet("10.0.0.1", "1.2.3.4", 3, 13);
  EXPECT_EQ(
      outcome_of(tcp_flow(), seen_flow(Socket::failed,
                                       {syn_dropped_at_gw(reject_rule()),
                                        answer_from_gw("communication-prohibited", prohibited)},
                                       EHOSTUNREACH)),
      "rejected communication-prohibited");
}

TEST(Outcome, IsDroppedWhenARejectSentNoAnswer) {
  EXPECT_EQ(outcome_of(tcp_flow(), seen_flow(Socket::pending, {syn_dropped_at_gw(reject_rule())})),
            "dropped");
  EXPECT_EQ(outcome_of(tcp_flow(), seen_flow(Socket::pending, {syn_dropped_at_gw(reject_rule()),
                                                               port_unreachable()})),
            "rejected port-unreachable");
}

TEST(Outcome, IsDroppedWhenTheAnswerOfARejectWentAnotherWay) {
  Walk reset = answer_from_gw("reply rst", tcp_packet("10.0.0.5:80", "1.2.3.4:60000", kTcpRst));
  reset.end.node = "elsewhere";
  EXPECT_EQ(
      outcome_of(tcp_flow(), seen_flow(Socket::pending, {syn_dropped_at_gw(reject_rule()), reset})),
      "dropped");
}

TEST(Outcome, IsDroppedWhenTheClientItselfRejectsTheAnswerAlsoOverLo) {
  Walk syn_ack = syn_ack_to_client();
  syn_ack.end.kind = WalkEnd::Kind::dropped;
  syn_ack.end.step = reject_rule();
  Walk reset = walk("rst", Direction::original, tcp_packet("1.2.3.4:60000", "10.0.0.5:80", kTcpRst),
                    {{"client", {hook(Hook::output, "out eth0")}},
                     {"web", {hook(Hook::prerouting, "in eth0"), hook(Hook::input, "in eth0")}}});
  reset.about = "syn-ack";
  for (const std::string server : {"web", "client"}) {
    reset.end.node = server;
    EXPECT_EQ(outcome_of(tcp_flow(), seen_flow(Socket::pending, {syn_to_web(), syn_ack, reset})),
              "dropped");
  }
}

TEST(Outcome, IsDroppedWhenTheAnswerOfARejectWasDropped) {
  Walk reset =
      walk("reply rst", Direction::reply, tcp_packet("10.0.0.5:80", "1.2.3.4:60000", kTcpRst),
           {{"gw", {hook(Hook::output, "out eth0", {policy("filter", "OUTPUT", Verdict::drop)})}}});
  reset.about = "syn";
  EXPECT_EQ(
      outcome_of(tcp_flow(), seen_flow(Socket::pending, {syn_dropped_at_gw(reject_rule()), reset})),
      "dropped");
}

TEST(Outcome, IsRefusedWhenNobodyListensAndNoRuleRejects) {
  const Packet reset = tcp_packet("10.0.0.5:80", "1.2.3.4:60000", kTcpRst | kTcpAck);
  const FlowSeen seen =
      seen_flow(Socket::failed, {syn_to_web(), answer_from_gw("reply rst", reset)}, ECONNREFUSED);
  EXPECT_EQ(outcome_of(tcp_flow(), seen), "refused");
  EXPECT_THAT(contradictions(tcp_flow(), seen), IsEmpty());
}

TEST(Outcome, IsRefusedWhenOnlyAnEarlierTryWasDropped) {
  Walk second = syn_to_web();
  second.name = "syn 2";
  EXPECT_EQ(
      outcome_of(tcp_flow(), seen_flow(Socket::failed, {syn_dropped_at_gw(drop_policy()), second},
                                       ECONNREFUSED)),
      "refused");
}

TEST(Outcome, IsUnreachableByTheNameOfTheIcmpErrorOrOfTheSocketsError) {
  EXPECT_EQ(outcome_of(tcp_flow(), seen_flow(Socket::failed, {}, ENETUNREACH)),
            "unreachable network-unreachable");
  EXPECT_EQ(outcome_of(tcp_flow(), seen_flow(Socket::failed, {}, EHOSTUNREACH)),
            "unreachable host-unreachable");
  const Walk told = answer_from_gw("time-exceeded", icmp_packet("10.0.0.1", "1.2.3.4", 11));
  EXPECT_EQ(outcome_of(tcp_flow(), seen_flow(Socket::failed, {syn_to_web(), told}, EHOSTUNREACH)),
            "unreachable time-exceeded");
}

TEST(Outcome, TellsOfARouteThatRefusedAPacketBeforeItWas) {
  FlowSeen seen = seen_flow(Socket::failed, {}, EACCES);
  EXPECT_EQ(outcome_of(tcp_flow(), seen), "failed: Permission denied");
  seen.not_sent = CauseFound{Cause::prohibited, "client", {}};
  EXPECT_EQ(outcome_of(tcp_flow(), seen), "unreachable communication-prohibited");
  seen = seen_flow(Socket::failed, {}, EINVAL);
  seen.not_sent = CauseFound{Cause::blackhole, "client", {}};
  EXPECT_EQ(outcome_of(tcp_flow(), seen), "lost");
}

TEST(Outcome, IsTimedOutOrLostWhenNoVerdictSaysWhy) {
  EXPECT_EQ(outcome_of(tcp_flow(), seen_flow(Socket::failed, {syn_to_web()}, ETIMEDOUT)),
            "timed out");
  EXPECT_EQ(outcome_of(tcp_flow(), seen_flow(Socket::pending, {syn_to_web()})), "lost");
}

TEST(Outcome, OfAConnectionThatStandsLooksAtLaterPacketsOnly) {
  const Walk syn_2 = syn_to_web();
  EXPECT_EQ(
      outcome_of(tcp_flow(), seen_flow(Socket::half, {syn_dropped_at_gw(drop_policy()), syn_2})),
      "lost");
  Walk data = syn_dropped_at_gw(drop_policy());
  data.name = "data";
  EXPECT_EQ(outcome_of(tcp_flow(), seen_flow(Socket::half, {syn_2, data})), "dropped");
}

TEST(Outcome, OfAProgramIsItsExitStatusOrWhyItWasEnded) {
  FlowSeen seen = seen_flow(Socket::ran);
  seen.result.exit_status = 7;
  EXPECT_EQ(outcome_of(exec_flow(), seen), "exited 7");
  EXPECT_EQ(outcome_of(exec_flow(), seen_flow(Socket::ended)), "ended");
  EXPECT_EQ(outcome_of(exec_flow(), seen_flow(Socket::ended, {syn_dropped_at_gw(drop_policy())})),
            "dropped");
}

TEST(HasOutcome, TakesTheFirstWordsForTheWhole) {
  const FlowSeen seen =
      seen_flow(Socket::pending, {syn_dropped_at_gw(reject_rule()), port_unreachable()});
  EXPECT_TRUE(has_outcome(tcp_flow(), seen, "rejected"));
  EXPECT_TRUE(has_outcome(tcp_flow(), seen, "rejected port-unreachable"));
  EXPECT_FALSE(has_outcome(tcp_flow(), seen, "rejected tcp-reset"));
  EXPECT_FALSE(has_outcome(tcp_flow(), seen, "reject"));
  EXPECT_FALSE(has_outcome(tcp_flow(), seen, "refused"));
}

TEST(HasOutcome, TimedOutIsAlsoTrueOfADropTheSocketTimedOutOver) {
  const std::vector<Walk> walks{syn_dropped_at_gw(drop_policy())};
  EXPECT_TRUE(has_outcome(tcp_flow(), seen_flow(Socket::failed, walks, ETIMEDOUT), "timed out"));
  EXPECT_TRUE(has_outcome(tcp_flow(), seen_flow(Socket::failed, walks, ETIMEDOUT), "dropped"));
  EXPECT_FALSE(has_outcome(tcp_flow(), seen_flow(Socket::pending, walks), "timed out"));
}

TEST(Contradictions, AreNoneInAWholeConnection) {
  EXPECT_THAT(contradictions(tcp_flow(), connected_to_web()), IsEmpty());
}

TEST(Contradictions, NameAConnectionWhoseEverySynWasDropped) {
  const FlowSeen seen = seen_flow(Socket::completed, {syn_dropped_at_gw(drop_policy())});
  EXPECT_THAT(contradictions(tcp_flow(), seen),
              ElementsAre("flow 'visit': the socket says 'connected', but no packet that began it "
                          "was delivered: 'syn' dropped at gw filter FORWARD policy DROP"));
}

TEST(Contradictions, NameAConnectionOfWhichNothingWasSeen) {
  EXPECT_THAT(contradictions(tcp_flow(), seen_flow(Socket::completed)),
              ElementsAre("flow 'visit': the socket says 'connected', but no packet that began it "
                          "was seen"));
}

TEST(Contradictions, NameARefusalThatNobodySent) {
  EXPECT_THAT(contradictions(tcp_flow(), seen_flow(Socket::failed, {syn_to_web()}, ECONNREFUSED)),
              ElementsAre("flow 'visit': the socket says 'refused', but nothing that refuses was "
                          "seen to get to 'client'"));
}

TEST(Contradictions, NameAServiceThatTookWhatNeverCame) {
  FlowSeen seen = seen_flow(Socket::pending, {syn_dropped_at_gw(drop_policy())});
  seen.result.accepted_by = "web";
  EXPECT_THAT(contradictions(tcp_flow(), seen),
              ElementsAre("flow 'visit': the service of 'web' took it, but no packet was seen to "
                          "get there"));
}

TEST(Contradictions, AreNoneWhereOneOfManyReceiversTookWhatAnotherDropped) {
  FlowSeen seen = seen_flow(Socket::pending, {syn_dropped_at_gw(drop_policy())});
  seen.walks[0].other_ends.push_back({.kind = WalkEnd::Kind::delivered, .node = "web"});
  seen.result.accepted_by = "web";
  EXPECT_THAT(contradictions(tcp_flow(), seen), testing::IsEmpty());
}

TEST(Contradictions, NameAnErrorThatNothingExplains) {
  EXPECT_THAT(contradictions(tcp_flow(), seen_flow(Socket::failed, {}, EPERM)),
              ElementsAre("flow 'visit': the socket failed: Operation not permitted, and nothing "
                          "seen says why"));
}

Flow crafted(FlowKind kind = FlowKind::tcp) {
  Flow flow = tcp_flow();
  flow.kind = kind;
  flow.craft.emplace();
  return flow;
}

Walk reset_to_client() {
  Walk w = syn_ack_to_client();
  w.name = "reply rst";
  w.packet.tcp_flags = kTcpRst | kTcpAck;
  return w;
}

TEST(Outcome, OfACraftedPacketIsWhereItGotToIfNothingAnswers) {
  EXPECT_EQ(outcome_of(crafted(), seen_flow(Socket::sent, {syn_to_web()})), "delivered");
  EXPECT_EQ(outcome_of(crafted(), seen_flow(Socket::sent, {syn_dropped_at_gw(drop_policy())})),
            "dropped");
  EXPECT_EQ(outcome_of(crafted(), seen_flow(Socket::sent, {})), "lost");
}

TEST(Outcome, OfACraftedPacketIsWhatCameBackForIt) {
  EXPECT_EQ(outcome_of(crafted(), seen_flow(Socket::sent, {syn_to_web(), syn_ack_to_client()})),
            "answered");
  EXPECT_EQ(outcome_of(crafted(), seen_flow(Socket::sent, {syn_to_web(), reset_to_client()})),
            "refused");
  Walk error = port_unreachable();
  error.about.clear();
  EXPECT_EQ(outcome_of(crafted(FlowKind::udp), seen_flow(Socket::sent, {syn_to_web(), error})),
            "refused");
  EXPECT_EQ(outcome_of(crafted(FlowKind::other), seen_flow(Socket::sent, {syn_to_web(), error})),
            "unreachable port-unreachable");
}

TEST(Outcome, OfACraftedPacketIgnoresWhatBecameOfTheResetOfItsSendersOwnTcp) {
  Walk reset = syn_dropped_at_gw(drop_policy());
  reset.name = "rst";
  reset.packet.tcp_flags = kTcpRst;
  const FlowSeen seen = seen_flow(Socket::sent, {syn_to_web(), syn_ack_to_client(), reset});
  EXPECT_EQ(outcome_of(crafted(), seen), "answered");
  Flow resets = crafted();
  resets.craft->flags = kTcpRst;
  EXPECT_EQ(outcome_of(resets, seen), "dropped");
}

}  // namespace
}  // namespace fwproof::judge
