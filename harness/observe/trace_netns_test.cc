// What the kernel's trace says, in which order, for one packet over lo.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "model/packet.h"
#include "observe/listener.h"
#include "observe/ruleset_reader.h"
#include "observe/test_bytes.h"
#include "observe/test_node.h"
#include "observe/trace_table.h"
#include "observe/trace_tap.h"

namespace fwproof::observe {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

/// The position of the rule in its chain, which a legacy event tells itself.
uint64_t rule_number(const TraceEvent& event, const Ruleset& ruleset) {
  if (event.legacy || event.rule == 0) return event.rule;
  const Rule* rule = ruleset.find_rule(event.family, event.table, event.chain, event.rule);
  return rule ? rule->number : 0;
}

/// "ip filter INPUT rule 3 jump x", then the devs and the packet where the event has them.
std::string text(const TraceEvent& event, const Ruleset& ruleset) {
  std::string line = fmt::format("{}{} {} {}", event.legacy ? "legacy " : "",
                                 to_string(event.family), event.table, event.chain);
  if (event.kind == TraceEvent::Kind::policy) line += " policy";
  if (event.kind == TraceEvent::Kind::return_) line += " return";
  if (event.kind == TraceEvent::Kind::rule) line += " rule";
  if (const auto number = rule_number(event, ruleset); number != 0)
    line += fmt::format(" {}", number);
  if (event.verdict != Verdict::none) line += fmt::format(" {}", to_string(event.verdict));
  if (!event.target_chain.empty()) line += " " + event.target_chain;
  if (!event.in_dev.empty()) line += " in " + event.in_dev;
  if (!event.out_dev.empty()) line += " out " + event.out_dev;
  if (event.packet) line += fmt::format(" ({})", describe(*event.packet));
  return line;
}

/// fwproof's table and tap in a node.
struct Traced {
  TestNode node;
  TraceTable table;
  Listener listener;
  TraceTap tap;

  explicit Traced(bool legacy = false, bool ipv6 = false, const TraceScope& scope = {})
      : table(node.netns(), "box", scope),
        listener(1),
        tap(listener.listen(node.netns(), "box"), table, node.netns(), legacy, ipv6) {}

