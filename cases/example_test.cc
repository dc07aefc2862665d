// A test of a firewall written in C++ instead of YAML: the port forward of the shipped topology.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run/fwproof.h"
#include "run/matchers.h"

namespace fwproof {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(PortForward, ShowsTheServerTheClientsOwnAddress) {
  Lab lab("port-forward", Backend::iptables_nft, {{"gw", "port-forward.rules"}});
  lab.capture("gw:eth1", "tcp[tcpflags] == tcp-syn and src host 1.2.3.4");

  const Sent visit = lab.send("tcp client:60000 -> 203.0.113.1:8080");

  EXPECT_THAT(visit, OutcomeIs("connected"));
  EXPECT_EQ(visit.seen.result.accepted_by, "web");
  EXPECT_EQ(visit.seen.result.seen_as->to_string(), "1.2.3.4:60000");
  EXPECT_THAT(
      visit,
      HasWalk("syn", StepsIn("gw", ElementsAre("raw PREROUTING", "mangle PREROUTING",
                                               "nat PREROUTING rule 1 DNAT", "mangle FORWARD",
                                               "filter FORWARD rule 2 ACCEPT", "mangle POSTROUTING",
                                               "nat POSTROUTING"))));
  EXPECT_THAT(visit, HasWalk("syn-ack", StepsIn("gw", Not(Contains(HasSubstr("nat "))))));
  EXPECT_THAT(visit, HasWalk("data", Ended("delivered to web")));

  const Seen seen = lab.end();
  EXPECT_THAT(seen.conntrack_at_end,
              Contains(AllOf(EntryOn("gw", "1.2.3.4:60000 -> 203.0.113.1:8080",
                                     "10.0.0.5:80 -> 1.2.3.4:60000"),
                             HasStatus("ASSURED"))));
  EXPECT_THAT(seen.captures, ElementsAre(Captured(1)));
}

TEST(PortForward, NeedsTheDnatRule) {
  Lab lab("port-forward", Backend::iptables_nft, {});
  const Sent visit = lab.send("tcp client:60000 -> 203.0.113.1:8080");
  EXPECT_THAT(visit, OutcomeIs("refused"));
  EXPECT_THAT(
      visit,
      HasWalk("syn", AllOf(Ended("delivered to gw: no listener (gw sent 'reply rst')"),
                           HooksIn("gw", ElementsAre("PREROUTING in eth0", "INPUT in eth0")))));
}

}  // namespace
}  // namespace fwproof

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  if (!testing::GTEST_FLAG(list_tests)) fwproof::run::leave_host_network();
  return RUN_ALL_TESTS();
}
