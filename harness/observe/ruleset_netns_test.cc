// The rules as the kernel gives them back.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "observe/ruleset_reader.h"
#include "observe/test_node.h"
#include "observe/trace_table.h"

namespace fwproof::observe {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;

std::string counter_text(const std::optional<Counter>& counter) {
  return counter ? fmt::format(" [{}:{}]", counter->packets, counter->bytes) : "";
}

/// One line for each chain and rule.
std::vector<std::string> lines(const Ruleset& ruleset) {
  std::vector<std::string> result;
  for (const Table& table : ruleset.tables)
    for (const Chain& chain : table.chains) {
      std::string head = fmt::format("{} {} {}", to_string(table.family), table.name, chain.name);
      if (chain.base)
        head += fmt::format(" {} {} {}", to_string(chain.base->hook), chain.base->priority,
                            chain.base->type);
      if (chain.policy != Verdict::none) head += fmt::format(" {}", to_string(chain.policy));
      result.push_back(head + counter_text(chain.policy_counter));
      for (const Rule& rule : chain.rules)
        result.push_back(fmt::format("  {} '{}' '{}'{}", rule.number, rule.target, rule.comment,
                                     counter_text(rule.counter)));
    }
  return result;
}

TEST(NftReader, ReadsNativeRules) {
  const TestNode node;
  const TraceTable own(node.netns(), "box", {});
  ASSERT_EQ(node.run({"nft", "-f", "-"}, R"(
    table inet fw {
      chain input {
        type filter hook input priority 10; policy drop;
        udp dport 53 counter accept comment "names"
        ct state vmap { established : accept, new : jump services }
        log prefix "left: " drop
      }
      chain services { tcp dport 22 reject; tcp dport 23 goto last; meta mark set 1; }
      chain last { return; }
    }
    table ip nat {
      chain post { type nat hook postrouting priority 100; tcp dport 80 masquerade; }
      chain out { type nat hook output priority -100; tcp dport 80 dnat to 127.0.0.2; }
    }
    table arp a { chain in { type filter hook input priority 0; }; })"),
            0);
  node.send_udp(53);
  EXPECT_THAT(lines(NftReader(node.netns()).read()),
              ElementsAre("inet fw input INPUT 10 filter drop", "  1 'accept' 'names' [1:30]",
                          "  2 'vmap' ''", "  3 'drop' ''", "inet fw services", "  1 'reject' ''",
                          "  2 'goto last' ''", "  3 '' ''", "inet fw last", "  1 'return' ''",
                          "ip nat post POSTROUTING 100 nat accept", "  1 'masquerade' ''",
                          "ip nat out OUTPUT -100 nat accept", "  1 'dnat' ''",
                          "arp a in INPUT 0 filter accept"));
}

constexpr const char* kRules =
    "*filter\n:INPUT DROP [0:0]\n:services - [0:0]\n"
    "-A INPUT -p udp -m comment --comment \"the names\" -j services\n-A INPUT -g services\n"
    "-A services -p tcp -j REJECT\n-A services -p udp -j ACCEPT\n-A services -p icmp\nCOMMIT\n"
    "*nat\n-A POSTROUTING -p tcp -j MASQUERADE\nCOMMIT\n";

TEST(NftReader, TellsWhatRulesLookUpInSets) {
  const TestNode node;
  ASSERT_EQ(node.run({"nft", "-f", "-"}, R"(table inet fw {
  set hosts { type ipv4_addr; elements = { 10.0.0.1 }; }
  set six { type ipv6_addr . inet_service; elements = { 2001:db8::1 . 22 }; }
  set seen { type ipv4_addr; flags dynamic; size 9; }
  set marks { type mark . ipv4_addr; elements = { 0x1 . 10.0.0.1 }; }
  chain c {
    ip saddr @hosts ip daddr != @hosts
    ip6 daddr . tcp dport @six
    iifname . oifname . meta l4proto { lo . lo . tcp }
    ct state vmap { new : accept }
    ip saddr @seen
    meta mark . ip saddr @marks
    ip saddr and 255.255.255.0 { 10.0.0.0, 10.0.1.0 }
    ip dscp set ef ip saddr @hosts
  }
}
)"),
            0);
  NftReader reader(node.netns());
  const Ruleset ruleset = reader.read();
  std::vector<std::string> told;
  for (const Rule& rule : ruleset.find_table(Family::inet, "fw", false)->find_chain("c")->rules) {
    std::string line = rule.rewrites ? "rewrites" : "";
    for (const SetLookup& lookup : rule.lookups) {
      line += (line.empty() ? "" : ", ") + lookup.set + ":";
      for (const KeyPart part : lookup.key) line += fmt::format(" {}", static_cast<int>(part));
    }
    told.push_back(line);
  }
  const auto number = [](KeyPart part) { return static_cast<int>(part); };
  EXPECT_THAT(told,
              ElementsAre(fmt::format("hosts: {}", number(KeyPart::source)),
                          fmt::format("six: {} {}", number(KeyPart::destination),
                                      number(KeyPart::destination_port)),
                          fmt::format("__set0: {} {} {}", number(KeyPart::in_dev),
                                      number(KeyPart::out_dev), number(KeyPart::protocol)),
                          fmt::format("__map0: {}", number(KeyPart::ct_state)), "seen:", "marks:",
                          "__set1:", fmt::format("rewrites, hosts: {}", number(KeyPart::source))));
}

