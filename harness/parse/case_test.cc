#include <gmock/gmock.h>

#include "parse/test_network.h"

namespace fwproof::parse {
namespace {

using testing::ElementsAre;
using Says = StepPattern::Says;

constexpr const char* kPortForwardTopology = R"(nodes:
  client:   {interfaces: {eth0: {addresses: [1.2.3.4/24]}},       routes: [{to: default, via: 1.2.3.1}]}
  internet: {forwarding: true, interfaces: {eth0: {addresses: [1.2.3.1/24]}, eth1: {addresses: [203.0.113.254/24]}}}
  gw:       {forwarding: true, interfaces: {eth0: {addresses: [203.0.113.1/24]}, eth1: {addresses: [10.0.0.1/24]}},
             routes: [{to: default, via: 203.0.113.254}]}
  web:      {interfaces: {eth0: {addresses: [10.0.0.5/24]}},      routes: [{to: default, via: 10.0.0.1}], services: [tcp/80]}
links:
  - endpoints: [client:eth0, internet:eth0]
  - endpoints: [internet:eth1, gw:eth0]
  - endpoints: [gw:eth1, web:eth0]
)";

// The example of DESIGN, word for word.
constexpr const char* kRealClientAddress =
    R"(# cases/port-forward/real-client-address.yaml: the forwarded web server sees the client's own address
topology: port-forward
rules: {gw: port-forward.rules}                       # fixtures/rulesets/; also *.nft, or a script with its arguments
backends: [iptables-nft, iptables-legacy]             # the case runs once for each
flows:
  visit: tcp client:60000 -> 203.0.113.1:8080
checks:
  visit:
    outcome: connected                                # refused, dropped, rejected, unreachable, ...
    reaches: web:80
    seen as: 1.2.3.4:60000
    walk:
      gw:
        syn: [raw PREROUTING, mangle PREROUTING, nat PREROUTING rule 1 DNAT, mangle FORWARD, filter FORWARD, mangle POSTROUTING, nat POSTROUTING]
        syn-ack: [raw PREROUTING, mangle PREROUTING, mangle FORWARD, filter FORWARD rule 1 ACCEPT, mangle POSTROUTING]   # nat: not consulted
    conntrack:
      gw: {original: 1.2.3.4:60000 -> 203.0.113.1:8080, reply: 10.0.0.5:80 -> 1.2.3.4:60000, status: [SEEN_REPLY, ASSURED]}
    capture:
      - {at: gw:eth1, filter: "tcp[tcpflags] == tcp-syn and src host 1.2.3.4 and dst host 10.0.0.5 and dst port 80", packets: 1}
mutant: {gw: {remove: nat PREROUTING rule 1}}         # with this, the case must turn red
)";

class PortForwardCase : public testing::Test {
 protected:
  PortForwardCase() {
    folder_.write("topologies/port-forward.yaml", kPortForwardTopology);
    folder_.write("fixtures/rulesets/port-forward.rules",
                  "*nat\n-A PREROUTING -j DNAT --to-destination 10.0.0.5:80\nCOMMIT\n"
                  "*filter\n-A FORWARD -j ACCEPT\nCOMMIT\n");
    const auto file =
        folder_.write("cases/port-forward/real-client-address.yaml", kRealClientAddress);
    case_ = load_case(file, folder_.path("cases")).front();
  }

  TestFolder folder_;
  Case case_;
};

std::vector<std::string> texts(const std::vector<StepPattern>& steps) {
  std::vector<std::string> all;
  for (const StepPattern& step : steps) all.push_back(step.text);
  return all;
}

TEST_F(PortForwardCase, HasANameAPointAndWhatItNeeds) {
  EXPECT_EQ(case_.name, "port-forward/real-client-address");
  EXPECT_EQ(case_.about, "the forwarded web server sees the client's own address");
  EXPECT_EQ(case_.topology.name, "port-forward");
  EXPECT_EQ(case_.topology.nodes.size(), 4u);
  EXPECT_THAT(case_.backends, ElementsAre(Backend::iptables_nft, Backend::iptables_legacy));
  ASSERT_EQ(case_.rules.size(), 2u);
  const auto& rules = case_.rules.at(Backend::iptables_legacy);
  ASSERT_EQ(rules.size(), 1u);
  EXPECT_EQ(rules[0].node, "gw");
  ASSERT_EQ(rules[0].files.size(), 1u);
  EXPECT_EQ(rules[0].files[0].path, folder_.path("fixtures/rulesets/port-forward.rules"));
  EXPECT_FALSE(case_.real_time);
  EXPECT_FALSE(case_.isolate);
}

