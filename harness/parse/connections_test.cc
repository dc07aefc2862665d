#include "parse/connections.h"

#include <gtest/gtest.h>

#include "parse/test_network.h"

namespace fwproof::parse {
namespace {

TEST(Connections, AreFlowsOfTheirOwn) {
  const Case c = TestNetwork().load(R"(topology: net
flows:
  a: {send: "tcp client:40000 -> web:80", connections: 3}
checks:
  a: {outcome: {connected: 2, dropped: 1}}
  a 3: {outcome: dropped}
)");
  ASSERT_EQ(c.flows.size(), 3u);
  EXPECT_EQ(c.flows[2].name, "a 3");
  EXPECT_EQ(c.flows[2].connection_of, "a");
  EXPECT_EQ(c.flows[2].source_port, 40002);
  ASSERT_EQ(c.checks.size(), 2u);
  ASSERT_TRUE(c.checks[0].connections);
  ASSERT_EQ(c.checks[0].connections->outcomes.size(), 2u);
  EXPECT_EQ(c.checks[0].connections->outcomes[0].first, "connected");
  EXPECT_EQ(c.checks[0].connections->outcomes[0].second.text, "2");
  EXPECT_EQ(c.checks[1].outcome->outcome, "dropped");
}

TEST(Connections, OneOutcomeIsThatOfAll) {
  const Case c = TestNetwork().load(R"(topology: net
flows:
  a: {send: "tcp client -> web:80", connections: 3}
checks:
  a: {outcome: connected}
)");
  ASSERT_TRUE(c.checks[0].connections);
  EXPECT_EQ(c.checks[0].connections->outcomes[0].second.text, "3");
}

TEST(Connections, SayAllThatIsWrong) {
  EXPECT_EQ(TestNetwork().case_mistakes(R"(topology: net
flows:
  a: {send: "tcp client:65535 -> web:80", connections: 2}
  b: {send: gre client -> web, connections: 2}
  c: {send: "tcp client -> web:80", connections: 0}
  d: {send: "tcp client -> web:80", connections: 2}
  d 2: "tcp client -> web:80"
checks:
  a: {outcome: {connected: two}}
  d: {outcome: {connected: 1, droped: 1}, reaches: web:80}
  d 1: {outcome: {connected: 1}}
)"),
            R"(cases/a.yaml:3:56: error: 2 connections from port 65535 on go beyond port 65535
        a: {send: "tcp client:65535 -> web:80", connections: 2}
                                                             ^
cases/a.yaml:4:45: error: gre has no connections: it has no ports
        b: {send: gre client -> web, connections: 2}
                                                  ^
cases/a.yaml:5:50: error: 'connections' must be a number from 1 to 1000, not '0'
        c: {send: "tcp client -> web:80", connections: 0}
                                                       ^
cases/a.yaml:7:3: error: 'd 2' is one of the connections of flow 'd'
        d 2: "tcp client -> web:80"
        ^
cases/a.yaml:9:28: error: 'two' is no number of connections
        a: {outcome: {connected: two}}
                                 ^
hint: write 2, '>= 1', '<= 3', 1..3 or none
cases/a.yaml:10:31: error: unknown outcome 'droped'
        d: {outcome: {connected: 1, droped: 1}, reaches: web:80}
                                    ^ did you mean 'dropped'?
cases/a.yaml:10:43: error: 'reaches' is a check of one connection, and 'd' is 2 of them
        d: {outcome: {connected: 1, droped: 1}, reaches: web:80}
                                                ^
hint: name one: 'd 1' to 'd 2'
cases/a.yaml:11:18: error: a map of outcomes is for a flow with 'connections'
        d 1: {outcome: {connected: 1}}
                       ^)");
  EXPECT_EQ(TestNetwork().case_mistakes(R"(topology: net
flows:
  a: {send: "tcp client -> web:80", connections: 3}
checks:
  a: {outcome: {connected: 1, dropped: 1}}
)"),
            R"(cases/a.yaml:5:16: error: these numbers cannot add up to the 3 connections of 'a'
        a: {outcome: {connected: 1, dropped: 1}}
                     ^)");
}

}  // namespace
}  // namespace fwproof::parse
