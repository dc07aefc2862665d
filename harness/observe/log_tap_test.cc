#include "observe/log_tap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "observe/log_target.h"

namespace fwproof::observe {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Rule logging_rule(unsigned number, uint64_t handle, const std::string& prefix) {
  Rule rule;
  rule.number = number;
  rule.handle = handle;
  rule.logs = {{prefix}};
  return rule;
}

Ruleset with_input(std::vector<Rule> rules, bool legacy = false) {
  Table table{.family = Family::ip, .name = "filter", .legacy = legacy};
  Chain chain;
  chain.name = "INPUT";
  chain.rules = std::move(rules);
  table.chains = {chain};
  return {{table}};
}

TraceEvent matched(uint64_t rule, bool legacy = false) {
  TraceEvent event;
  event.node = "host";
  event.legacy = legacy;
  event.table = "filter";
  event.chain = "INPUT";
  event.rule = rule;
  return event;
}

std::vector<std::string> texts(const Seen& seen) {
  std::vector<std::string> all;
  for (const LogSeen& log : seen.logs)
    all.push_back(log.node + " '" + log.prefix + "': " + std::to_string(log.packets));
  return all;
}

TEST(LogTap, CountsThePacketsThatALogRuleMatched) {
  RulesByNode rules;
  rules["host"].now() = with_input({logging_rule(1, 7, "IN: "), logging_rule(2, 9, "OTHER ")});
  LogTap tap;
  tap.add({matched(7), matched(7)}, rules);
  rules["host"].change(with_input({logging_rule(1, 7, "LATE")}));
  TraceEvent later = matched(7);
  later.rules = 1;
  tap.add({later}, rules);
  Seen seen;
  tap.tell("host", rules, seen);
  EXPECT_THAT(texts(seen), ElementsAre("host 'IN: ': 2", "host 'LATE': 1", "host 'OTHER ': 0"));
  EXPECT_THAT(seen.logs_unclear, IsEmpty());
}

TEST(LogTap, FindsALegacyRuleByItsNumber) {
  RulesByNode rules;
  rules["host"].now() =
      with_input({logging_rule(1, 0, "ONE"), logging_rule(2, 0, "TWO")}, /*legacy=*/true);
  LogTap tap;
  tap.add({matched(2, true)}, rules);
  Seen seen;
  tap.tell("host", rules, seen);
  EXPECT_THAT(texts(seen), ElementsAre("host 'ONE': 0", "host 'TWO': 1"));
}

TEST(LogTap, CannotTellWhatARuleThatIsGoneLogged) {
  RulesByNode rules;
  rules["host"].now() = with_input({});
  LogTap tap;
  tap.add({matched(7)}, rules);
  Seen seen;
  tap.tell("host", rules, seen);
  EXPECT_EQ(seen.logs_unclear["host"],
            "a rule of 'filter INPUT' that packets matched is gone, and nothing tells whether it "
            "logged");
}

TEST(LogTap, CannotTellWhatARuleLoggedThatLooksAtThePacketAfterwards) {
  Rule rule = logging_rule(1, 7, "IN");
  rule.logs[0].before_match = true;
  RulesByNode rules;
  rules["host"].now() = with_input({rule});
  Seen seen;
  LogTap().tell("host", rules, seen);
  EXPECT_EQ(seen.logs_unclear["host"],
            "rule 1 of 'filter INPUT' looks at the packet after it has logged it, so nothing tells "
            "what it logged; write its log after its matches");
}

TEST(LogTap, ReadsThePrefixOfTheTarget) {
  // struct xt_log_info: level, flags, prefix.
  std::vector<uint8_t> data(32);
  const std::string_view prefix = "INPUT_LO: ";
  std::copy(prefix.begin(), prefix.end(), data.begin() + 2);
  EXPECT_EQ(target_log("LOG", data), RuleLog{"INPUT_LO: "});
  EXPECT_EQ(target_log("DROP", data), std::nullopt);
  EXPECT_EQ(target_log("LOG", std::span(data).first(8)), std::nullopt);
}

}  // namespace
}  // namespace fwproof::observe
