#include <gtest/gtest.h>

#include "model/finding.h"

namespace fwproof {
namespace {

Ruleset one_chain(std::vector<Rule> rules) {
  Chain chain;
  chain.name = "INPUT";
  chain.rules = std::move(rules);
  Table table;
  table.name = "filter";
  table.chains = {chain};
  return {{table}};
}

TEST(Annotate, GivesEachRuleTheTextOfItsTwin) {
  Ruleset kernel = one_chain({{.number = 1,
                               .handle = 5,
                               .text = "",
                               .target = "",
                               .comment = "",
                               .at = {},
                               .last_line = 0,
                               .counter = {}}});
  const Ruleset file = one_chain({{.number = 1,
                                   .handle = 0,
                                   .text = "-A INPUT -j DROP",
                                   .target = "DROP",
                                   .comment = "",
                                   .at = {"a.rules", 3, 1},
                                   .last_line = 3,
                                   .counter = {}}});
  annotate(kernel, {}, {&file});
  const Rule* rule = kernel.find_rule(Family::ip, "filter", "INPUT", 5);
  ASSERT_NE(rule, nullptr);
  EXPECT_EQ(rule->text, "-A INPUT -j DROP");
  EXPECT_EQ(rule->at.line, 3);
  EXPECT_EQ(rule->handle, 5u);
}

TEST(Annotate, SaysNothingWhereTheNumberOfRulesDiffers) {
  Ruleset kernel = one_chain({Rule{}, Rule{}});
  Rule written;
  written.text = "-A INPUT -j DROP";
  const Ruleset file = one_chain({written});
  annotate(kernel, {}, {&file});
  EXPECT_EQ(kernel.tables[0].chains[0].rules[0].text, "");
}

TEST(Annotate, SaysNothingWhereTheKernelsVerdictIsAnother) {
  Rule held;
  held.handle = 5;
  held.target = "drop";
  Ruleset kernel = one_chain({held});
  Rule written;
  written.text = "tcp dport 22 accept";
  written.target = "accept";
  const Ruleset file = one_chain({written});
  annotate(kernel, {}, {&file});
  EXPECT_EQ(kernel.tables[0].chains[0].rules[0].text, "");
}

Rule rule_of(uint64_t handle, const std::string& text) {
  Rule rule;
  rule.handle = handle;
  rule.text = text;
  return rule;
}

TEST(Annotate, KeepsWhatOldRulesHadAndGivesNewOnesTheirTwins) {
  const Ruleset before = one_chain({rule_of(4, "first"), rule_of(5, "second")});
  const Ruleset added = one_chain({rule_of(0, "third")});
  Ruleset kernel = one_chain({rule_of(7, ""), rule_of(4, ""), rule_of(5, "")});
  annotate(kernel, before, {&added});
  const auto& rules = kernel.tables[0].chains[0].rules;
  EXPECT_EQ(rules[0].text, "third");
  EXPECT_EQ(rules[1].text, "first");
  EXPECT_EQ(rules[2].text, "second");
}

TEST(Annotate, TakesATableThatWasMadeAnewForAnother) {
  const Ruleset before = one_chain({rule_of(4, "first")});
  Ruleset kernel = one_chain({rule_of(4, "")});
  kernel.tables[0].handle = 2;
  annotate(kernel, before, {});
  EXPECT_EQ(kernel.tables[0].chains[0].rules[0].text, "");
}

TEST(CountFrom, LeavesWhatWasCountedSince) {
  const auto counted = [](uint64_t policy, uint64_t rule) {
    Chain chain;
    chain.policy_counter = {.packets = policy, .bytes = policy * 100};
    chain.rules.resize(2);
    chain.rules[1].counter = {.packets = rule, .bytes = rule * 100};
    Table table;
    table.chains = {chain};
    return Ruleset{{table}};
  };
  Ruleset now = counted(7, 9);
  count_from(counted(5, 9), now);
  const Chain& chain = now.tables[0].chains[0];
  EXPECT_EQ(chain.policy_counter, (Counter{.packets = 2, .bytes = 200}));
  EXPECT_EQ(chain.rules[0].counter, std::nullopt);
  EXPECT_EQ(chain.rules[1].counter, Counter{});
}

TEST(SameLegacyRules, NoticesARuleThatTookAnothersPlace) {
  Rule drop;
  drop.target = "DROP";
  Rule accept;
  accept.target = "ACCEPT";
  Ruleset before = one_chain({accept});
  Ruleset after = one_chain({drop, accept});
  before.tables[0].legacy = after.tables[0].legacy = true;
  EXPECT_TRUE(same_legacy_rules(before, before));
  EXPECT_FALSE(same_legacy_rules(before, after));
}

TEST(Step, IsWrittenInTheNotationOfACase) {
  Step step;
  step.table = "nat";
  step.chain = "PREROUTING";
  step.rule_number = 1;
  step.target = "DNAT";
  EXPECT_EQ(to_string(step), "nat PREROUTING rule 1 DNAT");
  step.family = Family::inet;
  step.kind = TraceEvent::Kind::policy;
  step.target = "DROP";
  EXPECT_EQ(to_string(step), "inet nat PREROUTING policy DROP");
}

TEST(Step, QuotesNamesThatCouldBeOtherWords) {
  Step step;
  step.family = Family::inet;
  step.table = "arp";
  step.chain = "in";
  step.rule_number = 1;
  step.target = "accept";
  step.via_chain = "out";
  step.via_rule = 2;
  EXPECT_EQ(to_string(step) + " " + via_text(step),
            "inet \"arp\" \"in\" rule 1 accept via \"out\" rule 2");
}

TEST(SameIdentity, LooksPastWhatNatAndRoutersChange) {
  Packet a;
  a.source = *IpAddress::parse("10.0.0.5");
  a.protocol = kProtocolTcp;
  a.seq = 7;
  a.ttl = 64;
  Packet b = a;
  b.source = *IpAddress::parse("203.0.113.1");
  b.ttl = 63;
  EXPECT_TRUE(same_identity(a, b));
  b.seq = 8;
  EXPECT_FALSE(same_identity(a, b));
}

}  // namespace
}  // namespace fwproof