TEST_F(PortForwardCase, HasAFlow) {
  ASSERT_EQ(case_.flows.size(), 1u);
  const Flow& flow = case_.flows[0];
  EXPECT_EQ(flow.name, "visit");
  EXPECT_EQ(flow.kind, FlowKind::tcp);
  EXPECT_EQ(flow.node, "client");
  EXPECT_EQ(flow.source_port, 60000);
  EXPECT_EQ(flow.destination, *Endpoint::parse("203.0.113.1:8080"));
  EXPECT_EQ(flow.text, "tcp client:60000 -> 203.0.113.1:8080");
  EXPECT_EQ(flow.at, (Location{case_.file, 6, 3}));
}

TEST_F(PortForwardCase, HasChecksOfTheFlow) {
  ASSERT_EQ(case_.checks.size(), 1u);
  const FlowChecks& checks = case_.checks[0];
  EXPECT_EQ(checks.flow, "visit");
  EXPECT_EQ(checks.outcome->outcome, "connected");
  EXPECT_EQ(checks.outcome->at, (Location{case_.file, 9, 14}));
  EXPECT_EQ(checks.reaches->node, "web");
  EXPECT_EQ(checks.reaches->port, 80);
  EXPECT_EQ(checks.seen_as->endpoint, *Endpoint::parse("1.2.3.4:60000"));
  EXPECT_FALSE(checks.dropped || checks.answered_from || checks.program);
  ASSERT_EQ(checks.captures.size(), 1u);
  EXPECT_EQ(checks.captures[0].node, "gw");
  EXPECT_EQ(checks.captures[0].dev, "eth1");
  EXPECT_EQ(checks.captures[0].filter,
            "tcp[tcpflags] == tcp-syn and src host 1.2.3.4 and dst host 10.0.0.5 and dst port 80");
  EXPECT_EQ(checks.captures[0].packets.least, 1u);
  EXPECT_EQ(checks.captures[0].packets.most, 1u);
  ASSERT_EQ(checks.conntrack.size(), 1u);
  EXPECT_EQ(checks.conntrack[0].original->second, *Endpoint::parse("203.0.113.1:8080"));
  EXPECT_EQ(checks.conntrack[0].reply->first, *Endpoint::parse("10.0.0.5:80"));
  EXPECT_THAT(checks.conntrack[0].status, ElementsAre("SEEN_REPLY", "ASSURED"));
}

TEST_F(PortForwardCase, HasWalksStepByStep) {
  const auto& walks = case_.checks.at(0).walks;
  ASSERT_EQ(walks.size(), 2u);
  EXPECT_EQ(walks[0].node, "gw");
  EXPECT_EQ(walks[0].packet, "syn");
  EXPECT_EQ(walks[0].mode, ListMode::exact);
  EXPECT_THAT(
      texts(walks[0].steps),
      ElementsAre("raw PREROUTING", "mangle PREROUTING", "nat PREROUTING rule 1 DNAT",
                  "mangle FORWARD", "filter FORWARD", "mangle POSTROUTING", "nat POSTROUTING"));
  const StepPattern& dnat = walks[0].steps[2];
  EXPECT_EQ(dnat.table, "nat");
  EXPECT_EQ(dnat.chain, "PREROUTING");
  EXPECT_EQ(dnat.says, Says::rule);
  EXPECT_EQ(dnat.rule_number, 1u);
  EXPECT_EQ(dnat.target, "DNAT");
  EXPECT_EQ(dnat.at, (Location{case_.file, 14, 50}));
  EXPECT_EQ(walks[0].steps[0].says, Says::anything);
}

TEST_F(PortForwardCase, HasAMutant) {
  ASSERT_EQ(case_.mutants.size(), 1u);
  EXPECT_EQ(case_.mutants[0].node, "gw");
  EXPECT_EQ(case_.mutants[0].kind, Mutant::Kind::remove);
  EXPECT_EQ(case_.mutants[0].step.text, "nat PREROUTING rule 1");
  EXPECT_EQ(case_.mutants[0].at, (Location{case_.file, 20, 15}));
}

/// The case with a check, since one that checks nothing is a mistake.
std::string with_check(const std::string& yaml) {
  return yaml + "routes: {gw: [{get: 10.0.0.5, is: dev eth1}]}\n";
}

