// Rules that log against the kernel: what the trace tells of them on each backend.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "observe/listener.h"
#include "observe/log_tap.h"
#include "observe/ruleset_reader.h"
#include "observe/test_node.h"
#include "observe/trace_table.h"
#include "observe/trace_tap.h"

namespace fwproof::observe {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kRules = R"(*filter
-A INPUT -p udp --dport 53 -j LOG --log-prefix "DNS: "
-A INPUT -p udp --dport 54 -j LOG --log-prefix "OTHER: "
-A INPUT -p udp --dport 53 -j LOG --log-prefix "DNS: "
-A INPUT -p udp --dport 53 -j NFLOG --nflog-group 3 --nflog-prefix "GROUP: "
COMMIT
)";

constexpr const char* kNftRules = R"(table ip filter {
  chain INPUT {
    type filter hook input priority 0;
    udp dport 53 log prefix "DNS: " counter
    udp dport 54 log prefix "OTHER: "
    udp dport 53 log prefix "GROUP: " group 3
    udp dport 53 log prefix "ONE" log prefix "TWO"
    udp dport 53 counter log prefix "DNS: " accept
  }
}
)";

/// "'DNS: ' 1": how many packets to port 53 each prefix was logged with.
std::vector<std::string> logged(const TestNode& node, bool legacy) {
  TraceTable table(node.netns(), "box", {});
  Listener listener(1);
  TraceTap tap(listener.listen(node.netns(), "box"), table, node.netns(), legacy, false);
  node.send_udp(53);
  std::vector<TraceEvent> events;
  std::vector<std::string> lost;
  listener.drain(lost);
  tap.drain(events, lost);
  EXPECT_THAT(lost, IsEmpty());
  RulesByNode rules;
  rules["box"].now() = NftReader(node.netns()).read();
  if (legacy) read_legacy(node.netns(), Family::ip, {"filter"}, rules["box"].now());
  LogTap log;
  log.add(events, rules);
  Seen seen;
  log.tell("box", rules, seen);
  EXPECT_THAT(seen.logs_unclear, IsEmpty());
  std::vector<std::string> lines;
  for (const LogSeen& line : seen.logs)
    lines.push_back("'" + line.prefix + "' " + std::to_string(line.packets));
  return lines;
}

TEST(Log, IsToldByTheTraceOfIptablesNft) {
  const TestNode node;
  ASSERT_EQ(node.run({"iptables-nft-restore"}, kRules), 0);
  EXPECT_THAT(logged(node, false), ElementsAre("'DNS: ' 2", "'GROUP: ' 1", "'OTHER: ' 0"));
}

TEST(Log, IsToldByTheTraceOfLegacyTables) {
  const TestNode node;
  ASSERT_EQ(node.run({"iptables-legacy-restore"}, kRules), 0);
  EXPECT_THAT(logged(node, true), ElementsAre("'DNS: ' 2", "'GROUP: ' 1", "'OTHER: ' 0"));
}

TEST(Log, IsToldByTheTraceOfNft) {
  const TestNode node;
  ASSERT_EQ(node.run({"nft", "-f", "-"}, kNftRules), 0);
  EXPECT_THAT(logged(node, false),
              ElementsAre("'DNS: ' 2", "'GROUP: ' 1", "'ONE' 1", "'OTHER: ' 0", "'TWO' 1"));
}

TEST(Log, OfEbtablesIsKnown) {
  const TestNode node;
  ASSERT_EQ(node.run({"ebtables-nft-restore"},
                     "*filter\n:FORWARD ACCEPT\n-A FORWARD -p ARP --log-level info --log-prefix "
                     "\"FRAME \" -j CONTINUE\n"),
            0);
  const Ruleset rules = NftReader(node.netns()).read();
  EXPECT_EQ(rules.tables.at(0).chains.at(0).rules.at(0).logs,
            (std::vector<RuleLog>{{"FRAME ", false}}));
}

TEST(Log, IsUnclearWhereNftLogsBeforeItLooks) {
  const TestNode node;
  ASSERT_EQ(node.run({"nft", "-f", "-"},
                     "table ip t { chain c { type filter hook input priority 0; log prefix \"A\" "
                     "udp dport 54 accept; }; }"),
            0);
  const Ruleset rules = NftReader(node.netns()).read();
  EXPECT_EQ(rules.tables.at(0).chains.at(0).rules.at(0).logs, (std::vector<RuleLog>{{"A", true}}));
}

TEST(Log, KnowsWhetherThereAreLegacyTables) {
  const TestNode node;
  EXPECT_FALSE(has_legacy_tables(node.netns()));
  ASSERT_EQ(node.run({"iptables-legacy-restore"}, kRules), 0);
  EXPECT_TRUE(has_legacy_tables(node.netns()));
}

}  // namespace
}  // namespace fwproof::observe