/// What was read of the rules of all chains, in their order.
std::vector<std::string> as_read(const Ruleset& ruleset) {
  std::vector<std::string> result;
  for (const Table& table : ruleset.tables)
    for (const Chain& chain : table.chains)
      for (const Rule& rule : chain.rules) result.push_back(rule.as_read);
  return result;
}

TEST(NftReader, ReadsTheSameOfARuleThatCounts) {
  const TestNode node;
  ASSERT_EQ(node.run({"nft", "-f", "-"}, R"(table ip t {
  set seen { type ipv4_addr; flags dynamic; size 9; }
  chain in {
    type filter hook input priority 0
    udp dport 53 counter quota over 20 bytes limit rate 9/second add @seen { ip saddr counter }
    udp dport { 53, 54 } counter quota 100 mbytes jump u
  }
  chain u { counter; }
})"),
            0);
  ASSERT_EQ(
      node.run({"iptables-nft-restore", "--noflush"},
               "*filter\n-A INPUT -p udp -m limit --limit 9/s -m quota --quota 1000000 -m "
               "statistic --mode nth --every 2 --packet 0 -m recent --set -j ACCEPT\nCOMMIT\n"),
      0);
  NftReader reader(node.netns());
  const auto before = as_read(reader.read());
  ASSERT_EQ(before.size(), 4u);
  for (int i = 0; i < 3; ++i) node.send_udp(53);
  EXPECT_EQ(as_read(reader.read()), before);
  ASSERT_EQ(node.run({"nft", "rename", "chain", "ip", "t", "u", "v"}), 0);
  EXPECT_EQ(as_read(reader.read()), before);
}

TEST(NftReader, ReadsAnotherOfARuleThatHasAnothersHandle) {
  const TestNode node;
  ASSERT_EQ(
      node.run({"nft", "-f", "-"}, "table ip t { chain c { udp dport { 53, 54 } accept; }; }"), 0);
  NftReader reader(node.netns());
  const Rule old = reader.read().tables.at(0).chains.at(0).rules.at(0);
  const auto replace = [&](const std::string& ports) {
    return node.run({"nft", "replace", "rule", "ip", "t", "c", "handle", std::to_string(old.handle),
                     "udp", "dport", ports, "accept"});
  };
  // The set of the second has the name that the first had.
  ASSERT_EQ(replace("{ 55, 56 }"), 0);
  ASSERT_EQ(replace("{ 57, 58 }"), 0);
  const Rule now = reader.read().tables.at(0).chains.at(0).rules.at(0);
  EXPECT_EQ(now.handle, old.handle);
  EXPECT_EQ(now.lookups.at(0).set, old.lookups.at(0).set);
  EXPECT_NE(now.as_read, old.as_read);
}

TEST(NftReader, LeavesOutFwproofsOwnTableAndKeepsHandlesUnique) {
  const TestNode node;
  const TraceTable own(node.netns(), "box", {.conntrack = true});
  NftReader reader(node.netns());
  EXPECT_TRUE(reader.read().tables.empty());
  EXPECT_FALSE(reader.tracks());
  ASSERT_EQ(node.run({"iptables-nft-restore"}, kRules), 0);
  const Ruleset ruleset = reader.read();
  EXPECT_EQ(ruleset.tables.size(), 2u);
  EXPECT_TRUE(reader.tracks());
  for (const Chain& chain : ruleset.tables.at(0).chains)
    for (const Rule& rule : chain.rules)
      EXPECT_EQ(ruleset.find_rule(Family::ip, "filter", chain.name, rule.handle), &rule);
}

TEST(NftReader, ReadsRulesOfIptablesNft) {
  const TestNode node;
  ASSERT_EQ(node.run({"iptables-nft-restore"}, kRules), 0);
  node.send_udp(53);
  // That a chain counts is up to iptables: newer ones have those of nat count as well.
  EXPECT_THAT(lines(NftReader(node.netns()).read()),
              ElementsAre("ip filter INPUT INPUT 0 filter drop [0:0]",
                          "  1 'jump services' 'the names' [1:30]", "  2 'goto services' '' [0:0]",
                          "ip filter services", "  1 'REJECT' '' [0:0]", "  2 'accept' '' [1:30]",
                          "  3 '' '' [0:0]",
                          AnyOf("ip nat POSTROUTING POSTROUTING 100 nat accept",
                                "ip nat POSTROUTING POSTROUTING 100 nat accept [1:30]"),
                          "  1 'MASQUERADE' '' [0:0]"));
}

