#include <gtest/gtest.h>

#include "report/layout.h"
#include "report/samples_test.h"
#include "report/terminal.h"
#include "report/walk.h"

namespace fwproof::report {
namespace {

constexpr const char* kHeading =
    "FAIL  port-forward/real-client-address [iptables-nft]"
    "  cases/port-forward/real-client-address.yaml:1\n"
    "      the forwarded web server sees the client's own address\n";

TEST(Story, IsEmptyForWhatIsNotRed) {
  CaseResult result = failed_case();
  result.outcome = Outcome::pass;
  EXPECT_EQ(story(result, {}), "");
  result.outcome = Outcome::skip;
  EXPECT_EQ(story(result, {}), "");
}

TEST(Story, TellsEverythingThatExplainsAFailure) {
  CaseResult result = failed_case();
  result.findings[0].note = "the syn did not reach 'web'";
  result.seen.flows[0].walks.push_back(delivered_syn_ack());
  result.seen.conntrack_active = {{"client", false}, {"gw", true}};
  result.seen.captures = {{"gw", "eth1", "tcp port 80", 3, {"1.2.3.4:60000 > 10.0.0.5:80 tcp syn"}},
                          {"web", "eth0", "tcp", 0, {}}};
  result.evidence = "kept/port-forward";
  EXPECT_EQ(story(result, {}),
            kHeading +
                std::string("\n"
                            "  cases/port-forward/real-client-address.yaml:9  visit: outcome\n"
                            "    asserted  connected\n"
                            "    seen      dropped\n"
                            "    note      the syn did not reach 'web'\n"
                            "\n"
                            "  flow visit: nothing came back\n"
                            "\n") +
                indented(walk_text(dropped_syn(), {}), 2) +
                "\n"
                "  other packets\n"
                "    syn-ack  10.0.0.5:80 > 1.2.3.4:60000 tcp syn,ack len 0"
                "  web > gw > client  delivered\n"
                "\n"
                "  conntrack at the end\n"
                "    client: none (no rule there needs connection tracking)\n"
                "    gw: none\n"
                "\n"
                "  captures\n"
                "    gw:eth1 'tcp port 80': 3 packets\n"
                "      1.2.3.4:60000 > 10.0.0.5:80 tcp syn\n"
                "      (and 2 more)\n"
                "    web:eth0 'tcp': 0 packets\n"
                "\n"
                "  evidence: kept/port-forward\n");
}

TEST(Story, AlignsListsOfSeveralLinesAndPrintsAWalkOnce) {
  CaseResult result = failed_case();
  result.seen.flows[0].walks = {delivered_syn_ack()};
  Finding walk = result.findings[0];
  walk.check = "walk gw syn-ack";
  walk.asserted = "[raw PREROUTING,\n mangle PREROUTING]";
  walk.seen = "";
  walk.packet = "syn-ack";
  result.findings = {walk, walk};
  const std::string finding =
      "\n"
      "  cases/port-forward/real-client-address.yaml:9  visit: walk gw syn-ack\n"
      "    asserted  [raw PREROUTING,\n"
      "               mangle PREROUTING]\n"
      "    seen      (nothing)\n";
  EXPECT_EQ(story(result, {}), kHeading + finding + finding +
                                   "\n"
                                   "  flow visit: nothing came back\n"
                                   "\n" +
                                   indented(walk_text(delivered_syn_ack(), {}), 2) +
                                   "\n"
                                   "  conntrack at the end\n"
                                   "    web: none\n"
                                   "    gw: none\n"
                                   "    client: none\n");
}

TEST(Story, LeavesOutFlowsThatNoFindingNames) {
  CaseResult result = failed_case();
  result.seen.flows[0].walks.clear();
  FlowSeen other;
  other.flow = "other";
  result.seen.flows.push_back(other);
  EXPECT_EQ(story(result, {}),
            kHeading + std::string("\n"
                                   "  cases/port-forward/real-client-address.yaml:9"
                                   "  visit: outcome\n"
                                   "    asserted  connected\n"
                                   "    seen      dropped\n"
                                   "\n"
                                   "  flow visit: nothing came back\n"
                                   "    no packet of this flow was seen\n"));
}

TEST(Story, ShowsHowAProgramEnded) {
  CaseResult result = failed_case();
  FlowSeen& flow = result.seen.flows[0];
  flow.walks = {delivered_syn_ack()};
  flow.result.socket = FlowResult::Socket::ran;
  flow.result.exit_status = 28;
  flow.result.standard_output = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
  flow.result.standard_error = "curl: (28) \x1b[31mtimed out\r\n";
  const std::string text = story(result, {});
  EXPECT_EQ(text.substr(text.find("  flow visit")),
            "  flow visit: the program exited with status 28\n"
            "    output  (1 line before)\n"
            "            2\n"
            "            3\n"
            "            4\n"
            "            5\n"
            "            6\n"
            "            7\n"
            "            8\n"
            "            9\n"
            "    error   curl: (28) \\x1b[31mtimed out\n"
            "\n"
            "  packets\n"
            "    syn-ack  10.0.0.5:80 > 1.2.3.4:60000 tcp syn,ack len 0"
            "  web > gw > client  delivered\n");
}

TEST(Story, TellsWhatTheClientAndTheServiceSaw) {
  CaseResult result = failed_case();
  FlowSeen& flow = result.seen.flows[0];
  flow.walks.clear();
  flow.result.socket = FlowResult::Socket::half;
  flow.result.accepted_by = "web";
  flow.result.accepted_at = Endpoint::parse("10.0.0.5:80").value();
  flow.result.seen_as = Endpoint::parse("1.2.3.4:60000");
  const std::string text = story(result, {});
  EXPECT_EQ(
      text.substr(text.find("  flow visit")),
      "  flow visit: connected, but request or answer did not arrive; web took the request at "
      "10.0.0.5:80 from 1.2.3.4:60000\n"
      "    no packet of this flow was seen\n");
}

TEST(Story, OfAnErrorGivesTheCureAndTheLostEvidence) {
  CaseResult result = failed_case();
  result.outcome = Outcome::error;
  result.about = "";
  result.findings.clear();
  result.seen.flows.clear();
  result.error = "node 'gw': load rules: iptables-restore: line 4 failed";
  result.hint = "run 'fwproof doctor'";
  result.seen.lost = {"node 'gw': the trace lost messages"};
  EXPECT_EQ(story(result, {}),
            "ERROR  port-forward/real-client-address [iptables-nft]"
            "  cases/port-forward/real-client-address.yaml:1\n"
            "\n"
            "  node 'gw': load rules: iptables-restore: line 4 failed\n"
            "  hint: run 'fwproof doctor'\n"
            "\n"
            "  evidence that was lost, not understood or contradictory\n"
            "    node 'gw': the trace lost messages\n");
}

TEST(Story, OfAFloodTellsThePacketOfTheFindingAndSomeOthers) {
  CaseResult result = failed_case();
  FlowSeen& flow = result.seen.flows[0];
  result.findings[0].packet = "last";
  flow.walks.assign(150, dropped_syn());
  flow.walks.back().name = "last";
  const std::string text = story(result, {});
  const std::string syn = indented(walk_text(dropped_syn(), {}), 2);
  size_t whole = 0;
  for (size_t at = text.find(syn); at != std::string::npos; at = text.find(syn, at + 1)) ++whole;
  EXPECT_EQ(whole, 20u) << text;
  EXPECT_NE(text.find(indented(walk_text(flow.walks.back(), {}), 2)), std::string::npos);
  EXPECT_NE(text.find("(and 29 more, which --json tells of)\n"), std::string::npos);
}

TEST(Story, NamesNodesOfAConntrackCheckAndCutsLongLists) {
  CaseResult result = failed_case();
  result.seen.flows[0].walks.clear();
  result.findings[0].check = "conntrack gw";
  result.seen.conntrack_active = {{"gw", true}, {"web", true}};
  ConntrackEntry entry;
  entry.node = "gw";
  result.seen.conntrack_at_end.assign(10, entry);
  const std::string text = story(result, {});
  const std::string line =
      "    gw: {original: 0.0.0.0 -> 0.0.0.0, reply: 0.0.0.0 -> 0.0.0.0, status: []}\n";
  std::string expected = "  conntrack at the end\n";
  for (int i = 0; i < 8; ++i) expected += line;
  expected += "    (and 2 more)\n";
  EXPECT_EQ(text.substr(text.find("  conntrack at")), expected);
}

TEST(Story, LetsNoTerminalEscapeThrough) {
  CaseResult result = failed_case();
  const std::string evil = "\x1b[2J\x07";
  result.name = result.about = result.error = result.hint = result.evidence = evil;
  result.at.file = evil;
  result.findings[0] = {evil, evil, evil, evil, evil, evil, {evil, 1, 1}};
  FlowSeen& flow = result.seen.flows[0];
  flow.flow = evil;
  flow.result.accepted_by = evil;
  Walk& walk = flow.walks[0];
  walk.name = walk.about = walk.visits[0].node = walk.end.node = evil;
  walk.visits[1].hooks[1].in_dev = evil;
  Step& step = walk.visits[1].hooks[1].steps[0];
  step.table = step.chain = step.target = step.comment = step.rule_text = step.at.file = evil;
  walk.end.step = step;
  flow.walks.push_back(delivered_syn_ack());
  flow.walks[1].name = flow.walks[1].visits[0].node = evil;
  result.seen.captures = {{evil, evil, evil, 1, {evil}}};
  result.seen.lost = {evil};
  ConntrackEntry entry;
  entry.node = entry.state = evil;
  entry.status = {evil};
  result.seen.conntrack_at_end = {entry};
  const std::string text = story(result, {});
  EXPECT_EQ(text.find_first_of("\x1b\x07"), std::string::npos) << text;
}

}  // namespace
}  // namespace fwproof::report
