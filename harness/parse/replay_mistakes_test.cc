#include <gtest/gtest.h>

#include "parse/test_network.h"
#include "parse/test_pcap.h"

namespace fwproof::parse {
namespace {

constexpr const char* kChecks = "checks: {a: {outcome: delivered}}\n";

TEST(Replay, IsAFlowOfThePacketsOfAFile) {
  TestNetwork network;
  network.write("fixtures/pcaps/dns.pcap", pcap_of(kRawIp, {udp_packet(), udp_packet()}));
  const Case c =
      network.load(std::string("topology: net\nflows:\n") +
                   "  a: {replay: dns.pcap, in: client, filter: udp, dev: eth0}\n" + kChecks);
  ASSERT_EQ(c.flows.size(), 1u);
  EXPECT_EQ(c.flows[0].text, "replay dns.pcap in client");
  EXPECT_EQ(c.flows[0].node, "client");
  EXPECT_EQ(c.flows[0].dev, "eth0");
  EXPECT_EQ(c.flows[0].destination.to_string(), "10.0.0.5");
  EXPECT_EQ(c.flows[0].craft->replay.size(), 2u);
}

TEST(Replay, SaysAllThatIsWrong) {
  TestNetwork network;
  network.write("cases/dns.pcap", pcap_of(kRawIp, {udp_packet()}));
  network.write("cases/text.pcap", "not a capture at all, but a few words of plain text");
  EXPECT_EQ(network.case_mistakes(R"(topology: net
flows:
  a: {replay: dsn.pcap, in: client}
  b: {replay: text.pcap, in: client}
  c: {replay: dns.pcap, filter: udp prot 53, in: client}
  d: {replay: dns.pcap, count: 2}
  e: {replay: dns.pcap, in: cleint}
  f: {replay: dns.pcap, in: client, dev: eth9}
)"),
            R"(cases/a.yaml:3:15: error: no capture 'dsn.pcap'
        a: {replay: dsn.pcap, in: client}
                    ^ did you mean 'dns.pcap'?
hint: looked for cases/dsn.pcap
cases/a.yaml:4:15: error: 'text.pcap' is not a capture file: unknown file format
        b: {replay: text.pcap, in: client}
                    ^
cases/a.yaml:5:33: error: 'filter': can't parse filter expression: syntax error
        c: {replay: dns.pcap, filter: udp prot 53, in: client}
                                      ^
cases/a.yaml:6:6: error: a replay needs 'in': the node that sends
        d: {replay: dns.pcap, count: 2}
           ^
cases/a.yaml:6:25: error: unknown key 'count' in a replay
        d: {replay: dns.pcap, count: 2}
                              ^
hint: the keys are: replay, in, filter, dev
cases/a.yaml:7:29: error: unknown node 'cleint'
        e: {replay: dns.pcap, in: cleint}
                                  ^ did you mean 'client'?
cases/a.yaml:8:42: error: node 'client' has no dev 'eth9'
        f: {replay: dns.pcap, in: client, dev: eth9}
                                               ^ did you mean 'eth0'?)");
}

}  // namespace
}  // namespace fwproof::parse
