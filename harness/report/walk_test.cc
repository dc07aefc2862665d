#include "report/walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/samples_test.h"

namespace fwproof::report {
namespace {

TEST(WalkText, ShowsEachHookEachRuleAndWhatNatChanged) {
  EXPECT_EQ(walk_text(dropped_syn(), {}),
            "syn  1.2.3.4:60000 > 203.0.113.1:8080 tcp syn len 0\n"
            "  client  OUTPUT       out eth0\n"
            "          POSTROUTING  out eth0\n"
            "  gw      PREROUTING   in eth0\n"
            "            raw PREROUTING policy ACCEPT\n"
            "            nat PREROUTING rule 1 DNAT  port-forward.rules:5\n"
            "              -A PREROUTING -i eth0 -p tcp --dport 8080 -j DNAT"
            " --to-destination 10.0.0.5:80\n"
            "            => 1.2.3.4:60000 > 10.0.0.5:80  destination rewritten\n"
            "          FORWARD      in eth0 out eth1\n"
            "            filter FORWARD policy DROP  port-forward.rules:11\n"
            "              :FORWARD DROP [0:0]\n"
            "  dropped at gw filter FORWARD policy DROP (port-forward.rules:11)\n");
}

TEST(WalkText, SaysWhereAnAddressWasFoundChangedOnArrival) {
  EXPECT_EQ(walk_text(delivered_syn_ack(), {}),
            "syn-ack  10.0.0.5:80 > 1.2.3.4:60000 tcp syn,ack len 0\n"
            "  web     OUTPUT       out eth0\n"
            "          POSTROUTING  out eth0\n"
            "  gw      PREROUTING   in eth1\n"
            "          FORWARD      in eth1 out eth0\n"
            "            filter FORWARD policy ACCEPT\n"
            "          POSTROUTING  in eth1 out eth0\n"
            "  client  PREROUTING   in eth0\n"
            "            => 203.0.113.1:8080 > 1.2.3.4:60000  source rewritten before this hook\n"
            "          INPUT        in eth0\n"
            "  delivered to client\n");
}

Walk one_hook(std::vector<Step> steps) {
  Walk walk;
  walk.name = "echo-request";
  walk.packet.protocol = kProtocolIcmp;
  walk.packet.icmp_type = 8;
  walk.packet.source = IpAddress::parse("10.0.0.1").value();
  walk.packet.destination = IpAddress::parse("10.0.0.5").value();
  walk.visits = {{"gw", {visit(Hook::input, "eth0", "", std::move(steps))}}};
  walk.end.kind = WalkEnd::Kind::delivered;
  walk.end.node = "gw";
  return walk;
}

TEST(WalkText, TellsLegacyTablesFromOthersOfTheSameName) {
  Step legacy = rule("filter", "INPUT", 2, "ACCEPT", "-A INPUT -j ACCEPT", 7);
  legacy.legacy = true;
  Step legacy_policy = policy("mangle", "INPUT", "ACCEPT");
  legacy_policy.legacy = true;
  EXPECT_EQ(walk_text(one_hook({legacy_policy, policy("filter", "INPUT", "ACCEPT"), legacy}), {}),
            "echo-request  10.0.0.1 > 10.0.0.5 echo-request\n"
            "  gw  INPUT        in eth0\n"
            "        mangle INPUT policy ACCEPT  (legacy)\n"
            "        filter INPUT policy ACCEPT\n"
            "        filter INPUT rule 2 ACCEPT  port-forward.rules:7 (legacy)\n"
            "          -A INPUT -j ACCEPT\n"
            "  delivered to gw\n");
}

TEST(WalkText, SaysThatARuleCouldNotBeFound) {
  Step unknown = rule("filter", "INPUT", 0, "ACCEPT", "", 0);
  EXPECT_EQ(walk_text(one_hook({unknown}), {}),
            "echo-request  10.0.0.1 > 10.0.0.5 echo-request\n"
            "  gw  INPUT        in eth0\n"
            "        filter INPUT rule 0 ACCEPT\n"
            "          (a rule that is not in the ruleset as it was read)\n"
            "  delivered to gw\n");
}

TEST(WalkText, NamesTheElementsThatCouldBeTold) {
  Step step = policy("filter", "INPUT", "ACCEPT");
  step.kind = TraceEvent::Kind::rule;
  step.rule_number = 2;
  step.rule_text = "ip saddr @staff tcp dport { 22, 80 } ip daddr @seen accept";
  step.elements = {{.set = "staff", .key = "10.0.1.7", .element = "10.0.1.0/28"},
                   {.set = "__set0", .key = "22", .element = "22"},
                   {.set = "seen", .key = "", .element = ""}};
  EXPECT_THAT(walk_text(one_hook({step}), {}),
              testing::HasSubstr("ip saddr @staff tcp dport { 22, 80 } ip daddr @seen accept\n"
                                 "          element 10.0.1.0/28 of staff\n"
                                 "          element 22\n"
                                 "  delivered to gw\n"));
}

TEST(WalkText, ShowsARewrittenIcmpId) {
  Walk walk = one_hook({});
  Packet rewritten = walk.packet;
  walk.packet.icmp_id = 7;
  rewritten.icmp_id = 9;
  walk.visits[0].hooks[0].at_end = rewritten;
  EXPECT_EQ(walk_text(walk, {}),
            "echo-request  10.0.0.1 > 10.0.0.5 echo-request\n"
            "  gw  INPUT        in eth0\n"
            "        => 10.0.0.1 > 10.0.0.5 id 9  icmp id 7 rewritten\n"
            "  delivered to gw\n");
}

TEST(WalkText, NamesThePacketThatAnErrorAnswers) {
  Walk walk = one_hook({});
  walk.name = "port-unreachable";
  walk.about = "syn";
  walk.packet.icmp_type = 3;
  walk.packet.icmp_code = 3;
  EXPECT_EQ(walk_text(walk, {}),
            "port-unreachable  10.0.0.1 > 10.0.0.5 port-unreachable, in answer to 'syn'\n"
            "  gw  INPUT        in eth0\n"
            "  delivered to gw\n");
}

TEST(WalkText, LetsNoTerminalEscapeThrough) {
  Step evil = rule("filter", "INPUT", 1, "ACCEPT", "-A INPUT --comment \"\x1b[2Jgone\"", 1);
  evil.at.file = "a\x1b.rules";
  Walk walk = one_hook({evil});
  EXPECT_EQ(walk_text(walk, {}),
            "echo-request  10.0.0.1 > 10.0.0.5 echo-request\n"
            "  gw  INPUT        in eth0\n"
            "        filter INPUT rule 1 ACCEPT  a\\x1b.rules:1\n"
            "          -A INPUT --comment \"\\x1b[2Jgone\"\n"
            "  delivered to gw\n");
}

TEST(WalkText, PaintsTheStepThatEndedTheWalk) {
  const std::string text = walk_text(dropped_syn(), {.colour = true});
  EXPECT_NE(text.find("\x1b[31mfilter FORWARD policy DROP\x1b[0m  port-forward.rules:11\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\x1b[2mraw PREROUTING policy ACCEPT\x1b[0m\n"), std::string::npos) << text;
}

TEST(WalkLines, AreAligned) {
  const Walk syn = dropped_syn();
  const Walk syn_ack = delivered_syn_ack();
  EXPECT_EQ(
      walk_lines({&syn, &syn_ack}, {}),
      "syn      1.2.3.4:60000 > 203.0.113.1:8080 tcp syn len 0  client > gw        dropped at gw"
      " filter FORWARD policy DROP (port-forward.rules:11)\n"
      "syn-ack  10.0.0.5:80 > 1.2.3.4:60000 tcp syn,ack len 0   web > gw > client  delivered\n");
}

TEST(SameWay, LooksAtStepsAndAddressesButNotAtTheTtl) {
  const Walk walk = delivered_syn_ack();
  Walk other = walk;
  other.name = "reply data";
  other.visits[2].hooks[0].at_start->ttl = 3;
  EXPECT_TRUE(same_way(walk, other));
  other.visits[2].hooks[0].at_start->source_port = 81;
  EXPECT_FALSE(same_way(walk, other));
  other = walk;
  other.visits[1].hooks[1].steps[0].target = "DROP";
  EXPECT_FALSE(same_way(walk, other));
  other = walk;
  other.end.kind = WalkEnd::Kind::left;
  EXPECT_FALSE(same_way(walk, other));
}

}  // namespace
}  // namespace fwproof::report