TEST(CaseFile, RunsOnEveryBackendThatHasRulesForAllNodes) {
  const TestNetwork network;
  EXPECT_THAT(network.load(with_check("topology: net\n")).backends, ElementsAre(Backend::nft));
  EXPECT_THAT(network.load(with_check("topology: net\nrules: {gw: gw.nft}\n")).backends,
              ElementsAre(Backend::nft));
  EXPECT_THAT(
      network.load(with_check("topology: net\nrules: {gw: [gw.rules, gw.nft], web: gw.rules}\n"))
          .backends,
      ElementsAre(Backend::iptables_nft, Backend::iptables_legacy));
  const Case both = network.load(with_check(
      "topology: net\nrules: {gw: {iptables: gw.rules, ip6tables: gw.rules, nft: gw.nft}}\n"));
  EXPECT_EQ(both.backends.size(), 3u);
  const auto& files = both.rules.at(Backend::iptables_nft).at(0).files;
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].family, Family::ip);
  EXPECT_EQ(files[1].family, Family::ip6);
}

TEST(CaseFile, ReadsStepsInAllTheirForms) {
  const TestNetwork network;
  const Case read = network.load(R"(topology: net
rules: {gw: {iptables: gw.rules, nft: gw.nft}}
flows:
  visit: tcp client -> web:80
checks:
  visit:
    walk:
      gw:
        syn:
          - filter FORWARD in eth0 out eth1 rule "the web" jump WEB
          - inet fw forward rule 1 accept
          - filter WEB rule rulesets/gw.rules:6 ACCEPT
          - filter WEB return
        reply data 2: {contains: filter FORWARD policy DROP, never: [filter INPUT ACCEPT]}
)");
  const auto& walks = read.checks.at(0).walks;
  ASSERT_EQ(walks.size(), 3u);
  const auto& steps = walks[0].steps;
  EXPECT_EQ(steps[0].in_dev, "eth0");
  EXPECT_EQ(steps[0].out_dev, "eth1");
  EXPECT_EQ(steps[0].rule_comment, "the web");
  EXPECT_EQ(steps[0].target, "jump WEB");
  EXPECT_EQ(steps[1].family, Family::inet);
  EXPECT_EQ(steps[1].table, "fw");
  EXPECT_EQ(steps[2].rule_file, "rulesets/gw.rules");
  EXPECT_EQ(steps[2].rule_line, 6);
  EXPECT_EQ(steps[3].says, Says::return_);
  EXPECT_EQ(walks[1].packet, "reply data 2");
  EXPECT_EQ(walks[1].mode, ListMode::contains);
  EXPECT_EQ(walks[1].steps[0].says, Says::policy);
  EXPECT_EQ(walks[2].mode, ListMode::never);
  EXPECT_EQ(walks[2].steps[0].target, "ACCEPT");
}

TEST(CaseFile, ReadsEveryKindOfFlow) {
  const TestNetwork network;
  const Case read = network.load(R"(topology: net
real time: true
isolate: true
flows:
  dns: {send: udp client:5353 -> web:53, payload: who, count: 3, source: 10.0.1.2}
  ping: icmp client -> web
  curl: {exec: [curl, -s, "http://10.0.0.5/"], in: client, deadline: 500ms, packets: tcp -> web:80}
checks:
  dns: {outcome: rejected port-unreachable, answered from: 10.0.0.5:53}
  ping:
    outcome: timed out
    hooks: {gw: {echo-request: [prerouting in eth0, FORWARD in eth0 out eth1], all: {never: INPUT}}}
  curl: {outcome: exited 7, exit: 7, output: hello, error output: [refused, curl]}
)");
  EXPECT_TRUE(read.real_time);
  EXPECT_TRUE(read.isolate);
  ASSERT_EQ(read.flows.size(), 3u);
  EXPECT_EQ(read.flows[0].payload, "who");
  EXPECT_EQ(read.flows[0].count, 3u);
  EXPECT_EQ(read.flows[0].source, IpAddress::parse("10.0.1.2"));
  EXPECT_EQ(read.flows[1].kind, FlowKind::icmp);
  EXPECT_EQ(read.flows[1].destination, *Endpoint::parse("10.0.0.5"));
  const Flow& curl = read.flows[2];
  EXPECT_EQ(curl.kind, FlowKind::exec);
  EXPECT_EQ(curl.node, "client");
  EXPECT_THAT(curl.command, ElementsAre("curl", "-s", "http://10.0.0.5/"));
  EXPECT_EQ(curl.deadline, std::chrono::milliseconds(500));
  EXPECT_EQ(curl.exec_protocol, kProtocolTcp);
  EXPECT_EQ(curl.exec_destination, Endpoint::parse("10.0.0.5:80"));
  EXPECT_EQ(read.checks[0].outcome->outcome, "rejected port-unreachable");
  EXPECT_EQ(read.checks[1].outcome->outcome, "timed out");
  ASSERT_EQ(read.checks[1].hooks.size(), 2u);
  EXPECT_EQ(read.checks[1].hooks[0].hooks[1].out_dev, "eth1");
  EXPECT_EQ(read.checks[1].hooks[1].mode, ListMode::never);
  EXPECT_EQ(read.checks[2].program->exit_status, 7);
  EXPECT_THAT(read.checks[2].program->output_contains, ElementsAre("hello"));
  EXPECT_THAT(read.checks[2].program->error_contains, ElementsAre("refused", "curl"));
}