TEST(ReadLegacy, ReadsTheNamedTables) {
  const TestNode node;
  ASSERT_EQ(node.run({"iptables-legacy-restore"}, kRules), 0);
  node.send_udp(53);
  Ruleset ruleset;
  EXPECT_TRUE(read_legacy(node.netns(), Family::ip, {"filter", "nat"}, ruleset));
  EXPECT_THAT(
      lines(ruleset),
      ElementsAre(
          "ip filter INPUT INPUT 0 filter drop [0:0]", "  1 'jump services' 'the names' [1:30]",
          "  2 'goto services' '' [0:0]", "ip filter FORWARD FORWARD 0 filter accept [0:0]",
          "ip filter OUTPUT OUTPUT 0 filter accept [1:30]", "ip filter services",
          "  1 'REJECT' '' [0:0]", "  2 'ACCEPT' '' [1:30]", "  3 '' '' [0:0]",
          "ip nat PREROUTING PREROUTING -100 nat accept [0:0]",
          "ip nat INPUT INPUT 100 nat accept [0:0]", "ip nat OUTPUT OUTPUT -100 nat accept [1:30]",
          "ip nat POSTROUTING POSTROUTING 100 nat accept [1:30]", "  1 'MASQUERADE' '' [0:0]"));
  EXPECT_TRUE(ruleset.tables.at(0).legacy);
}

TEST(ReadLegacy, ReadsTheSameOfARuleThatCountsAndAnotherOfAnother) {
  const TestNode node;
  const auto read = [&](Family family) {
    Ruleset ruleset;
    read_legacy(node.netns(), family, {"filter"}, ruleset);
    return as_read(ruleset);
  };
  const std::string rules =
      "*filter\n:u - [0:0]\n-A INPUT -p udp -m limit --limit 9/s -m quota --quota 1000000 -m "
      "statistic --mode nth --every 2 --packet 0 -m recent --set -j u\n-A INPUT -p udp\n-A u -p "
      "udp -j "
      "REJECT\nCOMMIT\n";
  ASSERT_EQ(node.run({"iptables-legacy-restore"}, rules), 0);
  const auto before = read(Family::ip);
  ASSERT_EQ(before.size(), 3u);
  for (int i = 0; i < 3; ++i) node.send_udp(53);
  EXPECT_EQ(read(Family::ip), before);
  // Chains now begin at other places, and the kernel reaches u from another hook.
  ASSERT_EQ(node.run({"iptables-legacy", "-A", "OUTPUT", "-p", "tcp", "-j", "u"}), 0);
  auto after = read(Family::ip);
  ASSERT_EQ(after.size(), 4u);
  after.erase(after.begin() + 2);
  EXPECT_EQ(after, before);
  ASSERT_EQ(node.run({"iptables-legacy", "-R", "u", "1", "-p", "udp", "-j", "REJECT",
                      "--reject-with", "icmp-host-unreachable"}),
            0);
  EXPECT_NE(read(Family::ip).back(), before.back());
  ASSERT_EQ(node.run({"ip6tables-legacy", "-A", "INPUT", "-s", "2001:db8::1", "-j", "DROP"}), 0);
  const auto six = read(Family::ip6);
  ASSERT_EQ(node.run({"ip6tables-legacy", "-R", "INPUT", "1", "-s", "2001:db8::2", "-j", "DROP"}),
            0);
  EXPECT_NE(read(Family::ip6), six);
}

TEST(ReadLegacy, ReadsIpv6) {
  const TestNode node;
  Ruleset ruleset;
  EXPECT_FALSE(read_legacy(node.netns(), Family::ip6, {"mangle"}, ruleset));
  EXPECT_THAT(lines(ruleset),
              ElementsAre("ip6 mangle PREROUTING PREROUTING -150 filter accept [0:0]",
                          "ip6 mangle INPUT INPUT -150 filter accept [0:0]",
                          "ip6 mangle FORWARD FORWARD -150 filter accept [0:0]",
                          "ip6 mangle OUTPUT OUTPUT -150 route accept [0:0]",
                          "ip6 mangle POSTROUTING POSTROUTING -150 filter accept [0:0]"));
}

TEST(ReadLegacy, NamesTheTableThatIsNotThere) {
  const TestNode node;
  Ruleset ruleset;
  try {
    read_legacy(node.netns(), Family::ip, {"filtre"}, ruleset);
    FAIL();
  } catch (const MachineError& error) {
    EXPECT_STREQ(error.what(),
                 "read legacy table 'filtre' of ip: Table does not exist (do you need to insmod?)");
  }
}

}  // namespace
}  // namespace fwproof::observe
