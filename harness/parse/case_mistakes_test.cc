#include <gtest/gtest.h>

#include "parse/test_network.h"

namespace fwproof::parse {
namespace {

constexpr const char* kVisit = R"(topology: net
rules: {gw: gw.rules}
flows:
  visit: tcp client:60000 -> web:80
)";

TEST(CaseFile, SuggestsTheKeyThatWasMeant) {
  EXPECT_EQ(TestNetwork().case_mistakes(std::string(kVisit) + R"(check:
  visit: {outcome: connected}
backend: [nft]
)"),
            R"(cases/a.yaml:5:1: error: unknown key 'check' in a case
      check:
      ^ did you mean 'checks'?
cases/a.yaml:7:1: error: unknown key 'backend' in a case
      backend: [nft]
      ^ did you mean 'backends'?
cases/a.yaml:7:11: error: node 'gw' has no rules for backend 'nft'
      backend: [nft]
                ^)");
}

TEST(CaseFile, ReadsOnBehindAMisspeltKey) {
  EXPECT_EQ(TestNetwork().case_mistakes(R"(topolgy: net
rules: {gw: gw.rules}
flos:
  visit: tcp cleint:60000 -> web:80
checks:
  visits: {outcome: connected}
)"),
            R"(cases/a.yaml:1:1: error: unknown key 'topolgy' in a case
      topolgy: net
      ^ did you mean 'topology'?
cases/a.yaml:3:1: error: unknown key 'flos' in a case
      flos:
      ^ did you mean 'flows'?
cases/a.yaml:4:14: error: unknown node 'cleint'
        visit: tcp cleint:60000 -> web:80
                   ^ did you mean 'client'?
cases/a.yaml:6:3: error: unknown flow 'visits'
        visits: {outcome: connected}
        ^ did you mean 'visit'?)");
}

TEST(CaseFile, SuggestsTheTopologyAndSaysWhereItLooked) {
  EXPECT_EQ(TestNetwork().case_mistakes(R"(topology: nte
)"),
            R"(cases/a.yaml:1:11: error: no topology 'nte'
      topology: nte
                ^ did you mean 'net'?
hint: looked for cases/nte.yaml, topologies/nte.yaml)");
}

TEST(CaseFile, SuggestsTheFileOfRulesAndSaysWhereItLooked) {
  EXPECT_EQ(TestNetwork().case_mistakes(R"(topology: net
rules:
  gw: gw.ruls
  wbe: gw.rules
)"),
            R"(cases/a.yaml:3:7: error: no file of rules 'gw.ruls'
        gw: gw.ruls
            ^ did you mean 'gw.rules'?
hint: looked for cases/gw.ruls, fixtures/rulesets/gw.ruls
cases/a.yaml:4:3: error: unknown node 'wbe'
        wbe: gw.rules
        ^ did you mean 'web'?)");
}

TEST(CaseFile, TellsATopologyFromACase) {
  EXPECT_EQ(TestNetwork().case_mistakes(R"(nodes: {gw: }
)"),
            R"(cases/a.yaml:1:1: error: this is a topology, not a case
      nodes: {gw: }
      ^)");
}

TEST(CaseFile, IsAloneOrNot) {
  EXPECT_EQ(TestNetwork().case_mistakes(std::string(kVisit) + R"(isolate: always
checks: {visit: {outcome: connected}}
)"),
            R"(cases/a.yaml:5:10: error: 'isolate' must be true or false, not 'always'
      isolate: always
               ^)");
}

TEST(CaseFile, NeedsATopology) {
  EXPECT_EQ(TestNetwork().case_mistakes(R"(flows: {}
)"),
            R"(cases/a.yaml:1:1: error: a case needs 'topology'
      flows: {}
      ^)");
}

TEST(CaseFile, SuggestsTheBackendThatWasMeant) {
  EXPECT_EQ(TestNetwork().case_mistakes(std::string(kVisit) +
                                        R"(backends: [iptables-nf, pf, iptables-nft, iptables-nft]
)"),
            R"(cases/a.yaml:5:12: error: unknown backend 'iptables-nf'
      backends: [iptables-nf, pf, iptables-nft, iptables-nft]
                 ^ did you mean 'iptables-nft'?
cases/a.yaml:5:25: error: unknown backend 'pf'
      backends: [iptables-nf, pf, iptables-nft, iptables-nft]
                              ^
hint: the backends are: iptables-nft, iptables-legacy, nft
cases/a.yaml:5:43: error: backend 'iptables-nft' is listed twice
      backends: [iptables-nf, pf, iptables-nft, iptables-nft]
                                                ^)");
}

TEST(CaseFile, NamesTheNodeWithoutRulesForABackend) {
  EXPECT_EQ(TestNetwork().case_mistakes(R"(topology: net
rules: {gw: gw.rules, web: [gw.rules, gw.nft]}
backends: [iptables-nft, nft]
)"),
            R"(cases/a.yaml:3:26: error: node 'gw' has no rules for backend 'nft'
      backends: [iptables-nft, nft]
                               ^)");
}

TEST(CaseFile, NeedsABackendThatServesEveryNode) {
  EXPECT_EQ(TestNetwork().case_mistakes(R"(topology: net
rules: {gw: gw.rules, web: gw.nft}
)"),
            R"(cases/a.yaml:2:8: error: no backend can load rules for every node that has some
      rules: {gw: gw.rules, web: gw.nft}
             ^
hint: give each node files for the same backends)");
}

TEST(CaseFile, RefusesRulesOfTheOtherKind) {
  EXPECT_EQ(TestNetwork().case_mistakes(R"(topology: net
rules:
  gw: {iptables: gw.nft}
  web: {nft: gw.rules, ipables: gw.rules}
)"),
            R"(cases/a.yaml:3:18: error: 'gw.nft' is not iptables-save text: it has no '*table' line
        gw: {iptables: gw.nft}
                       ^
cases/a.yaml:4:14: error: 'gw.rules' is iptables-save text, not an nft file
        web: {nft: gw.rules, ipables: gw.rules}
                   ^
cases/a.yaml:4:24: error: unknown key 'ipables' in the rules of 'web'
        web: {nft: gw.rules, ipables: gw.rules}
                             ^ did you mean 'iptables'?)");
}

TEST(CaseFile, RefusesFlowsThatMakeNoSense) {
  EXPECT_EQ(TestNetwork().case_mistakes(R"(topology: net
flows:
  a: tpc client -> web:80
  b: tcp clinet -> web:80
  c: tcp client -> web
  d: udp client:70000 -> web:53
  e: icmp client:1 -> web
  f: tcp 10.0.1.2 -> web:80
  g: tcp client web:80
  h: tcp client -> gw:80
  i: tcp client -> weg:80
  j: [1]
)"),
            R"(cases/a.yaml:3:6: error: unknown protocol 'tpc'
        a: tpc client -> web:80
           ^ did you mean 'tcp'?
cases/a.yaml:4:10: error: unknown node 'clinet'
        b: tcp clinet -> web:80
               ^ did you mean 'client'?
cases/a.yaml:5:20: error: a tcp flow goes to a port: 'web' has none
        c: tcp client -> web
                         ^
cases/a.yaml:6:17: error: port '70000' is not a number from 1 to 65535
        d: udp client:70000 -> web:53
                      ^
cases/a.yaml:7:18: error: icmp has no ports
        e: icmp client:1 -> web
                       ^
cases/a.yaml:8:10: error: a flow starts at a node, not at an address: '10.0.1.2'
        f: tcp 10.0.1.2 -> web:80
               ^
hint: name the node; the key 'source' sets the address
cases/a.yaml:9:6: error: 'tcp client web:80' is not a flow
        g: tcp client web:80
           ^
hint: write 'tcp client:60000 -> 203.0.113.1:8080'
cases/a.yaml:10:20: error: node 'gw' has 2 addresses
        h: tcp client -> gw:80
                         ^
hint: say which: 10.0.1.1/24, 10.0.0.1/24
cases/a.yaml:11:20: error: unknown node 'weg'
        i: tcp client -> weg:80
                         ^ did you mean 'web'?
cases/a.yaml:12:6: error: flow 'j' must be text, not a list
        j: [1]
           ^
hint: text that begins with '[' or '{' needs quotes)");
}

TEST(CaseFile, RefusesFlowOptionsThatMakeNoSense) {
  EXPECT_EQ(
      TestNetwork().case_mistakes(R"(topology: net
flows:
  a: {send: tcp client -> web:80, count: 2, source: 10.0.1.9}
  b: {send: udp client -> web:53, count: 0, source: 2001:db8::1, deadline: 5s}
  c: {exec: [], in: cleint, deadline: 5 s, packets: tcp => web}
  d: {exec: [curl, [x]]}
  e: {payload: hi}
)"),
      R"(cases/a.yaml:3:42: error: 'count' is for udp, icmp and crafted packets: a tcp flow is one connection
        a: {send: tcp client -> web:80, count: 2, source: 10.0.1.9}
                                               ^
cases/a.yaml:3:53: error: node 'client' has no address '10.0.1.9'
        a: {send: tcp client -> web:80, count: 2, source: 10.0.1.9}
                                                          ^
hint: it has: 10.0.1.2/24
cases/a.yaml:4:42: error: 'count' must be a number from 1 to 100000, not '0'
        b: {send: udp client -> web:53, count: 0, source: 2001:db8::1, deadline: 5s}
                                               ^
cases/a.yaml:4:53: error: source '2001:db8::1' and destination '10.0.0.5' are of two families
        b: {send: udp client -> web:53, count: 0, source: 2001:db8::1, deadline: 5s}
                                                          ^
cases/a.yaml:4:76: error: 'deadline' is for flows with 'exec'
        b: {send: udp client -> web:53, count: 0, source: 2001:db8::1, deadline: 5s}
                                                                                 ^
cases/a.yaml:5:13: error: 'exec' names no program
        c: {exec: [], in: cleint, deadline: 5 s, packets: tcp => web}
                  ^
cases/a.yaml:5:21: error: unknown node 'cleint'
        c: {exec: [], in: cleint, deadline: 5 s, packets: tcp => web}
                          ^ did you mean 'client'?
cases/a.yaml:5:39: error: '5 s' is not a time up to one hour
        c: {exec: [], in: cleint, deadline: 5 s, packets: tcp => web}
                                            ^
hint: write 5s or 500ms
cases/a.yaml:5:53: error: 'tcp => web' does not say which packets
        c: {exec: [], in: cleint, deadline: 5 s, packets: tcp => web}
                                                          ^
hint: write 'tcp -> 8.8.8.8:443'
cases/a.yaml:6:6: error: an exec flow needs 'in': the node it runs in
        d: {exec: [curl, [x]]}
           ^
cases/a.yaml:6:20: error: an argument is text, not a list
        d: {exec: [curl, [x]]}
                         ^
cases/a.yaml:7:6: error: a flow needs 'send' or 'exec'
        e: {payload: hi}
           ^
hint: write 'tcp client:60000 -> 203.0.113.1:8080')");
}

TEST(CaseFile, ChecksSomething) {
  const TestNetwork network;
  EXPECT_EQ(network.case_mistakes("topology: net\n"),
            R"(cases/a.yaml:1:1: error: the case checks nothing
      topology: net
      ^
hint: say what must be true, such as checks: {visit: {outcome: connected}})");
  const std::string nothing =
      network.case_mistakes(std::string(kVisit) + "checks: {visit: {walk: {}}}\n");
  EXPECT_TRUE(nothing.starts_with("cases/a.yaml:1:1: error: the case checks nothing\n")) << nothing;
  EXPECT_EQ(network.case_mistakes(std::string(kVisit) + "  more: tcp client -> web:80\n"
                                                        "checks: {visit: {outcome: connected}}\n"),
            "");
}

TEST(CaseFile, NamesProgramsAsTheKernelTakesThem) {
  EXPECT_EQ(TestNetwork().case_mistakes(R"(topology: net
flows:
  a: {exec: [curl, "x\0y"], in: client}
  b: {exec: ["", x], in: client}
)"),
            R"(cases/a.yaml:3:20: error: an argument cannot hold a NUL: the kernel ends it there
        a: {exec: [curl, "x\0y"], in: client}
                         ^
cases/a.yaml:4:13: error: 'exec' names no program
        b: {exec: ["", x], in: client}
                  ^)");
}

}  // namespace
}  // namespace fwproof::parse