TEST(CaseFile, ReadsConntrackCountersAndRoutes) {
  const TestNetwork network;
  const Case read = network.load(R"(topology: net
rules: {gw: gw.rules}
flows: {visit: "tcp client -> web:80"}
checks:
  visit:
    dropped: gw filter FORWARD policy
    conntrack:
      gw:
        - {state: ESTABLISHED, status: "!ASSURED", mark: 0xff, zone: 3}
        - {events: [NEW SYN_SENT, DESTROY]}
      web: none
counters: {gw: {filter FORWARD rule 1: ">= 2", filter FORWARD policy: none}}
routes:
  gw: [{get: 10.0.0.5, is: dev eth1}, {table: local, has: local 10.0.0.1}, {table: 7, lacks: dev eth9}]
)");
  const FlowChecks& visit = read.checks.at(0);
  EXPECT_EQ(visit.dropped->node, "gw");
  EXPECT_EQ(visit.dropped->step.text, "filter FORWARD policy");
  ASSERT_EQ(visit.conntrack.size(), 3u);
  EXPECT_EQ(visit.conntrack[0].mark, 0xffu);
  EXPECT_EQ(visit.conntrack[0].zone, 3);
  EXPECT_THAT(visit.conntrack[0].status, ElementsAre("!ASSURED"));
  EXPECT_THAT(*visit.conntrack[1].events, ElementsAre("NEW SYN_SENT", "DESTROY"));
  EXPECT_TRUE(visit.conntrack[2].none);
  ASSERT_EQ(read.counters.size(), 2u);
  EXPECT_EQ(read.counters[0].packets.text, ">= 2");
  EXPECT_FALSE(read.counters[0].packets.contains(1));
  EXPECT_TRUE(read.counters[1].packets.contains(0));
  EXPECT_FALSE(read.counters[1].packets.contains(1));
  ASSERT_EQ(read.routes.size(), 3u);
  EXPECT_EQ(read.routes[0].get, IpAddress::parse("10.0.0.5"));
  EXPECT_TRUE(read.routes[1].has);
  EXPECT_EQ(read.routes[2].table, "7");
  EXPECT_FALSE(read.routes[2].has);
}

