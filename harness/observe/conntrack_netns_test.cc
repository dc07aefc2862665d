// Connection tracking as the kernel tells it, and what switches it on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "base/error.h"
#include "observe/conntrack_tap.h"
#include "observe/listener.h"
#include "observe/ruleset_reader.h"
#include "observe/test_node.h"
#include "observe/trace_table.h"
#include "observe/trace_tap.h"

namespace fwproof::observe {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

nl::Socket open_questions(const TestNode& node) {
  const nl::NetnsScope scope(node.netns());
  return nl::Socket(NETLINK_NETFILTER);
}

/// The tap of a node with what it needs.
struct Tracked {
  Listener listener;
  nl::Socket questions;
  ConntrackTap tap;

  explicit Tracked(const TestNode& node)
      : listener(1),
        questions(open_questions(node)),
        tap(listener.listen(node.netns(), "box"), questions) {}

  std::vector<ConntrackEvent> events() {
    std::vector<ConntrackEvent> events;
    std::vector<std::string> lost;
    listener.drain(lost);
    tap.drain(events, lost);
    EXPECT_THAT(lost, IsEmpty());
    return events;
  }

  std::vector<std::string> drain() {
    std::vector<std::string> lines;
    for (const ConntrackEvent& event : events()) {
      EXPECT_EQ(event.entry.node, "box");
      lines.push_back(std::string(to_string(event.kind)) + " " + event.entry.state);
    }
    return lines;
  }
};

Tuple tcp_tuple() {
  const auto lo = IpAddress::parse("127.0.0.1").value();
  return {.protocol = 6, .source = {lo, 5001}, .destination = {lo, 80}};
}

TEST(ConntrackTap, TellsTheEventsOfATcpConnection) {
  const TestNode node;
  const TraceTable table(node.netns(), "box", {.conntrack = true});
  Tracked box(node);
  EXPECT_FALSE(box.tap.active());
  UniqueFd server;
  UniqueFd client;
  {
    const nl::NetnsScope scope(node.netns());
    server = bind_loopback(SOCK_STREAM, 80, false);
    client = bind_loopback(SOCK_STREAM, 5001, false);
  }
  ASSERT_EQ(listen(server.get(), 1), 0);
  connect_loopback(client.get(), 80, false);
  EXPECT_THAT(box.drain(), ElementsAre("NEW SYN_SENT", "UPDATE SYN_RECV", "UPDATE ESTABLISHED"));
  EXPECT_TRUE(box.tap.active());

  const auto entry = box.tap.lookup(tcp_tuple(), 0);
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->node, "box");
  EXPECT_EQ(describe(*entry),
            "{original: 127.0.0.1:5001 -> 127.0.0.1:80, reply: 127.0.0.1:80 -> 127.0.0.1:5001, "
            "state: ESTABLISHED, status: [SEEN_REPLY, ASSURED, CONFIRMED]}");

  UniqueFd accepted(accept(server.get(), nullptr, nullptr));
  client.reset();
  accepted.reset();
  // The server's kernel may acknowledge the client's FIN up to 40 ms late (tcp_delack_min), so by
  // itself or with its own FIN.
  std::vector<std::string> closing = box.drain();
  std::erase(closing, "UPDATE CLOSE_WAIT");
  EXPECT_THAT(closing, ElementsAre("UPDATE FIN_WAIT", "UPDATE LAST_ACK", "UPDATE TIME_WAIT"));
}

TEST(ConntrackTap, TellsTheEndOfARefusedConnection) {
  const TestNode node;
  const TraceTable table(node.netns(), "box", {.conntrack = true});
  Tracked box(node);
  UniqueFd client;
  {
    const nl::NetnsScope scope(node.netns());
    client = bind_loopback(SOCK_STREAM, 5001, false);
  }
  EXPECT_THROW(connect_loopback(client.get(), 80, false), MachineError);
  EXPECT_THAT(box.drain(), ElementsAre("NEW SYN_SENT", "DESTROY CLOSE"));
}

TEST(ConntrackTap, FindsNoEntryByAnotherOrAReplyTupleOrInAnotherZone) {
  const TestNode node;
  const TraceTable table(node.netns(), "box", {.conntrack = true});
  Tracked box(node);
  node.send_udp(53);
  Tuple tuple = tcp_tuple();
  EXPECT_EQ(box.tap.lookup(tuple, 0).has_value(), false);
  tuple.protocol = 17;
  tuple.source.port = 5000;
  tuple.destination.port = 53;
  EXPECT_EQ(box.tap.lookup(tuple, 0).has_value(), true);
  EXPECT_EQ(box.tap.lookup(tuple, 3).has_value(), false);
  std::swap(tuple.source, tuple.destination);
  EXPECT_EQ(box.tap.lookup(tuple, 0).has_value(), false);
}

/// What the trace and connection tracking tell of one packet over lo.
TEST(ConntrackTap, TellsOfAnEntryBehindPostroutingUnderTheIdThatTheTraceTells) {
  const TestNode node;
  TraceTable table(node.netns(), "box", {.conntrack = true});
  Listener listener(1);
  const auto mail = listener.listen(node.netns(), "box");
  TraceTap trace(mail, table, node.netns(), false, false);
  ConntrackTap tap(mail, table.socket());
  node.send_udp(53);
  std::vector<TraceEvent> traced;
  std::vector<ConntrackEvent> events;
  std::vector<std::string> lost;
  listener.drain(lost);
  trace.drain(traced, lost);
  tap.drain(events, lost);
  ASSERT_THAT(lost, IsEmpty());
  ASSERT_EQ(events.size(), 1u);
  for (const TraceEvent& event : traced) {
    const bool before = event.chain.starts_with("output") || event.chain.starts_with("postrouting");
    EXPECT_EQ(event.order < events[0].order, before) << event.chain;
    // Before Linux 6.16 the trace tells no id, and before OUTPUT's rules there is no entry.
    EXPECT_EQ(event.conntrack_id.value_or(events[0].entry.id), events[0].entry.id) << event.chain;
    EXPECT_EQ(event.conntrack_id.has_value(), !event.ct_state.empty()) << event.chain;
  }
}

