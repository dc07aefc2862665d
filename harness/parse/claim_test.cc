#include "model/claim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parse/test_network.h"

namespace fwproof::parse {
namespace {

using testing::ElementsAre;

constexpr const char* kVisit = R"(topology: net
rules: {gw: gw.rules}
flows:
  visit: tcp client:60000 -> web:80
checks: {visit: {outcome: connected}}
)";

std::string with_visit(const std::string& more) { return kVisit + more; }

TEST(Claim, IsReadWithTheDocumentsVersion) {
  const Case c = TestNetwork().load(with_visit(R"(claim:
  ids: [004-02, 004-03]
  document: 004_a.txt
  says: the packet is dropped
  outcome: false
  kernel: it is not
  when: always
as told:
  checks: {visit: {outcome: dropped}}
  counters: {gw: {filter FORWARD rule 1: none}}
  routes: {gw: [{table: main, lacks: 10.0.0.0/24}]}
)"));
  ASSERT_TRUE(c.claim && c.as_told);
  EXPECT_THAT(c.claim->ids, ElementsAre("004-02", "004-03"));
  EXPECT_EQ(c.claim->document, "004_a.txt");
  EXPECT_EQ(c.claim->says, "the packet is dropped");
  EXPECT_EQ(c.claim->outcome, ClaimOutcome::false_);
  EXPECT_EQ(c.claim->kernel, "it is not");
  EXPECT_EQ(c.claim->when, "always");
  EXPECT_EQ(c.as_told->checks.at(0).outcome->outcome, "dropped");
  EXPECT_EQ(c.as_told->counters.at(0).packets.most, 0u);
  EXPECT_FALSE(c.as_told->routes.at(0).has);
  EXPECT_EQ(c.checks.at(0).outcome->outcome, "connected");
}

TEST(Claim, MustBeWhole) {
  EXPECT_EQ(TestNetwork().case_mistakes(with_visit(R"(claim: {when: always}
)")),
            R"(cases/a.yaml:6:8: error: a claim needs 'document': a file's name
      claim: {when: always}
             ^
cases/a.yaml:6:8: error: a claim needs 'ids': [004-02]
      claim: {when: always}
             ^
cases/a.yaml:6:8: error: a claim needs 'says': the document's point
      claim: {when: always}
             ^
cases/a.yaml:6:8: error: a claim needs 'outcome': holds, false, imprecise
      claim: {when: always}
             ^
cases/a.yaml:6:8: error: a claim needs 'kernel': what the kernel really does
      claim: {when: always}
             ^)");
}

TEST(Claim, RefusesNumbersAndOutcomesThatAreNone) {
  EXPECT_EQ(TestNetwork().case_mistakes(with_visit(R"(claim:
  ids: [4-2, 003-01, 004-02, 004-02]
  document: a/004_a.txt
  says: a
  outcome: fals
  kernel: b
)")),
            R"(cases/a.yaml:7:9: error: '4-2' is not a claim's number like 004-02
        ids: [4-2, 003-01, 004-02, 004-02]
              ^
cases/a.yaml:7:14: error: claim '003-01' is not of document 'a/004_a.txt'
        ids: [4-2, 003-01, 004-02, 004-02]
                   ^
cases/a.yaml:7:22: error: claim '004-02' is not of document 'a/004_a.txt'
        ids: [4-2, 003-01, 004-02, 004-02]
                           ^
cases/a.yaml:7:30: error: claim '004-02' is not of document 'a/004_a.txt'
        ids: [4-2, 003-01, 004-02, 004-02]
                                   ^
cases/a.yaml:8:13: error: 'a/004_a.txt' is a path
        document: a/004_a.txt
                  ^
hint: a file's name is enough
cases/a.yaml:10:12: error: a claim is not 'fals'
        outcome: fals
                 ^ did you mean 'false'?
hint: it is holds, false, imprecise)");
}

constexpr const char* kFalse =
    "claim: {ids: [004-02], document: 004.txt, says: a, outcome: false, kernel: b}\n";

TEST(Claim, NeedsTheDocumentsVersionUnlessItHolds) {
  EXPECT_EQ(TestNetwork().case_mistakes(with_visit(kFalse)),
            R"(cases/a.yaml:6:8: error: a claim that is false needs 'as told' beside it
      claim: {ids: [004-02], document: 004.txt, says: a, outcome: false, kernel: b}
             ^
hint: write the document's version as checks under 'as told')");
  EXPECT_EQ(TestNetwork().case_mistakes(with_visit(
                "claim: {ids: [004-02], document: 004.txt, says: a, outcome: holds, kernel: b}\n")),
            "");
}

TEST(Claim, NeedsADocumentsVersionThatAssertsSomething) {
  EXPECT_EQ(TestNetwork().case_mistakes(with_visit(std::string(kFalse) + R"(as told:
  checks: {visit: {}}
)")),
            R"(cases/a.yaml:8:3: error: 'as told' asserts nothing
        checks: {visit: {}}
        ^)");
}

TEST(Claim, IsImpreciseByTwoAssertionsAtLeast) {
  EXPECT_EQ(
      TestNetwork().case_mistakes(with_visit(
          R"(claim: {ids: [004-02], document: 004.txt, says: a, outcome: imprecise, kernel: b}
as told: {checks: {visit: {outcome: dropped}}}
)")),
      R"(cases/a.yaml:7:10: error: a claim that is imprecise needs two assertions 'as told': one that holds and one that does not
      as told: {checks: {visit: {outcome: dropped}}}
               ^)");
}

TEST(Claim, IsWhatADocumentsVersionIsOf) {
  EXPECT_EQ(TestNetwork().case_mistakes(with_visit(R"(as told: {check: {}}
)")),
            R"(cases/a.yaml:6:10: error: 'as told' is the version of a claim, and there is none
      as told: {check: {}}
               ^
cases/a.yaml:6:11: error: unknown key 'check' in 'as told'
      as told: {check: {}}
                ^ did you mean 'checks'?)");
}

TEST(Needs, NamesFeaturesOfTheKernel) {
  EXPECT_THAT(TestNetwork().load(with_visit("needs: [ip_vs, dummy]\n")).needs,
              ElementsAre("ip_vs", "dummy"));
  EXPECT_EQ(TestNetwork().case_mistakes(with_visit("needs: [ipvs, quantum]\n")),
            R"(cases/a.yaml:6:9: error: unknown feature 'ipvs'
      needs: [ipvs, quantum]
              ^ did you mean 'ip_vs'?
cases/a.yaml:6:15: error: unknown feature 'quantum'
      needs: [ipvs, quantum]
                    ^
hint: the features are: arptables_legacy, br_netfilter, bridge_conntrack, bridge_reject, conntrack_max, dummy, firewalld, flowtable, gre, ip_vs, ipip, kprobes, macvlan, multipath, netem, nf_tables_arp, nftables_examples, perl, secmark, sit, synproxy, tproxy, tun, ufw, vlan, vlan_filtering, vrf, vxlan, wireguard)");
}

constexpr const char* kLogging = R"(*filter
-A INPUT -i lo -j LOG --log-prefix "INPUT_LO: "
-A OUTPUT -o lo -j LOG --log-prefix 'OUTPUT_LO'
-A OUTPUT -o lo -j NFLOG --nflog-prefix "NFGROUP: "
COMMIT
)";

constexpr const char* kNftLogging =
    "table ip filter {\n  chain INPUT {\n    type filter hook input priority 0;\n"
    "    log prefix \"NFT_LO: \" counter\n    log group 2 prefix \"GROUP: \"\n  }\n}\n";

std::string logging_case(const std::string& log) {
  return "topology: net\nrules: {gw: {iptables: log.rules, nft: log.nft}}\nlog:\n" + log;
}

struct LoggingNetwork : TestNetwork {
  LoggingNetwork() {
    write("cases/log.rules", kLogging);
    write("cases/log.nft", kNftLogging);
  }
};

TEST(LogChecks, NamePrefixesAsTheyAreOrWithoutWhatEndsThem) {
  const Case c = LoggingNetwork().load(
      logging_case("  gw: {INPUT_LO: 2, never: 'INPUT_LO: ', NFT_LO: '>= 3'}\n"));
  ASSERT_EQ(c.logs.size(), 3u);
  EXPECT_EQ(c.logs[0].node, "gw");
  EXPECT_EQ(c.logs[0].prefix, "INPUT_LO");
  EXPECT_EQ(c.logs[0].packets.text, "2");
  EXPECT_EQ(c.logs[1].prefix, "INPUT_LO: ");
  EXPECT_EQ(c.logs[1].packets.most, 0u);
  EXPECT_EQ(c.logs[2].packets.least, 3u);
  const Case list = LoggingNetwork().load(logging_case("  gw: [INPUT_LO, OUTPUT_LO]\n"));
  ASSERT_EQ(list.logs.size(), 2u);
  EXPECT_EQ(list.logs[1].packets.text, ">= 1");
}

TEST(LogChecks, RefuseAPrefixThatNoRuleLogsWith) {
  EXPECT_EQ(LoggingNetwork().case_mistakes(logging_case(
                "  gw: [INPUTLO, DNS, 'OUTPUT_LO:']\n  web: INPUT_LO\n  client: {never: []}\n")),
            R"(cases/a.yaml:4:8: error: no rule of node 'gw' logs 'INPUTLO'
        gw: [INPUTLO, DNS, 'OUTPUT_LO:']
             ^ did you mean 'INPUT_LO'?
cases/a.yaml:4:17: error: no rule of node 'gw' logs 'DNS'
        gw: [INPUTLO, DNS, 'OUTPUT_LO:']
                      ^
hint: its rules log: INPUT_LO, OUTPUT_LO, NFGROUP, NFT_LO, GROUP
cases/a.yaml:4:22: error: no rule of node 'gw' logs 'OUTPUT_LO:'
        gw: [INPUTLO, DNS, 'OUTPUT_LO:']
                           ^ did you mean 'OUTPUT_LO'?
cases/a.yaml:5:8: error: no rule of node 'web' logs 'INPUT_LO'
        web: INPUT_LO
             ^
cases/a.yaml:6:19: error: a log of nothing checks nothing
        client: {never: []}
                        ^)");
}

TEST(LogChecks, TakeAnyPrefixWhereAProgramMayBringRules) {
  EXPECT_EQ(LoggingNetwork().case_mistakes(
                logging_case("  gw: DNS\n") +
                "flows: {rules: {exec: [iptables, -A, INPUT, -j, LOG], in: gw}}\n"),
            "");
}

}  // namespace
}  // namespace fwproof::parse