  std::vector<std::string> drain(bool with_own_chains = false) {
    std::vector<TraceEvent> events;
    std::vector<std::string> lost;
    listener.drain(lost);
    tap.drain(events, lost);
    EXPECT_THAT(lost, IsEmpty());
    const Ruleset ruleset = NftReader(node.netns()).read();
    std::vector<std::string> lines;
    for (const TraceEvent& event : events) {
      EXPECT_EQ(event.node, "box");
      if (with_own_chains || event.table != kTraceTable) lines.push_back(text(event, ruleset));
    }
    return lines;
  }
};

TEST(TraceTable, TellsTheStartAndTheEndOfEveryHookAPacketPasses) {
  Traced box;
  box.node.send_udp(53);
  const std::string packet = " (127.0.0.1:5000 > 127.0.0.1:53 udp len 2)";
  const std::string out = " out lo" + packet;
  const std::string in = " in lo" + packet;
  EXPECT_THAT(box.drain(true), ElementsAre("inet fwproof output-first rule accept" + out,
                                           "inet fwproof output-last rule accept" + out,
                                           "inet fwproof postrouting-first rule accept" + out,
                                           "inet fwproof postrouting-last rule accept" + out,
                                           "inet fwproof prerouting-first rule accept" + in,
                                           "inet fwproof prerouting-last rule accept" + in,
                                           "inet fwproof input-first rule accept" + in,
                                           "inet fwproof input-last rule accept" + in));
}

TEST(TraceTable, TellsOfEachHookOnceWhereNothingElseStands) {
  Traced box(false, false, {.owned = false, .lone = true});
  box.node.send_udp(53);
  const std::string packet = " (127.0.0.1:5000 > 127.0.0.1:53 udp len 2)";
  EXPECT_THAT(box.drain(true), ElementsAre("inet fwproof output rule accept out lo" + packet,
                                           "inet fwproof postrouting rule accept out lo" + packet,
                                           "inet fwproof prerouting rule accept in lo" + packet,
                                           "inet fwproof input rule accept in lo" + packet));
}

TEST(TraceTable, SurvivesFlushRulesetAndChangesByOthers) {
  Traced box;
  EXPECT_EQ(box.node.run({"nft", "flush", "ruleset"}), 0);
  EXPECT_NE(box.node.run({"nft", "flush", "table", "inet", "fwproof"}), 0);
  box.node.send_udp(53);
  EXPECT_EQ(box.drain(true).size(), 8u);
}

TEST(TraceTable, GoesWithItsOwner) {
  const TestNode node;
  { const TraceTable table(node.netns(), "box", {.conntrack = true}); }
  EXPECT_NE(node.run({"nft", "list", "table", "inet", "fwproof"}), 0);
}

TEST(TraceTable, WithoutAnOwnerGoesWithItsNode) {
  const TestNode node;
  { const TraceTable table(node.netns(), "box", {.owned = false}); }
  EXPECT_EQ(node.run({"nft", "list", "table", "inet", "fwproof"}), 0);
}

TEST(TraceTap, TellsNativeChainsJumpsReturnsAndPolicies) {
  Traced box;
  ASSERT_EQ(box.node.run({"nft", "-f", "-"}, R"(
    table inet fw {
      chain input {
        type filter hook input priority 0; policy drop;
        udp dport 53 jump empty
        udp dport 53 jump services
        udp dport 53 goto last
      }
      chain empty { }
      chain services { udp dport 53 meta mark set 7 return; }
      chain last { counter; udp dport 53 accept; }
    })"),
            0);
  box.node.send_udp(53);
  EXPECT_THAT(
      box.drain(),
      ElementsAre("inet fw input rule 1 jump empty in lo (127.0.0.1:5000 > 127.0.0.1:53 udp len 2)",
                  "inet fw empty return continue", "inet fw input rule 2 jump services",
                  "inet fw services rule 1 return", "inet fw input rule 3 goto last",
                  "inet fw last rule 1 continue", "inet fw last rule 2 accept"));
  box.node.send_udp(54);
  EXPECT_THAT(box.drain(), ElementsAre("inet fw input policy drop in lo "
                                       "(127.0.0.1:5000 > 127.0.0.1:54 udp len 2)"));
}

constexpr const char* kRules =
    "*filter\n:INPUT DROP [0:0]\n:services - [0:0]\n"
    "-A INPUT -p tcp -j ACCEPT\n-A INPUT -p udp -j services\n-A INPUT -p udp -j ACCEPT\n"
    "-A services -p udp --dport 80 -j ACCEPT\nCOMMIT\n";

TEST(TraceTap, TellsIptablesNft) {
  Traced box;
  ASSERT_EQ(box.node.run({"iptables-nft-restore"}, kRules), 0);
  box.node.send_udp(53);
  EXPECT_THAT(
      box.drain(),
      ElementsAre(
          "ip filter INPUT rule 2 jump services in lo (127.0.0.1:5000 > 127.0.0.1:53 udp len 2)",
          "ip filter services return continue", "ip filter INPUT rule 3 accept"));
}

TEST(TraceTap, TellsIptablesLegacy) {
  Traced box(true);
  ASSERT_EQ(box.node.run({"iptables-legacy-restore"}, kRules), 0);
  box.node.send_udp(53);
  const std::string packet = " (127.0.0.1:5000 > 127.0.0.1:53 udp len 2)";
  EXPECT_THAT(box.drain(), ElementsAre("legacy ip filter OUTPUT policy 1 out lo" + packet,
                                       "legacy ip filter INPUT rule 2 in lo" + packet,
                                       "legacy ip filter services return 2 in lo" + packet,
                                       "legacy ip filter INPUT rule 3 in lo" + packet));
}

TEST(TraceTap, TellsIp6tablesLegacy) {
  Traced box(true, true);
  ASSERT_EQ(box.node.run({"ip6tables-legacy-restore"}, kRules), 0);
  box.node.send_udp(53, true);
  const std::string packet = " ([::1]:5000 > [::1]:53 udp len 2)";
  EXPECT_THAT(box.drain(), ElementsAre("legacy ip6 filter OUTPUT policy 1 out lo" + packet,
                                       "legacy ip6 filter INPUT rule 2 in lo" + packet,
                                       "legacy ip6 filter services return 2 in lo" + packet,
                                       "legacy ip6 filter INPUT rule 3 in lo" + packet));
}

TEST(TraceTap, GivesTheNumberOfAnUnconditionalLegacyRuleThatTheKernelTakesForThePolicy) {
  Traced box(true);
  ASSERT_EQ(box.node.run({"iptables-legacy-restore"},
                         "*raw\n-A PREROUTING -p tcp\n-A PREROUTING -j ACCEPT\nCOMMIT\n"),
            0);
  box.node.send_udp(53);
  const std::string packet = " (127.0.0.1:5000 > 127.0.0.1:53 udp len 2)";
  EXPECT_THAT(box.drain(), ElementsAre("legacy ip raw OUTPUT policy 1 out lo" + packet,
                                       "legacy ip raw PREROUTING policy 2 in lo" + packet));
}

TEST(TraceTap, LeavesOutWhatTheUsersOwnNflogRulesLog) {
  Traced box(true);
  ASSERT_EQ(box.node.run({"iptables-legacy-restore"},
                         "*raw\n-A PREROUTING -j NFLOG --nflog-prefix seen\nCOMMIT\n"),
            0);
  box.node.send_udp(53);
  EXPECT_THAT(box.drain(), ElementsAre(testing::StartsWith("legacy ip raw OUTPUT policy 1"),
                                       testing::StartsWith("legacy ip raw PREROUTING rule 1"),
                                       testing::StartsWith("legacy ip raw PREROUTING policy 2")));
}

TEST(TraceTap, TellsTheAnswerOfARejectInsideTheTraceOfTheRejectedPacket) {
  Traced box;
  ASSERT_EQ(box.node.run({"iptables-nft-restore"},
                         "*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
                         "-A INPUT -p udp -j REJECT\nCOMMIT\n"),
            0);
  box.node.send_udp(53);
  const std::string error = " (127.0.0.1 > 127.0.0.1 port-unreachable)";
  EXPECT_THAT(box.drain(), ElementsAre("ip filter OUTPUT policy accept out lo "
                                       "(127.0.0.1:5000 > 127.0.0.1:53 udp len 2)",
                                       "ip filter OUTPUT policy accept out lo" + error,
                                       "ip filter INPUT rule 1 drop in lo "
                                       "(127.0.0.1:5000 > 127.0.0.1:53 udp len 2)",
                                       "ip filter INPUT policy accept in lo" + error));
}

/// Sends this packet of IPv6, from its header on, to ::1.
void send_raw(const TestNode& node, const std::string& hex) {
  const nl::NetnsScope scope(node.netns());
  const UniqueFd raw(socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
  sockaddr_in6 to{.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  const auto bytes = from_hex(hex);
  ASSERT_EQ(
      sendto(raw.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to),
      static_cast<ssize_t>(bytes.size()));
}

const std::string kLoopbacks = "0000000000000000000000000000000100000000000000000000000000000001";

/// A chain of the user's between fwproof's own.
constexpr const char* kLooksOn = R"(table ip6 user {
 chain looks-on {
  type filter hook input priority 0; policy accept;
 }
}
)";

/// What each chain tells of a packet that goes over lo.
std::vector<std::string> told_over_lo(const std::string& packet) {
  std::vector<std::string> all;
  for (const char* where : {"output-first", "output-last", "postrouting-first", "postrouting-last"})
    all.push_back(fmt::format("inet fwproof {} rule accept out lo ({})", where, packet));
  for (const char* where : {"prerouting-first", "prerouting-last", "input-first"})
    all.push_back(fmt::format("inet fwproof {} rule accept in lo ({})", where, packet));
  all.push_back(fmt::format("ip6 user looks-on policy accept in lo ({})", packet));
  all.push_back(fmt::format("inet fwproof input-last rule accept in lo ({})", packet));
  return all;
}

TEST(TraceTap, TellsWhereAFragmentOfIpv6GoesAndWhereItLies) {
  Traced box(false, true, {.ipv6 = true});
  ASSERT_EQ(box.node.run({"nft", "-f", "-"}, kLooksOn), 0);
  send_raw(box.node, "6000000000102c07" + kLoopbacks + "1100000800000abc" + "0102030405060708");
  EXPECT_THAT(box.drain(true), ElementsAreArray(told_over_lo("::1 > ::1 udp fragment at 8 len 8")));
}

TEST(TraceTap, ReadsWhatStandsBehindExtensionHeaders) {
  Traced box(false, true, {.ipv6 = true});
  ASSERT_EQ(box.node.run({"nft", "-f", "-"}, kLooksOn), 0);
  const UniqueFd receiver = box.node.udp(53, true);
  send_raw(box.node, "6000000000123c40" + kLoopbacks + "1100010400000000" + "13880035000a1d686869");
  EXPECT_THAT(box.drain(true), ElementsAreArray(told_over_lo("[::1]:5000 > [::1]:53 udp len 2")));
}

TEST(TraceTap, SaysThatAFragmentOfIpv6WentByWhereItsHeadersAreNotAskedFor) {
  Traced box;
  send_raw(box.node, "6000000000102c07" + kLoopbacks + "1100000800000abc" + "0102030405060708");
  std::vector<TraceEvent> events;
  std::vector<std::string> lost;
  box.listener.drain(lost);
  box.tap.drain(events, lost);
  ASSERT_FALSE(lost.empty());
  EXPECT_EQ(lost.front(),
            "node 'box': a fragment of IPv6 went by, and the kernel did not tell where to");
}

TEST(TraceTap, ReadsTheWholeQuoteOfAnErrorOfIcmpv6) {
  Traced box(false, true, {.ipv6 = true});
  const UniqueFd sender = box.node.udp(5000, true);
  connect_loopback(sender.get(), 53, true);
  ASSERT_EQ(send(sender.get(), "hi", 2, 0), 2);
  std::vector<TraceEvent> events;
  std::vector<std::string> lost;
  box.listener.drain(lost);
  box.tap.drain(events, lost);
  EXPECT_THAT(lost, IsEmpty());
  ASSERT_FALSE(events.empty());
  const TraceEvent& last = events.back();
  ASSERT_TRUE(last.packet && last.packet->quoted);
  EXPECT_EQ(describe(*last.packet), "::1 > ::1 port-unreachable");
  EXPECT_EQ(last.packet->quoted->source_port, 5000);
  EXPECT_EQ(last.packet->quoted->destination_port, 53);
}

TEST(TraceTap, TellsWhenMessagesWereLost) {
  Traced box;
  const UniqueFd receiver = box.node.udp(53);
  const UniqueFd sender = box.node.udp(5000);
  connect_loopback(sender.get(), 53, false);
  for (int i = 0; i < 20'000; ++i) ASSERT_EQ(send(sender.get(), "hi", 2, 0), 2);
  std::vector<TraceEvent> events;
  std::vector<std::string> lost;
  box.listener.drain(lost);
  box.tap.drain(events, lost);
  EXPECT_THAT(lost, ElementsAre("node 'box': messages of the trace or of connection tracking were "
                                "lost: the receive buffer ran full"));
}

}  // namespace
}  // namespace fwproof::observe