TEST(CaseFile, ReadsEveryKindOfMutant) {
  const TestNetwork network;
  const Case read = network.load(with_check(R"(topology: net
rules: {gw: gw.rules}
mutant:
  - gw: {policy: filter FORWARD ACCEPT, forwarding: false, routes: none}
  - gw:
      insert: {before: filter FORWARD rule 1, rule: -p tcp -j DROP}
      append: {to: filter INPUT, rule: {iptables: -j DROP, nft: drop}}
      sysctl: {net.ipv4.ip_forward: 0}
  - web: {service: tcp/80}
)"));
  std::vector<Mutant::Kind> kinds;
  for (const Mutant& mutant : read.mutants) kinds.push_back(mutant.kind);
  using Kind = Mutant::Kind;
  EXPECT_THAT(kinds, ElementsAre(Kind::policy, Kind::forwarding, Kind::route, Kind::insert,
                                 Kind::append, Kind::sysctl, Kind::service));
  EXPECT_EQ(read.mutants[0].text, "ACCEPT");
  EXPECT_EQ(read.mutants[0].step.target, "");
  EXPECT_EQ(read.mutants[1].text, "false");
  EXPECT_EQ(read.mutants[3].step.rule_number, 1u);
  EXPECT_EQ(read.mutants[3].text, "-p tcp -j DROP");
  EXPECT_EQ(read.mutants[3].nft_text, "");
  EXPECT_EQ(read.mutants[4].text, "-j DROP");
  EXPECT_EQ(read.mutants[4].nft_text, "drop");
  EXPECT_EQ(read.mutants[5].key, "net.ipv4.ip_forward");
  EXPECT_EQ(read.mutants[6].text, "tcp/80");
}

TEST(CaseFile, TellsMistakesOfItsTopologyAndRulesToo) {
  const TestNetwork network;
  network.write("topologies/net.yaml", "nodes: {gw: {forwarding: 1}, web: }\n");
  network.write("fixtures/rulesets/gw.rules", "");
  EXPECT_EQ(network.case_mistakes("topology: net\nrules: {gw: gw.rules}\nflow: {}\n"),
            R"(cases/a.yaml:3:1: error: unknown key 'flow' in a case
      flow: {}
      ^ did you mean 'flows'?
topologies/net.yaml:1:26: error: 'forwarding' must be true or false, not '1'
      nodes: {gw: {forwarding: 1}, web: }
                               ^
fixtures/rulesets/gw.rules: error: the file is empty)");
}

TEST(CaseFile, SharesFilesThatItReadsAnewOnceTheyChange) {
  const TestFolder folder;
  const auto load = [&] {
    return load_case(
               folder.write("c.yaml",
                            "# Shared.\ntopology: ./t.yaml\nrules: {a: r.nft}\n"
                            "flows: {f: icmp a -> 127.0.0.1}\nchecks: {f: {outcome: answered}}"),
               folder.path(""))
        .front();
  };
  const auto table = [](const Case& c) {
    return c.rules.at(Backend::nft).front().files.front().written.tables.front().name;
  };
  const std::string node = "a: {}";
  folder.write("r.nft", "table ip one {}\n");
  folder.write("t.yaml", "nodes: {" + node + "}\n");
  EXPECT_EQ(load().topology, load().topology);
  EXPECT_EQ(table(load()), "one");
  folder.write("r.nft", "table ip two {}\n");
  EXPECT_EQ(table(load()), "two");
  folder.write("t.yaml", "extends: ./base.yaml\nnodes: {b: {}}\n");
  folder.write("base.yaml", "nodes: {" + node + "}\n");
  EXPECT_EQ(load().topology.nodes.size(), 2u);
  folder.write("base.yaml", "nodes: {" + node + ", c: {}}\n");
  EXPECT_EQ(load().topology.nodes.size(), 3u);
}

TEST(ParseFlow, ReadsTheCommandLine) {
  const TestNetwork network;
  const Topology topology = load_topology(network.path("topologies/net.yaml"));
  const Flow flow = parse_flow("tcp client:51234 -> web:443", topology, {"command line", 0, 0});
  EXPECT_EQ(flow.node, "client");
  EXPECT_EQ(flow.source_port, 51234);
  EXPECT_EQ(flow.destination, *Endpoint::parse("10.0.0.5:443"));
  const Flow v6 = parse_flow("udp client -> [2001:db8::1]:53", topology, {});
  EXPECT_EQ(v6.destination, *Endpoint::parse("[2001:db8::1]:53"));
}

TEST(ParseFlow, ShowsTheTextItDoesNotUnderstand) {
  const TestNetwork network;
  const Topology topology = load_topology(network.path("topologies/net.yaml"));
  const auto refusal = [&](const std::string& text, const Location& at) {
    return network.mistakes([&] { parse_flow(text, topology, at); });
  };
  EXPECT_EQ(refusal("tcp clinet:60000 -> web:80", {"command line", 0, 0}),
            R"(command line: error: unknown node 'clinet'
      tcp clinet:60000 -> web:80
          ^ did you mean 'client'?)");
  EXPECT_EQ(refusal("tcp client web", {"command line", 0, 0}),
            R"(command line: error: 'tcp client web' is not a flow
      tcp client web
      ^
hint: write 'tcp client:60000 -> 203.0.113.1:8080')");
  EXPECT_EQ(refusal("", {"command line", 0, 0}),
            "command line: error: a flow must be text, not empty");
}

}  // namespace
}  // namespace fwproof::parse
