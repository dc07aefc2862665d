#include <gtest/gtest.h>

#include "judge/seen_builder.h"

namespace fwproof::judge {
namespace {

Case case_with_capture(const Range& packets) {
  Case c;
  FlowChecks checks;
  checks.flow = "visit";
  checks.captures = {{"gw", "eth1", "tcp[13] == 2", packets, kAt}};
  c.checks = {checks};
  return c;
}

std::string captures(const Case& c, uint64_t packets) {
  Seen seen;
  seen.captures = {{"gw", "eth1", "tcp[13] == 2", packets, {}}};
  Judgement judgement;
  check_captures(c.checks, seen.captures, judgement);
  return text_of(judgement);
}

TEST(CaptureCheck, ComparesTheNumberOfPackets) {
  const Case c = case_with_capture({1, 2, "1..2"});
  EXPECT_EQ(captures(c, 1), "");
  EXPECT_EQ(captures(c, 3),
            "capture gw:eth1\n"
            "asserted {at: gw:eth1, filter: 'tcp[13] == 2', packets: 1..2}\n"
            "seen     {at: gw:eth1, filter: 'tcp[13] == 2', packets: 3}\n");
}

TEST(CaptureCheck, IsAnErrorWhenNoCaptureWasKept) {
  Judgement judgement;
  const Case c = case_with_capture({1, 1, "1"});
  check_captures(c.checks, {}, judgement);
  EXPECT_EQ(text_of(judgement),
            "error: capture check at 'gw:eth1': no capture was kept (case.yaml:12)\n");
}

Table filter_table(Family family, std::optional<Counter> counter) {
  Rule rule;
  rule.number = 1;
  rule.target = "ACCEPT";
  rule.counter = counter;
  Chain chain;
  chain.name = "FORWARD";
  chain.base = BaseChain{};
  chain.policy = Verdict::drop;
  chain.policy_counter = Counter{4, 240};
  chain.rules = {rule};
  Table table;
  table.family = family;
  table.name = "filter";
  table.chains = {chain};
  return table;
}

StepPattern rule_1() {
  StepPattern p;
  p.table = "filter";
  p.chain = "FORWARD";
  p.says = StepPattern::Says::rule;
  p.rule_number = 1;
  p.text = "filter FORWARD rule 1";
  return p;
}

std::string counters(const StepPattern& step, const Range& packets, std::vector<Table> tables,
                     Backend backend = Backend::iptables_nft) {
  const CounterCheck check{"gw", step, packets, kAt};
  Seen seen;
  seen.rulesets["gw"].tables = std::move(tables);
  Judgement judgement;
  check_counters({&check, 1}, backend, seen, judgement);
  return text_of(judgement);
}

TEST(CounterCheck, ComparesWhatARuleCounted) {
  const std::vector<Table> tables{filter_table(Family::ip, Counter{3, 180})};
  EXPECT_EQ(counters(rule_1(), {3, 3, "3"}, tables), "");
  EXPECT_EQ(counters(rule_1(), {4, 9, ">= 4"}, tables),
            "counters gw\n"
            "asserted filter FORWARD rule 1: '>= 4'\n"
            "seen     filter FORWARD rule 1: 3\n");
}

TEST(CounterCheck, ComparesWhatAPolicyCounted) {
  StepPattern policy = rule_1();
  policy.says = StepPattern::Says::policy;
  policy.rule_number = 0;
  policy.target = "DROP";
  policy.text = "filter FORWARD policy DROP";
  const std::vector<Table> tables{filter_table(Family::ip, Counter{3, 180})};
  EXPECT_EQ(counters(policy, {4, 4, "4"}, tables), "");
  EXPECT_NE(counters(policy, {3, 3, "3"}, tables), "");
}

TEST(CounterCheck, SaysThatThereIsNoSuchRule) {
  EXPECT_EQ(counters(rule_1(), {0, 0, "0"}, {}),
            "counters gw\n"
            "asserted filter FORWARD rule 1: 0\n"
            "seen     no such rule or policy\n");
}

TEST(CounterCheck, IsAnErrorWhereNothingCounts) {
  EXPECT_EQ(counters(rule_1(), {3, 3, "3"}, {filter_table(Family::ip, std::nullopt)}),
            "error: counter check on 'gw' 'filter FORWARD rule 1': nothing counts there; in nft, "
            "write 'counter' in the rule (case.yaml:12)\n");
}

TEST(CounterCheck, IsAnErrorWhereTheLinesOfTheRulesAreNotKnown) {
  StepPattern by_line = rule_1();
  by_line.rule_number = 0;
  by_line.rule_file = "gw.rules";
  by_line.rule_line = 7;
  by_line.text = "filter FORWARD rule gw.rules:7";
  Table unknown = filter_table(Family::ip, Counter{3, 180});
  for (Rule& rule : unknown.chains[0].rules) rule.at = {};
  EXPECT_EQ(
      counters(by_line, {3, 3, "3"}, {unknown}),
      "error: counter check on 'gw' 'filter FORWARD rule gw.rules:7': node 'gw': the lines of "
      "the rules of 'filter FORWARD' are not known (case.yaml:12); name the rule by its number "
      "or comment\n");
}

TEST(CounterCheck, MeansFamilyIpWhereNoneIsSaid) {
  const Table ip = filter_table(Family::ip, Counter{3, 180});
  const Table ip6 = filter_table(Family::ip6, Counter{9, 540});
  const Table inet = filter_table(Family::inet, Counter{9, 540});
  EXPECT_EQ(counters(rule_1(), {3, 3, "3"}, {ip6, ip}), "");
  EXPECT_EQ(counters(rule_1(), {3, 3, "3"}, {ip6, inet}),
            "error: counter check on 'gw' 'filter FORWARD rule 1': 2 rules or policies fit, it "
            "must be one (case.yaml:12)\n");
}

TEST(CounterCheck, LooksAtLegacyTablesWithTheLegacyBackendOnly) {
  Table legacy = filter_table(Family::ip, Counter{3, 180});
  legacy.legacy = true;
  EXPECT_EQ(counters(rule_1(), {3, 3, "3"}, {legacy}, Backend::iptables_legacy), "");
  EXPECT_NE(counters(rule_1(), {3, 3, "3"}, {legacy}, Backend::iptables_nft), "");
}

}  // namespace
}  // namespace fwproof::judge
