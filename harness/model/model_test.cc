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
                               .target = "drop",
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

Rule read_as(const std::string& as_read, const std::string& target, uint64_t handle = 0) {
  Rule rule;
  rule.handle = handle;
  rule.target = target;
  rule.as_read = as_read;
  return rule;
}

Rule told(Rule rule, const std::string& text, int line) {
  rule.text = text;
  rule.at = {"a.rules", line, 1};
  return rule;
}

Ruleset legacy(Ruleset ruleset) {
  for (Table& table : ruleset.tables) table.legacy = true;
  return ruleset;
}

/// The lines and targets of the one chain's rules.
std::vector<std::string> told_of(const Ruleset& ruleset) {
  std::vector<std::string> result;
  for (const Rule& rule : ruleset.tables[0].chains[0].rules)
    result.push_back(std::to_string(rule.at.line) + " " + rule.target);
  return result;
}

using Told = std::vector<std::string>;

TEST(Annotate, TakesARuleThatHasAnothersHandleForAnother) {
  const Ruleset before = one_chain({told(read_as("drops udp", "drop", 2), "udp drop", 2),
                                    told(read_as("drops tcp", "drop", 3), "tcp drop", 3)});
  Ruleset kernel = one_chain({read_as("accepts", "accept", 2), read_as("drops tcp", "drop", 3)});
  annotate(kernel, before, {});
  EXPECT_EQ(told_of(kernel), (Told{"0 accept", "3 drop"}));
  EXPECT_EQ(kernel.tables[0].chains[0].rules[0].text, "");
}

TEST(Annotate, TakesALegacyRuleOfTheSameTargetForAnother) {
  const Ruleset before = legacy(one_chain({told(read_as("udp", "REJECT"), "-p udp -j REJECT", 3),
                                           told(read_as("icmp", "REJECT"), "-p icmp", 4)}));
  Ruleset kernel = legacy(one_chain({read_as("tcp", "REJECT"), read_as("icmp", "REJECT")}));
  annotate(kernel, before, {});
  EXPECT_EQ(told_of(kernel), (Told{"0 REJECT", "4 REJECT"}));
}

TEST(Annotate, TakesALegacyRuleWithoutATargetForNoOther) {
  const Ruleset before = legacy(one_chain({told(read_as("udp", ""), "-p udp", 3)}));
  Ruleset kernel = legacy(one_chain({read_as("udp ACCEPT", "ACCEPT")}));
  annotate(kernel, before, {});
  EXPECT_EQ(told_of(kernel), (Told{"0 ACCEPT"}));
}

TEST(Annotate, FindsLegacyRulesThatMovedUnlessNothingTellsWhichOneWent) {
  const Ruleset before =
      legacy(one_chain({told(read_as("a", "ACCEPT"), "a", 3), told(read_as("b", "DROP"), "b", 4),
                        told(read_as("b", "DROP"), "b", 5), told(read_as("c", "LOG"), "c", 6)}));
  Ruleset moved = legacy(one_chain(
      {read_as("new", "LOG"), read_as("a", "ACCEPT"), read_as("b", "DROP"), read_as("b", "DROP")}));
  annotate(moved, before, {});
  EXPECT_EQ(told_of(moved), (Told{"0 LOG", "3 ACCEPT", "4 DROP", "5 DROP"}));
  Ruleset fewer = legacy(one_chain({read_as("b", "DROP"), read_as("c", "LOG")}));
  annotate(fewer, before, {});
  EXPECT_EQ(told_of(fewer), (Told{"0 DROP", "6 LOG"}));
  EXPECT_TRUE(fewer.tables[0].chains[0].rules[0].unclear);
  EXPECT_FALSE(moved.tables[0].chains[0].rules[0].unclear);
  Ruleset renamed = legacy(one_chain({read_as("jump v", "jump v"), read_as("c", "LOG")}));
  annotate(renamed, before, {});
  EXPECT_TRUE(renamed.tables[0].chains[0].rules[0].unclear);
}

TEST(Annotate, TellsTheLinesOfTheFileThatALegacyTableWasLoadedFromLast) {
  const Ruleset before = legacy(one_chain({told(read_as("udp", "REJECT"), "old", 3)}));
  const Ruleset file = one_chain({told(read_as("", "REJECT"), "new", 7)});
  Ruleset kernel = legacy(one_chain({read_as("udp", "REJECT")}));
  annotate(kernel, before, {&file});
  EXPECT_EQ(told_of(kernel), (Told{"7 REJECT"}));
  EXPECT_FALSE(same_legacy_rules(before, kernel));
  const Ruleset unclear = one_chain({});
  Ruleset anew = legacy(one_chain({read_as("udp", "REJECT")}));
  annotate(anew, before, {&unclear});
  EXPECT_EQ(told_of(anew), (Told{"0 REJECT"}));
}

TEST(Annotate, KnowsAChainThatWasRenamed) {
  Ruleset before = one_chain({told(read_as("way to 9", "jump u", 2), "jump u", 2)});
  before.tables[0].chains[0].handle = 8;
  Ruleset kernel = one_chain({read_as("way to 9", "jump v", 2)});
  kernel.tables[0].chains[0].handle = 8;
  kernel.tables[0].chains[0].name = "renamed";
  annotate(kernel, before, {});
  EXPECT_EQ(told_of(kernel), (Told{"2 jump v"}));
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
  Rule other = accept;
  other.as_read = "of another port";
  Ruleset replaced = one_chain({other});
  replaced.tables[0].legacy = true;
  EXPECT_FALSE(same_legacy_rules(before, replaced));
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

TEST(LastHook, IsTheOneThatTheEndIsOf) {
  Walk walk;
  for (const char* node : {"near", "far", "near", "last"})
    walk.visits.push_back({.node = node, .hooks = {{.hook = Hook::prerouting}}});
  walk.visits[2].hooks[0].in_dev = "eth1";
  walk.visits[3].hooks[0].in_dev = "eth2";
  walk.end.node = "near";
  EXPECT_EQ(last_hook(walk).in_dev, "eth1");
  walk.end.node = "elsewhere";
  EXPECT_EQ(last_hook(walk).in_dev, "eth2");
}

}  // namespace
}  // namespace fwproof
