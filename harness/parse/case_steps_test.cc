#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parse/test_network.h"

namespace fwproof::parse {
namespace {

using testing::ElementsAre;
using Kind = CaseStep::Kind;

constexpr const char* kFlows = R"(topology: net
rules: {gw: gw.rules}
flows:
  visit: tcp client:60000 -> web:80
  later: tcp client -> web:80
)";
constexpr const char* kChecks = "checks: {visit: {outcome: lost}}\n";

class Steps : public testing::Test {
 protected:
  Case load(const std::string& steps) const { return network_.load(kFlows + steps + kChecks); }
  std::string mistakes(const std::string& steps) const {
    return network_.mistakes([&] { load(steps); });
  }

  TestNetwork network_;
};

TEST_F(Steps, AreReadInTheirOrder) {
  const Case c = load(R"(steps:
  - start: visit
  - rules: {gw: gw.rules}
  - {continue: visit, as: after}
  - delete conntrack: {gw: visit}
  - finish: visit
  - {exec: [iptables, -F], in: gw, deadline: 2s}
  - flush conntrack: gw
  - link down: gw:eth0
  - link up: gw:eth0
  - sysctl: {gw: {net.ipv4.ip_forward: 0}, web: {net.ipv4.tcp_sack: 0}}
  - flow: later
)");
  std::vector<Kind> kinds;
  for (const CaseStep& step : c.steps) kinds.push_back(step.kind);
  EXPECT_THAT(kinds, ElementsAre(Kind::start, Kind::rules, Kind::go_on, Kind::delete_conntrack,
                                 Kind::finish, Kind::exec, Kind::flush_conntrack, Kind::link_down,
                                 Kind::link_up, Kind::sysctl, Kind::flow));
  EXPECT_TRUE(c.flows[0].stays_open);
  EXPECT_FALSE(c.flows[1].stays_open);
  ASSERT_EQ(c.flows.size(), 3u);
  EXPECT_EQ(c.flows[2].name, "after");
  EXPECT_TRUE(c.flows[2].goes_on);
  EXPECT_EQ(c.steps[1].rules.at(Backend::iptables_legacy).at(0).files.at(0).path,
            network_.path("fixtures/rulesets/gw.rules"));
  EXPECT_THAT(c.steps[5].command, ElementsAre("iptables", "-F"));
  EXPECT_EQ(c.steps[7].dev, "eth0");
  EXPECT_EQ(c.steps[9].sysctls.at(1).node, "web");
  EXPECT_EQ(c.steps[9].text, "sysctl: gw net.ipv4.ip_forward=0 web net.ipv4.tcp_sack=0");
}

TEST_F(Steps, OfRulesCountWithTheBackends) {
  EXPECT_EQ(mistakes("steps:\n  - rules: {gw: gw.nft}\n  - flow: visit\n  - flow: later\n"),
            R"(cases/a.yaml:2:8: error: no backend can load rules for every node that has some
      rules: {gw: gw.rules}
             ^
hint: give each node files for the same backends)");
}

TEST_F(Steps, DoOneThingEach) {
  EXPECT_EQ(mistakes(R"(steps:
  - {flow: visit, link down: gw:eth0}
  - {in: gw}
  - {flow: later, as: x, deadline: 1s}
  - {fow: later}
  - later
)"),
            R"(cases/a.yaml:4:3: error: flow 'visit' is in no step
        visit: tcp client:60000 -> web:80
        ^
hint: with 'steps', only the flows that a step names are sent
cases/a.yaml:7:5: error: a step does one thing, not 'flow' and 'link down'
        - {flow: visit, link down: gw:eth0}
          ^
cases/a.yaml:8:5: error: a step that does nothing
        - {in: gw}
          ^
hint: it is one of: flow, start, continue, finish, rules, exec, flush conntrack, delete conntrack, link down, link up, sysctl
cases/a.yaml:9:23: error: 'as' is for steps with 'continue' or 'finish'
        - {flow: later, as: x, deadline: 1s}
                            ^
cases/a.yaml:9:36: error: 'deadline' is for steps with 'exec'
        - {flow: later, as: x, deadline: 1s}
                                         ^
cases/a.yaml:10:6: error: unknown key 'fow' in a step
        - {fow: later}
           ^ did you mean 'flow'?
cases/a.yaml:11:5: error: a step must be a map, not text
        - later
          ^)");
}

TEST_F(Steps, SendAFlowOnceAndContinueWhatIsOpen) {
  EXPECT_EQ(mistakes(R"(steps:
  - flow: visit
  - flow: visit
  - continue: later
  - start: later
  - {continue: later, as: visit}
  - finish: later
  - continue: later
  - flow: latr
  - delete conntrack: {gw: visit}
)"),
            R"(cases/a.yaml:8:11: error: flow 'visit' was sent before
        - flow: visit
                ^
hint: what is sent again is another flow; or 'start' it, and 'continue' it
cases/a.yaml:9:15: error: flow 'later' is not open: no step before this started it
        - continue: later
                    ^
cases/a.yaml:11:27: error: there is a flow 'visit' already
        - {continue: later, as: visit}
                                ^
cases/a.yaml:13:15: error: flow 'later' is not open: no step before this started it
        - continue: later
                    ^
cases/a.yaml:14:11: error: unknown flow 'latr'
        - flow: latr
                ^ did you mean 'later'?
cases/a.yaml:15:28: error: flow 'visit' is not open
        - delete conntrack: {gw: visit}
                                 ^
hint: entries of a flow that is over are flushed with 'flush conntrack')");
}

TEST_F(Steps, CannotHoldProgramsAndCraftedPacketsOpen) {
  EXPECT_EQ(mistakes(R"(  odd: {send: tcp client -> web:80, flags: fin}
  own: {exec: [/bin/true], in: client}
  all: {send: tcp client -> web:80, connections: 3}
steps: [{flow: visit}, {flow: later}, {start: odd}, {start: own}, {start: all}]
)"),
            R"(cases/a.yaml:9:47: error: flow 'odd' is of crafted packets, which hold nothing open
      steps: [{flow: visit}, {flow: later}, {start: odd}, {start: own}, {start: all}]
                                                    ^
hint: a step 'flow' sends them
cases/a.yaml:9:61: error: flow 'own' is a program, which cannot stay open
      steps: [{flow: visit}, {flow: later}, {start: odd}, {start: own}, {start: all}]
                                                                  ^
hint: a step 'flow' runs it from its start to its end
cases/a.yaml:9:75: error: flow 'all' is several connections, which stay open of themselves
      steps: [{flow: visit}, {flow: later}, {start: odd}, {start: own}, {start: all}]
                                                                                ^
hint: a step 'flow' begins them all)");
}

TEST_F(Steps, NameNodesAndDevices) {
  EXPECT_EQ(mistakes(R"(steps:
  - flow: visit
  - flow: later
  - flush conntrack: gv
  - link down: gw
  - link up: gw:eth7
  - sysctl: {gw: {kernel.panic: 1}}
  - {exec: [], in: gw}
  - delete conntrack: gw
)"),
            R"(cases/a.yaml:9:22: error: unknown node 'gv'
        - flush conntrack: gv
                           ^ did you mean 'gw'?
cases/a.yaml:10:16: error: 'gw' names no device
        - link down: gw
                     ^
hint: write NODE:DEV, such as gw:eth0
cases/a.yaml:11:17: error: node 'gw' has no dev 'eth7'
        - link up: gw:eth7
                      ^ did you mean 'eth0'?
cases/a.yaml:12:19: error: 'kernel.panic' is not a sysctl of a netns
        - sysctl: {gw: {kernel.panic: 1}}
                        ^
hint: a key begins with 'net.' and holds letters, digits, '_', '-', '.' and '/'
cases/a.yaml:13:12: error: 'exec' names no program
        - {exec: [], in: gw}
                 ^
cases/a.yaml:14:23: error: 'delete conntrack' must be a map, not text
        - delete conntrack: gw
                            ^)");
}

TEST_F(Steps, ThatChangeSomethingCanBeLeftOutByAMutant) {
  const Case c = load(
      "steps: [{flow: visit}, {flush conntrack: gw}, {flow: later}]\n"
      "mutant: [{without step: 2}]\n");
  ASSERT_EQ(c.mutants.size(), 1u);
  EXPECT_EQ(c.mutants[0].kind, Mutant::Kind::step);
  EXPECT_EQ(c.mutants[0].number, 2u);
  EXPECT_EQ(mistakes("mutant: {without step: 1}\n"),
            R"(cases/a.yaml:6:10: error: the case has no 'steps'
      mutant: {without step: 1}
               ^)");
  EXPECT_EQ(mistakes("steps: [{flow: visit}, {flush conntrack: gw}, {flow: later}]\n"
                     "mutant: [{without step: 1}, {without step: 4}]\n"),
            R"(cases/a.yaml:7:25: error: step 1 is 'flow: visit', which is no change
      mutant: [{without step: 1}, {without step: 4}]
                              ^
hint: a mutant leaves out a step that changes something
cases/a.yaml:7:44: error: 'without step' must be a number from 1 to 3, not '4'
      mutant: [{without step: 1}, {without step: 4}]
                                                 ^)");
}

}  // namespace
}  // namespace fwproof::parse