TEST(ConntrackTap, TellsZoneAndMark) {
  const TestNode node;
  ASSERT_EQ(node.run({"iptables-legacy-restore"},
                     "*raw\n-A PREROUTING -j CT --zone 3\n-A OUTPUT -j CT --zone 3\nCOMMIT\n"
                     "*mangle\n-A OUTPUT -j CONNMARK --set-mark 9\nCOMMIT\n"),
            0);
  Tracked box(node);
  node.send_udp(53);
  const std::vector<ConntrackEvent> events = box.events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].entry.zone, 3);
  EXPECT_EQ(events[0].entry.mark, 9u);
  EXPECT_TRUE(box.tap.lookup(events[0].entry.original, 3).has_value());
}

struct Rules {
  const char* text;
  bool tracks;
};

/// True if a packet over lo made a conntrack event.
bool tracking_is_on(const TestNode& node) {
  Tracked box(node);
  node.send_udp(53);
  return !box.drain().empty();
}

TEST(Tracking, IsNeededByTheseNativeRulesAndNotByThose) {
  constexpr Rules kRules[] = {
      {"type filter hook input priority 0; policy drop; udp dport 53 accept;", false},
      {"type nat hook postrouting priority 100;", false},
      {"type filter hook prerouting priority -300; notrack;", false},
      {"type filter hook prerouting priority 0; fib saddr type local log;", false},
      {"type filter hook input priority 0; ct state established accept;", true},
      {"type filter hook input priority 0; ct mark set 5;", true},
      {"type nat hook postrouting priority 100; tcp dport 9 masquerade;", true},
      {"type nat hook output priority 100; tcp dport 9 redirect to :10;", true},
      {"type nat hook output priority 100; tcp dport 9 dnat to 127.0.0.2;", true},
      {"type nat hook postrouting priority 100; tcp dport 9 snat to 127.0.0.2;", true},
  };
  for (const Rules& rules : kRules) {
    const TestNode node;
    const std::string text = std::string("table ip t { chain c { ") + rules.text + " }; }";
    ASSERT_EQ(node.run({"nft", "-f", "-"}, text), 0) << text;
    NftReader reader(node.netns());
    reader.read();
    EXPECT_EQ(reader.tracks(), rules.tracks) << text;
    EXPECT_EQ(tracking_is_on(node), rules.tracks) << text;
  }
}

TEST(Tracking, IsNeededByTheseIptablesRulesAndNotByThose) {
  constexpr Rules kRules[] = {
      {"*nat\nCOMMIT\n", false},
      {"*filter\n-A INPUT -p udp -m comment --comment x -j ACCEPT\nCOMMIT\n", false},
      {"*raw\n-A OUTPUT -p tcp -j CT --notrack\nCOMMIT\n", false},
      {"*filter\n-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\nCOMMIT\n", true},
      {"*filter\n-A INPUT -m state --state ESTABLISHED -j ACCEPT\nCOMMIT\n", true},
      {"*filter\n-A INPUT -p tcp -m connlimit --connlimit-above 2 -j DROP\nCOMMIT\n", true},
      {"*filter\n-A INPUT -m connmark --mark 1 -j DROP\nCOMMIT\n", true},
      {"*nat\n-A POSTROUTING -p tcp -j MASQUERADE\nCOMMIT\n", true},
      {"*nat\n-A OUTPUT -p tcp -j REDIRECT --to-ports 9\nCOMMIT\n", true},
      {"*nat\n-A OUTPUT -p tcp -j DNAT --to-destination 127.0.0.2\nCOMMIT\n", true},
      {"*nat\n-A POSTROUTING -p tcp -j SNAT --to-source 127.0.0.2\nCOMMIT\n", true},
      {"*mangle\n-A INPUT -j CONNMARK --set-mark 1\nCOMMIT\n", true},
      {"*raw\n-A OUTPUT -p tcp -j CT --zone 2\nCOMMIT\n", true},
  };
  for (const Rules& rules : kRules) {
    const TestNode nft;
    ASSERT_EQ(nft.run({"iptables-nft-restore"}, rules.text), 0) << rules.text;
    NftReader reader(nft.netns());
    reader.read();
    EXPECT_EQ(reader.tracks(), rules.tracks) << rules.text;
    EXPECT_EQ(tracking_is_on(nft), rules.tracks) << rules.text;

    const TestNode legacy;
    ASSERT_EQ(legacy.run({"iptables-legacy-restore"}, rules.text), 0) << rules.text;
    const std::string text = rules.text;
    const std::string table = text.substr(1, text.find('\n') - 1);
    Ruleset ruleset;
    EXPECT_EQ(read_legacy(legacy.netns(), Family::ip, {table}, ruleset), rules.tracks) << text;
    EXPECT_EQ(tracking_is_on(legacy), rules.tracks) << text;
  }
}

}  // namespace
}  // namespace fwproof::observe
