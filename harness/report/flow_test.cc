#include <gtest/gtest.h>

#include "report/samples_test.h"
#include "report/walk.h"

namespace fwproof::report {
namespace {

constexpr const char* kFlow = "tcp client:60000 -> 203.0.113.1:8080";

TEST(FlowText, ShowsAWalkThatWentTheSameWayInOneLine) {
  FlowSeen flow;
  flow.walks = {delivered_syn_ack(), delivered_syn_ack()};
  flow.walks[1].name = "reply data";
  flow.walks[1].packet.tcp_flags = kTcpPsh | kTcpAck;
  flow.walks[1].packet.payload = 4;
  flow.result.accepted_by = "web";
  flow.result.accepted_at = Endpoint::parse("10.0.0.5:80").value();
  flow.result.seen_as = Endpoint::parse("1.2.3.4:60000");
  ConntrackEntry entry;
  entry.node = "gw";
  entry.original.source = Endpoint::parse("1.2.3.4:60000").value();
  entry.original.destination = Endpoint::parse("203.0.113.1:8080").value();
  entry.reply.source = Endpoint::parse("10.0.0.5:80").value();
  entry.reply.destination = Endpoint::parse("1.2.3.4:60000").value();
  entry.state = "ESTABLISHED";
  entry.status = {"SEEN_REPLY", "ASSURED", "CONFIRMED", "DST_NAT"};
  EXPECT_EQ(flow_text(flow, kFlow, "connected", {entry}, {}),
            "tcp client:60000 -> 203.0.113.1:8080\n"
            "\n" +
                walk_text(delivered_syn_ack(), {}) +
                "\n"
                "reply data  10.0.0.5:80 > 1.2.3.4:60000 tcp psh,ack len 4  same walk as syn-ack\n"
                "\n"
                "conntrack\n"
                "  gw: {original: 1.2.3.4:60000 -> 203.0.113.1:8080,"
                " reply: 10.0.0.5:80 -> 1.2.3.4:60000,\n"
                "      state: ESTABLISHED, status: [SEEN_REPLY, ASSURED, CONFIRMED, DST_NAT]}\n"
                "\n"
                "connected to web:80, which saw 1.2.3.4:60000\n");
}

TEST(FlowText, EndsWithTheRuleThatDropped) {
  FlowSeen flow;
  flow.walks = {dropped_syn()};
  EXPECT_EQ(flow_text(flow, kFlow, "dropped", {}, {}),
            "tcp client:60000 -> 203.0.113.1:8080\n"
            "\n" +
                walk_text(dropped_syn(), {}) +
                "\n"
                "dropped: syn dropped at gw filter FORWARD policy DROP (port-forward.rules:11)\n");
}

TEST(FlowText, SaysWhenTheRequestWasTakenAndTheAnswerWasNot) {
  FlowSeen flow;
  flow.walks = {dropped_syn()};
  flow.walks[0].name = "reply";
  flow.result.accepted_by = "dns";
  flow.result.accepted_at = Endpoint::parse("10.0.0.5:53").value();
  const std::string text = flow_text(flow, kFlow, "dropped", {}, {});
  EXPECT_EQ(text.substr(text.rfind("\n\n") + 2),
            "dropped: reply dropped at gw filter FORWARD policy DROP (port-forward.rules:11); the "
            "request was taken by dns:53\n");
}

TEST(FlowText, ShowsWhatAProgramSaid) {
  FlowSeen flow;
  flow.result.socket = FlowResult::Socket::ran;
  flow.result.exit_status = 7;
  flow.result.standard_error = "curl: (7) Failed to connect\n";
  EXPECT_EQ(flow_text(flow, "exec client: curl http://203.0.113.1", "exited 7", {}, {}),
            "exec client: curl http://203.0.113.1\n"
            "\n"
            "no packet of this flow was seen\n"
            "\n"
            "output  (none)\n"
            "error   curl: (7) Failed to connect\n"
            "\n"
            "exited 7\n");
}

}  // namespace
}  // namespace fwproof::report
