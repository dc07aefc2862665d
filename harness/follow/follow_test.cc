#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <utility>

#include "follow/follower.h"

namespace fwproof::follow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

Packet tcp(const std::string& from, const std::string& to, uint8_t flags, uint32_t seq = 100) {
  Packet p;
  p.source = Endpoint::parse(from)->address;
  p.source_port = Endpoint::parse(from)->port;
  p.destination = Endpoint::parse(to)->address;
  p.destination_port = Endpoint::parse(to)->port;
  p.protocol = kProtocolTcp;
  p.tcp_flags = flags;
  p.seq = seq;
  p.ip_id = 7;
  p.length = 60;
  p.ttl = 64;
  return p;
}

/// Writes trace messages as the kernel sends them.
class Kernel {
 public:
  Kernel& own(const std::string& node, uint32_t id, Hook hook, bool first, const Packet& packet,
              const std::string& in = "", const std::string& out = "") {
    TraceEvent event = base(node, id, in, out);
    event.family = Family::inet;
    event.table = kTraceTable;
    for (const TraceChain& chain : kTraceChains)
      if (chain.hook == hook && chain.first == first) event.chain = chain.name;
    event.kind = TraceEvent::Kind::rule;
    event.verdict = Verdict::accept;
    event.packet = packet;
    events.push_back(event);
    return *this;
  }

  /// A hook of a node where nothing stands but fwproof's table.
  Kernel& lone(const std::string& node, uint32_t id, Hook hook, const Packet& packet,
               const std::string& in, const std::string& out) {
    own(node, id, hook, true, packet, in, out);
    for (const TraceChain& chain : kLoneChains)
      if (chain.hook == hook) events.back().chain = chain.name;
    return *this;
  }

  /// A whole hook with nothing in it but fwproof's own chains.
  Kernel& hook(const std::string& node, uint32_t id, Hook hook, const Packet& packet,
               const std::string& in, const std::string& out) {
    return own(node, id, hook, true, packet, in, out).own(node, id, hook, false, packet, in, out);
  }

  /// One end of a hook of a bridge.
  Kernel& bridge(const std::string& node, uint32_t id, Hook hook, bool first, const Packet& packet,
                 const std::string& in, const std::string& out) {
    own(node, id, hook, first, packet, in, out);
    events.back().family = Family::bridge;
    return *this;
  }

  Kernel& ingress(const std::string& node, uint32_t id, const Packet& packet,
                  const std::string& in) {
    own(node, id, Hook::ingress, true, packet, in, "");
    events.back().chain = kIngressChain.name;
    return *this;
  }

  Kernel& sends(const std::string& node, uint32_t id, const Packet& packet,
                const std::string& out) {
    return hook(node, id, Hook::output, packet, "", out)
        .hook(node, id, Hook::postrouting, packet, "", out);
  }

  Kernel& receives(const std::string& node, uint32_t id, const Packet& packet,
                   const std::string& in) {
    return hook(node, id, Hook::prerouting, packet, in, "")
        .hook(node, id, Hook::input, packet, in, "");
  }

  Kernel& rule(const std::string& node, uint32_t id, const std::string& chain, uint64_t handle,
               Verdict verdict) {
    TraceEvent event = base(node, id, "", "");
    event.table = "filter";
    event.chain = chain;
    event.rule = handle;
    event.verdict = verdict;
    events.push_back(event);
    return *this;
  }

  /// Of family netdev, in table x. Only a base chain's first message has headers and devices.
  Kernel& device(const std::string& node, uint32_t id, const std::string& chain, uint64_t handle,
                 Verdict verdict, const Packet* packet = nullptr, const std::string& in = "",
                 const std::string& out = "") {
    rule(node, id, chain, handle, verdict);
    events.back().family = Family::netdev;
    events.back().table = "x";
    events.back().in_dev = in;
    events.back().out_dev = out;
    if (packet) events.back().packet = *packet;
    return *this;
  }

  Kernel& legacy(const std::string& node, const std::string& chain, TraceEvent::Kind kind,
                 uint64_t number, const Packet& packet) {
    TraceEvent event = base(node, 0, "", "");
    event.legacy = true;
    event.table = "filter";
    event.chain = chain;
    event.kind = kind;
    event.rule = number;
    event.packet = packet;
    events.push_back(event);
    return *this;
  }

  std::vector<TraceEvent> events;

 private:
  static TraceEvent base(const std::string& node, uint32_t id, const std::string& in,
                         const std::string& out) {
    TraceEvent event;
    event.node = node;
    event.id = id;
    event.in_dev = in;
    event.out_dev = out;
    return event;
  }
};

Chain chain(const std::string& name, Hook hook, Verdict policy, std::vector<Rule> rules) {
  Chain c;
  c.name = name;
  c.base = BaseChain{.hook = hook, .priority = 0, .type = "filter"};
  c.policy = policy;
  c.rules = std::move(rules);
  return c;
}

Rule rule(unsigned number, uint64_t handle, const std::string& target) {
  Rule r;
  r.number = number;
  r.handle = handle;
  r.target = target;
  return r;
}

RulesByNode filter(const std::string& node, bool legacy, std::vector<Chain> chains) {
  Table table;
  table.name = "filter";
  table.legacy = legacy;
  table.chains = std::move(chains);
  Ruleset ruleset;
  ruleset.tables.push_back(table);
  return {{node, ruleset}};
}

struct Probe {
  Flow flow;
  FlowResult result;
  explicit Probe(const std::string& node = "a", const std::string& from = "10.0.0.5:1000",
                 const std::string& to = "8.8.8.8:443") {
    flow.node = node;
    result.local = *Endpoint::parse(from);
    result.remote = *Endpoint::parse(to);
  }

  std::vector<Walk> walks(Follower& follower) const { return follower.walks(flow, result); }
};

const RulesByNode kNoRules;

Follower watch(const Kernel& kernel, Backend backend = Backend::nft,
               const RulesByNode& rules = kNoRules, Wires wires = {}) {
  Follower follower(backend, rules, std::move(wires));
  follower.add(kernel.events);
  return follower;
}

std::vector<std::string> names(const std::vector<Walk>& walks) {
  std::vector<std::string> all;
  for (const Walk& walk : walks) all.push_back(walk.name);
  return all;
}

const Packet kSyn = tcp("10.0.0.5:1000", "8.8.8.8:443", kTcpSyn);

TEST(Follower, FollowsAPacketThroughNatFromNodeToNode) {
  Packet masked = kSyn;
  masked.source = *IpAddress::parse("203.0.113.1");
  masked.ttl = 63;
  Packet routed = kSyn;
  routed.ttl = 63;
  Kernel k;
  k.sends("inside", 1, kSyn, "eth0");
  k.hook("gw", 2, Hook::prerouting, kSyn, "eth1", "");
  k.hook("gw", 2, Hook::forward, routed, "eth1", "eth0");
  k.own("gw", 2, Hook::postrouting, true, routed, "", "eth0");
  k.own("gw", 2, Hook::postrouting, false, masked, "", "eth0");
  k.receives("remote", 3, masked, "eth0");
  Follower follower = watch(k, Backend::iptables_nft, kNoRules);
  const auto walks = Probe("inside", "10.0.0.5:1000", "8.8.8.8:443").walks(follower);
  ASSERT_THAT(names(walks), ElementsAre("syn"));
  ASSERT_EQ(walks[0].visits.size(), 3u);
  EXPECT_EQ(walks[0].visits[1].hooks[2].at_end->source.to_string(), "203.0.113.1");
  EXPECT_EQ(to_string(walks[0].end), "delivered to remote");
  EXPECT_THAT(follower.problems(), IsEmpty());
}

/// Who sends to a neighbour it must ask for first sees the packet go before its question; the
/// neighbour sees it come after its answer. All that one node saw is read before what the other
/// saw.
TEST(Follower, KnowsAnAnswerWhereTheNodesSawOtherOrders) {
  const auto icmpv6 = [](uint8_t type, const char* from, const char* to) {
    Packet p;
    p.source = *IpAddress::parse(from);
    p.destination = *IpAddress::parse(to);
    p.protocol = kProtocolIcmpv6;
    p.icmp_type = type;
    return p;
  };
  const Packet solicitation = icmpv6(135, "2001:db8::2", "ff02::1:ff00:1");
  const Packet advertisement = icmpv6(136, "2001:db8::1", "2001:db8::2");
  const Packet report = icmpv6(143, "fe80::2", "ff02::16");
  const Packet syn = tcp("[2001:db8::2]:1000", "[2001:db8::1]:22", kTcpSyn);
  const Packet rst = tcp("[2001:db8::1]:22", "[2001:db8::2]:1000", kTcpRst | kTcpAck, 1);
  Kernel k;
  k.receives("router", 1, solicitation, "wan0");
  k.sends("router", 2, advertisement, "wan0");
  k.receives("router", 3, report, "wan0");
  k.receives("router", 4, syn, "wan0");
  k.sends("router", 5, rst, "wan0");
  k.sends("outside", 6, syn, "eth0");
  k.sends("outside", 7, solicitation, "eth0");
  k.sends("outside", 8, report, "eth0");
  k.receives("outside", 9, advertisement, "eth0");
  k.receives("outside", 10, rst, "eth0");
  Follower follower = watch(k);
  const Probe probe("outside", "[2001:db8::2]:1000", "[2001:db8::1]:22");
  EXPECT_THAT(names(probe.walks(follower)), ElementsAre("syn", "reply rst"));
}

TEST(Follower, KnowsThatAReportOfGroupsWasUnderWayBeforeItWatched) {
  Packet report;
  report.source = *IpAddress::parse("fe80::2");
  report.destination = *IpAddress::parse("ff02::16");
  report.protocol = kProtocolIcmpv6;
  report.icmp_type = 143;
  const auto problems = [&](const Packet& packet) {
    Kernel k;
    k.lone("inside", 1, Hook::postrouting, packet, "", "eth0");
    Follower follower = watch(k);
    return follower.problems();
  };
  EXPECT_THAT(problems(report), IsEmpty());
  report.protocol = report.icmp_type = 0;
  EXPECT_THAT(problems(report), IsEmpty());
  EXPECT_THAT(problems(kSyn),
              ElementsAre("node 'inside': trace message 00000001 in fwproof postrouting is of no "
                          "packet that was seen to enter"));
}

TEST(Follower, TakesALoneChainForTheWholeHook) {
  Kernel k;
  k.lone("inside", 1, Hook::output, kSyn, "", "eth0");
  k.lone("inside", 1, Hook::postrouting, kSyn, "", "eth0");
  k.lone("gw", 2, Hook::prerouting, kSyn, "eth0", "");
  Follower follower(Backend::nft, kNoRules);
  const Probe probe("inside", "10.0.0.5:1000", "8.8.8.8:443");
  follower.add(k.events);
  const auto end = [&] { return probe.walks(follower).at(0).end; };
  EXPECT_EQ(to_string(end()), "lost in gw after PREROUTING, by no verdict of a rule");
  k.events.clear();
  k.lone("gw", 2, Hook::input, kSyn, "eth0", "");
  follower.add(k.events);
  EXPECT_EQ(to_string(end()), "delivered to gw");
  EXPECT_THAT(follower.problems(), IsEmpty());
}

TEST(Follower, ReportsALoneChainThatWasNotTold) {
  Kernel k;
  k.lone("gw", 2, Hook::prerouting, kSyn, "eth0", "");
  k.lone("gw", 2, Hook::postrouting, kSyn, "", "eth1");
  Follower follower = watch(k);
  EXPECT_THAT(follower.problems(),
              ElementsAre("node 'gw': the trace skips what comes before POSTROUTING"));
}

TEST(Follower, KnowsAPacketThatABridgeTookInUnderAnotherId) {
  Packet again = kSyn;
  again.ip_id = 8;
  Kernel k;
  k.sends("desk", 1, kSyn, "eth0");
  k.hook("gw", 2, Hook::prerouting, kSyn, "br0", "");
  k.hook("gw", 3, Hook::input, kSyn, "br0", "");
  k.sends("desk", 1, again, "eth0");
  k.hook("gw", 3, Hook::prerouting, again, "br0", "");
  k.hook("gw", 2, Hook::input, again, "br0", "");
  Follower follower = watch(k);
  const auto walks = Probe("desk", "10.0.0.5:1000", "8.8.8.8:443").walks(follower);
  ASSERT_THAT(names(walks), ElementsAre("syn", "syn 2"));
  EXPECT_EQ(to_string(walks[0].end), "delivered to gw");
  EXPECT_EQ(to_string(walks[1].end), "delivered to gw");
  EXPECT_THAT(follower.problems(), IsEmpty());
}

TEST(Follower, KnowsAPacketByAnotherIdBehindInputOfItsBridge) {
  Kernel k;
  k.sends("desk", 1, kSyn, "eth0");
  k.bridge("gw", 2, Hook::prerouting, true, kSyn, "port1", "");
  k.hook("gw", 2, Hook::prerouting, kSyn, "br0", "");
  k.bridge("gw", 2, Hook::prerouting, false, kSyn, "port1", "");
  k.bridge("gw", 2, Hook::input, true, kSyn, "port1", "");
  k.bridge("gw", 2, Hook::input, false, kSyn, "port1", "");
  k.hook("gw", 3, Hook::input, kSyn, "br0", "");
  Follower follower = watch(k);
  const auto walks = Probe("desk", "10.0.0.5:1000", "8.8.8.8:443").walks(follower);
  ASSERT_THAT(names(walks), ElementsAre("syn"));
  EXPECT_EQ(hooks_in(walks[0], "gw").size(), 3u);
  EXPECT_EQ(to_string(walks[0].end), "delivered to gw");
  EXPECT_THAT(follower.problems(), IsEmpty());
}

TEST(Follower, GivesAnswersTheDirectionBackAndNumbersRepeats) {
  Packet again = kSyn;
  again.ip_id = 8;
  const Packet answer = tcp("8.8.8.8:443", "10.0.0.5:1000", kTcpSyn | kTcpAck, 900);
  Kernel k;
  k.sends("a", 1, kSyn, "eth0").receives("b", 1, kSyn, "eth0");
  k.sends("a", 1, again, "eth0").receives("b", 1, again, "eth0");
  k.sends("b", 2, answer, "eth0").receives("a", 2, answer, "eth0");
  Follower follower = watch(k);
  const auto walks = Probe().walks(follower);
  EXPECT_THAT(names(walks), ElementsAre("syn", "syn 2", "syn-ack"));
  EXPECT_EQ(walks[2].direction, Direction::reply);
}

TEST(Follower, KeepsTheTwoHalvesOverLoInOneWalk) {
  const Packet syn = tcp("127.0.0.1:1000", "127.0.0.1:80", kTcpSyn);
  Kernel k;
  k.sends("host", 1, syn, "lo").receives("host", 2, syn, "lo");
  Follower follower = watch(k);
  const auto walks = Probe("host", "127.0.0.1:1000", "127.0.0.1:80").walks(follower);
  ASSERT_EQ(walks.size(), 1u);
  const auto hooks = hooks_in(walks[0], "host");
  ASSERT_EQ(hooks.size(), 4u);
  EXPECT_EQ(hooks[3]->hook, Hook::input);
  EXPECT_EQ(hooks[3]->in_dev, "lo");
}

TEST(Follower, NamesTheRuleThatDropped) {
  const auto rulesets =
      filter("b", false, {chain("INPUT", Hook::input, Verdict::accept, {rule(1, 9, "DROP")})});
  Kernel k;
  k.sends("a", 1, kSyn, "eth0");
  k.hook("b", 1, Hook::prerouting, kSyn, "eth0", "");
  k.own("b", 1, Hook::input, true, kSyn, "eth0", "");
  k.rule("b", 1, "INPUT", 9, Verdict::drop);
  Follower follower = watch(k, Backend::iptables_nft, rulesets);
  EXPECT_EQ(follower.drops(), 1u);
  const auto walks = Probe().walks(follower);
  ASSERT_EQ(walks.size(), 1u);
  EXPECT_EQ(to_string(walks[0].end), "dropped at b filter INPUT rule 1 DROP");
}

TEST(Follower, KnowsAPacketAgainWhoseNumbersTheKernelTranslated) {
  Packet ack = tcp("10.0.0.5:1000", "8.8.8.8:443", kTcpAck, 500);
  Packet routed = ack;
  routed.ttl = 63;
  Packet renumbered = routed;
  renumbered.seq = 90'000;
  Packet other = renumbered;
  other.ip_id = 77;
  Kernel k;
  k.sends("inside", 1, ack, "eth0");
  k.hook("gw", 2, Hook::prerouting, ack, "eth1", "");
  k.hook("gw", 2, Hook::forward, routed, "eth1", "eth0");
  k.hook("gw", 2, Hook::postrouting, routed, "", "eth0");
  k.receives("remote", 3, other, "eth0").receives("remote", 4, renumbered, "eth0");
  Follower follower = watch(k);
  const auto walks = Probe("inside", "10.0.0.5:1000", "8.8.8.8:443").walks(follower);
  ASSERT_THAT(names(walks), ElementsAre("ack"));
  ASSERT_EQ(walks[0].visits.size(), 3u);
  EXPECT_EQ(walks[0].visits[2].hooks[0].at_start->seq, 90'000u);
  EXPECT_EQ(to_string(walks[0].end), "delivered to remote");
}

TEST(Follower, KnowsAPacketAgainThatAHelperMadeLonger) {
  Packet port = tcp("10.0.0.5:1000", "8.8.8.8:21", kTcpAck, 500);
  port.payload = 20;
  Packet longer = port;
  longer.length += 4;
  longer.payload += 4;
  const auto end = [](const Packet& sent, const Packet& came) {
    Kernel k;
    k.sends("inside", 1, sent, "eth0").receives("remote", 3, came, "eth0");
    Follower follower = watch(k);
    return to_string(Probe("inside", "10.0.0.5:1000", "8.8.8.8:21").walks(follower).at(0).end);
  };
  EXPECT_EQ(end(port, longer), "delivered to remote");
  longer.ip_id = 8;
  EXPECT_EQ(end(port, longer), "left inside and was seen nowhere after");
  longer.ip_id = port.ip_id = 0;
  EXPECT_EQ(end(port, longer), "left inside and was seen nowhere after");
}

TEST(Follower, FollowsAPacketFromADevicesIngress) {
  Kernel k;
  k.sends("a", 1, kSyn, "eth0");
  k.ingress("b", 2, kSyn, "eth0").receives("b", 2, kSyn, "eth0");
  Packet again = kSyn;
  again.ip_id = 8;
  k.sends("a", 1, again, "eth0").ingress("b", 2, again, "eth0");
  Follower follower = watch(k);
  const auto walks = Probe().walks(follower);
  ASSERT_THAT(names(walks), ElementsAre("syn", "syn 2"));
  const auto hooks = hooks_in(walks[0], "b");
  ASSERT_EQ(hooks.size(), 3u);
  EXPECT_EQ(hooks[0]->hook, Hook::ingress);
  EXPECT_TRUE(hooks[0]->passed);
  EXPECT_EQ(to_string(walks[0].end), "delivered to b");
  EXPECT_EQ(to_string(walks[1].end), "lost in b after INGRESS, by no verdict of a rule");
}

TEST(Follower, PutsTheChainsOfIpIntoTheHookOfTheBridgeThatAsksThem) {
  const auto rulesets = filter(
      "wall", false, {chain("FORWARD", Hook::forward, Verdict::drop, {rule(1, 9, "ACCEPT")})});
  Kernel k;
  k.sends("a", 1, kSyn, "eth0");
  k.bridge("wall", 2, Hook::prerouting, true, kSyn, "port1", "");
  k.hook("wall", 2, Hook::prerouting, kSyn, "br0", "");
  k.bridge("wall", 2, Hook::prerouting, false, kSyn, "port1", "");
  k.bridge("wall", 2, Hook::forward, true, kSyn, "port1", "port2");
  k.own("wall", 2, Hook::forward, true, kSyn, "br0", "br0");
  k.rule("wall", 2, "FORWARD", 9, Verdict::accept);
  k.own("wall", 2, Hook::forward, false, kSyn, "br0", "br0");
  k.bridge("wall", 2, Hook::forward, false, kSyn, "port1", "port2");
  k.bridge("wall", 2, Hook::postrouting, true, kSyn, "", "port2");
  k.bridge("wall", 2, Hook::postrouting, false, kSyn, "", "port2");
  k.receives("b", 3, kSyn, "eth0");
  Follower follower = watch(k, Backend::iptables_nft, rulesets);
  const auto walks = Probe().walks(follower);
  ASSERT_THAT(names(walks), ElementsAre("syn"));
  const auto hooks = hooks_in(walks[0], "wall");
  ASSERT_EQ(hooks.size(), 3u);
  EXPECT_EQ(hooks[1]->in_dev, "port1");
  ASSERT_EQ(hooks[1]->steps.size(), 1u);
  EXPECT_EQ(to_string(hooks[1]->steps[0]), "filter FORWARD rule 1 ACCEPT");
  EXPECT_EQ(to_string(walks[0].end), "delivered to b");
  EXPECT_THAT(follower.problems(), IsEmpty());
}

TEST(Follower, TakesCopiesThatABridgeMakesForWalksOfTheirOwn) {
  Kernel k;
  k.sends("a", 1, kSyn, "eth0");
  k.bridge("wall", 2, Hook::prerouting, true, kSyn, "port1", "");
  k.bridge("wall", 2, Hook::prerouting, false, kSyn, "port1", "");
  for (const uint32_t id : {3, 2}) {
    k.bridge("wall", id, Hook::forward, true, kSyn, "port1", "port2");
    k.bridge("wall", id, Hook::forward, false, kSyn, "port1", "port2");
  }
  Follower follower = watch(k);
  const auto walks = Probe().walks(follower);
  ASSERT_THAT(names(walks), ElementsAre("syn"));
  EXPECT_EQ(hooks_in(walks[0], "wall").size(), 2u);
  EXPECT_THAT(follower.problems(), IsEmpty());
}

/// a and b on the ports of a bridge of `wall`, which br_netfilter has IP's chains see.
Wires bridged_by_wall() {
  Topology all;
  all.nodes = {{.name = "a"},
               {.name = "b"},
               {.name = "wall",
                .interfaces = {{.name = "br0", .device = Bridge{}},
                               {.name = "port1", .master = "br0"},
                               {.name = "port2", .master = "br0"}}}};
  all.links = {{.endpoints = {{"a", "eth0"}, {"wall", "port1"}}},
               {.endpoints = {{"b", "eth0"}, {"wall", "port2"}}}};
  return Wires(all);
}

/// The nodes that a walk visits, in its order.
std::vector<std::string> visited(const Walk& walk) {
  std::vector<std::string> nodes;
  for (const NodeVisit& visit : walk.visits) nodes.push_back(visit.node);
  return nodes;
}

TEST(Follower, LeadsAWalkThroughABridgeWhicheverNodeIsHeardFirst) {
  Kernel k;
  k.sends("a", 1, kSyn, "eth0");
  k.receives("b", 3, kSyn, "eth0");
  k.hook("wall", 2, Hook::prerouting, kSyn, "br0", "");
  k.hook("wall", 2, Hook::forward, kSyn, "br0", "br0");
  k.hook("wall", 2, Hook::postrouting, kSyn, "", "br0");
  Follower follower = watch(k, Backend::nft, kNoRules, bridged_by_wall());
  const auto walks = Probe().walks(follower);
  ASSERT_THAT(names(walks), ElementsAre("syn"));
  EXPECT_THAT(visited(walks[0]), ElementsAre("a", "wall", "b"));
  EXPECT_THAT(follower.problems(), IsEmpty());
}

/// a and b, and between them a row of bridges that br_netfilter has IP's chains see.
Wires in_a_row(const std::vector<std::string>& bridges) {
  Topology all;
  all.nodes = {{.name = "a"}, {.name = "b"}};
  LinkEnd last{"a", "eth0"};
  for (const std::string& name : bridges) {
    all.nodes.push_back({.name = name,
                         .interfaces = {{.name = "br0", .device = Bridge{}},
                                        {.name = "up", .master = "br0"},
                                        {.name = "down", .master = "br0"}}});
    all.links.push_back({.endpoints = {last, {name, "up"}}});
    last = {name, "down"};
  }
  all.links.push_back({.endpoints = {last, {"b", "eth0"}}});
  return Wires(all);
}

/// What such a bridge tells of a packet that it passes on.
void pass_on(Kernel& k, const std::string& bridge, const Packet& packet) {
  k.hook(bridge, 2, Hook::prerouting, packet, "br0", "");
  k.hook(bridge, 2, Hook::forward, packet, "br0", "br0");
  k.hook(bridge, 2, Hook::postrouting, packet, "", "br0");
}

TEST(Follower, LeadsAWalkThroughTwoBridgesInTheirOrder) {
  std::vector<std::string> bridges{"far", "near"};
  do {
    Kernel k;
    for (const std::string& bridge : bridges) pass_on(k, bridge, kSyn);
    k.receives("b", 3, kSyn, "eth0");
    k.sends("a", 1, kSyn, "eth0");
    Follower follower = watch(k, Backend::nft, kNoRules, in_a_row({"near", "far"}));
    const auto walks = Probe().walks(follower);
    ASSERT_THAT(names(walks), ElementsAre("syn"));
    EXPECT_THAT(visited(walks[0]), ElementsAre("a", "near", "far", "b"));
  } while (std::next_permutation(bridges.begin(), bridges.end()));
}

TEST(Follower, LeadsWhatNobodyWasSeenToSendThroughBridgesInTheirOrder) {
  const auto rulesets = filter(
      "last", false, {chain("FORWARD", Hook::forward, Verdict::drop, {rule(1, 9, "REJECT")})});
  const Packet reset = tcp("8.8.8.8:443", "10.0.0.5:1000", kTcpRst);
  std::vector<std::string> hear_it{"a", "far", "near"};
  do {
    Kernel k;
    k.sends("a", 1, kSyn, "eth0");
    pass_on(k, "near", kSyn);
    pass_on(k, "far", kSyn);
    k.hook("last", 2, Hook::prerouting, kSyn, "br0", "");
    k.own("last", 2, Hook::forward, true, kSyn, "br0", "br0");
    k.rule("last", 2, "FORWARD", 9, Verdict::drop);
    for (const std::string& node : hear_it)
      node == "a" ? void(k.receives("a", 4, reset, "eth0")) : pass_on(k, node, reset);
    Follower follower =
        watch(k, Backend::iptables_nft, rulesets, in_a_row({"near", "far", "last"}));
    const auto walks = Probe().walks(follower);
    ASSERT_THAT(names(walks), ElementsAre("syn", "reply rst"));
    EXPECT_THAT(visited(walks[1]), ElementsAre("far", "near", "a"));
    EXPECT_EQ(walks[1].about, "syn");
    EXPECT_EQ(to_string(walks[1].end), "delivered to a");
  } while (std::next_permutation(hear_it.begin(), hear_it.end()));
}

TEST(Follower, LeadsEachCopyThatABridgeMakesOnFromItsPort) {
  Packet asked = tcp("10.0.0.5:1000", "224.0.0.9:443", kTcpSyn);
  Packet rewritten = asked;
  rewritten.tos = 4;
  Kernel k;
  k.sends("a", 1, asked, "eth0");
  k.receives("b", 4, rewritten, "eth0");
  k.hook("wall", 2, Hook::prerouting, asked, "br0", "");
  k.own("wall", 3, Hook::forward, true, asked, "br0", "br0");
  k.own("wall", 3, Hook::forward, false, rewritten, "br0", "br0");
  k.hook("wall", 3, Hook::postrouting, rewritten, "", "br0");
  k.hook("wall", 5, Hook::input, asked, "br0", "");
  Follower follower = watch(k, Backend::nft, kNoRules, bridged_by_wall());
  const auto walks = Probe("a", "10.0.0.5:1000", "224.0.0.9:443").walks(follower);
  ASSERT_THAT(names(walks), ElementsAre("syn"));
  EXPECT_THAT(visited(walks[0]), ElementsAre("a", "wall", "wall", "b"));
  EXPECT_EQ(to_string(walks[0].end), "delivered to b");
  ASSERT_EQ(walks[0].other_ends.size(), 1u);
  EXPECT_EQ(to_string(walks[0].other_ends[0]), "delivered to wall");
  EXPECT_THAT(follower.problems(), IsEmpty());
}

TEST(Follower, TakesAnUnseenResetForTheAnswerToWhatABridgeRejects) {
  const auto rulesets = filter(
      "wall", false, {chain("FORWARD", Hook::forward, Verdict::drop, {rule(1, 9, "REJECT")})});
  Kernel k;
  k.sends("a", 1, kSyn, "eth0");
  k.receives("a", 4, tcp("8.8.8.8:443", "10.0.0.5:1000", kTcpRst), "eth0");
  k.hook("wall", 2, Hook::prerouting, kSyn, "br0", "");
  k.own("wall", 2, Hook::forward, true, kSyn, "br0", "br0");
  k.rule("wall", 2, "FORWARD", 9, Verdict::drop);
  Follower follower = watch(k, Backend::iptables_nft, rulesets, bridged_by_wall());
  const auto walks = Probe().walks(follower);
  ASSERT_THAT(names(walks), ElementsAre("syn", "reply rst"));
  EXPECT_EQ(walks[1].about, "syn");
  EXPECT_EQ(to_string(walks[1].end), "delivered to a");
}

TEST(Follower, SaysWhichRuleTookAPacketForItself) {
  const auto rulesets = filter(
      "b", false, {chain("FORWARD", Hook::forward, Verdict::drop, {rule(1, 9, "SYNPROXY")})});
  Kernel k;
  k.sends("a", 1, kSyn, "eth0");
  k.hook("b", 1, Hook::prerouting, kSyn, "eth0", "");
  k.own("b", 1, Hook::forward, true, kSyn, "eth0", "eth1");
  k.rule("b", 1, "FORWARD", 9, Verdict::stolen);
  Follower follower = watch(k, Backend::iptables_nft, rulesets);
  EXPECT_EQ(follower.drops(), 0u);
  const auto walks = Probe().walks(follower);
  ASSERT_EQ(walks.size(), 1u);
  EXPECT_EQ(to_string(walks[0].end), "taken by b filter FORWARD rule 1 SYNPROXY");
}

TEST(Follower, FollowsWhatIngressHandsOnByAnotherDevice) {
  Kernel k;
  k.sends("a", 1, kSyn, "eth0").ingress("b", 2, kSyn, "eth0");
  k.rule("b", 2, "in", 3, Verdict::stolen);
  k.receives("c", 4, kSyn, "eth0");
  const auto rules =
      filter("b", false, {chain("in", Hook::ingress, Verdict::accept, {rule(1, 3, "fwd")})});
  Follower follower = watch(k, Backend::nft, rules);
  const auto walks = Probe().walks(follower);
  ASSERT_EQ(walks.size(), 1u);
  EXPECT_EQ(to_string(walks[0].end), "delivered to c");
}

TEST(Follower, SaysWhatAVerdictMapGave) {
  const auto rulesets = filter(
      "b", false,
      {chain("INPUT", Hook::input, Verdict::accept, {rule(1, 8, "vmap"), rule(2, 9, "vmap")})});
  Kernel k;
  k.sends("a", 1, kSyn, "eth0");
  k.hook("b", 1, Hook::prerouting, kSyn, "eth0", "");
  k.own("b", 1, Hook::input, true, kSyn, "eth0", "");
  k.rule("b", 1, "INPUT", 8, Verdict::jump);
  k.events.back().target_chain = "services";
  k.rule("b", 1, "INPUT", 9, Verdict::drop);
  Follower follower = watch(k, Backend::nft, rulesets);
  const auto walks = Probe().walks(follower);
  ASSERT_EQ(walks.size(), 1u);
  EXPECT_EQ(walks[0].visits.back().hooks.back().steps[0].target, "jump services");
  EXPECT_EQ(to_string(walks[0].end), "dropped at b filter INPUT rule 2 drop");
}

TEST(Follower, TellsWhatARejectAnswered) {
  const auto rulesets =
      filter("b", false, {chain("INPUT", Hook::input, Verdict::accept, {rule(1, 9, "REJECT")})});
  const Packet reset = tcp("8.8.8.8:443", "10.0.0.5:1000", kTcpRst | kTcpAck, 0);
  Kernel k;
  k.sends("a", 1, kSyn, "eth0");
  k.hook("b", 1, Hook::prerouting, kSyn, "eth0", "");
  k.own("b", 1, Hook::input, true, kSyn, "eth0", "");
  // The kernel traces the reset inside the trace of the packet that is rejected.
  k.sends("b", 2, reset, "eth0").receives("a", 2, reset, "eth0");
  k.rule("b", 1, "INPUT", 9, Verdict::drop);
  Follower follower = watch(k, Backend::iptables_nft, rulesets);
  const auto walks = Probe().walks(follower);
  ASSERT_THAT(names(walks), ElementsAre("syn", "reply rst"));
  EXPECT_EQ(walks[1].about, "syn");
}

TEST(Follower, FindsTheIcmpErrorAboutAPacket) {
  Packet unreachable;
  unreachable.protocol = kProtocolIcmp;
  unreachable.source = *IpAddress::parse("8.8.8.8");
  unreachable.destination = kSyn.source;
  unreachable.icmp_type = 3;
  unreachable.icmp_code = 3;
  unreachable.quoted = QuotedPacket{kProtocolTcp, kSyn.ip_id, kSyn.length};
  Kernel k;
  k.sends("a", 1, kSyn, "eth0").receives("b", 1, kSyn, "eth0");
  k.sends("b", 2, unreachable, "eth0").receives("a", 2, unreachable, "eth0");
  Follower follower = watch(k);
  EXPECT_THAT(names(Probe().walks(follower)), ElementsAre("syn", "port-unreachable"));
}

Packet packet_of_port(uint16_t port) {
  Packet p = tcp("[2001:db8::5]:1000", "[2001:db8::8]:53", 0, 0);
  p.protocol = kProtocolUdp;
  p.ip_id = 0;
  p.destination_port = port;
  return p;
}

/// An answer of ICMPv6 to that packet, which quotes it in full.
Packet error_about(const Packet& p) {
  Packet error;
  error.protocol = kProtocolIcmpv6;
  error.source = p.destination;
  error.destination = p.source;
  error.icmp_type = 1;
  error.icmp_code = 4;
  error.quoted = QuotedPacket{.protocol = p.protocol,
                              .length = p.length,
                              .destination = p.destination,
                              .source_port = p.source_port,
                              .destination_port = p.destination_port};
  return error;
}

TEST(Follower, TellsErrorsOfIpv6ByWhatTheyQuote) {
  Kernel k;
  for (const Packet& sent : {packet_of_port(53), packet_of_port(54)}) {
    k.sends("a", 1, sent, "eth0");
    k.receives("b", 1, sent, "eth0");
  }
  const Packet error = error_about(packet_of_port(53));
  k.sends("b", 2, error, "eth0").receives("a", 2, error, "eth0");
  Follower follower = watch(k);
  const auto walks_to = [&](uint16_t port) {
    Probe probe;
    probe.flow.protocol = kProtocolUdp;
    probe.result.local = packet_of_port(port).from();
    probe.result.remote = packet_of_port(port).to();
    return names(probe.walks(follower));
  };
  EXPECT_THAT(walks_to(53), ElementsAre("data", "port-unreachable"));
  EXPECT_THAT(walks_to(54), ElementsAre("data"));
}

TEST(Follower, TakesAShortQuoteOfIpv6ForTheLatestPacketOfItsLength) {
  const Packet sent = packet_of_port(53);
  Packet error = error_about(sent);
  error.quoted = QuotedPacket{.protocol = sent.protocol, .length = sent.length};
  Kernel k;
  k.sends("a", 1, sent, "eth0").receives("b", 1, sent, "eth0");
  k.sends("b", 2, error, "eth0").receives("a", 2, error, "eth0");
  Follower follower = watch(k);
  Probe probe;
  probe.flow.protocol = kProtocolUdp;
  probe.result.local = sent.from();
  probe.result.remote = sent.to();
  EXPECT_THAT(names(probe.walks(follower)), ElementsAre("data", "port-unreachable"));
}

TEST(Follower, PutsLegacyStepsIntoTheHookTheirPacketWasIn) {
  const auto rulesets =
      filter("a", true,
             {chain("INPUT", Hook::input, Verdict::drop, {rule(1, 0, "ACCEPT")}),
              chain("OUTPUT", Hook::output, Verdict::accept, {rule(1, 0, "jump USER")}), [] {
                Chain user;
                user.name = "USER";
                user.rules = {rule(1, 0, "LOG")};
                return user;
              }()});
  const Packet syn = tcp("127.0.0.1:1000", "127.0.0.1:80", kTcpSyn);
  Kernel k;
  // Legacy messages come from another socket: before or after the skeleton.
  k.legacy("a", "OUTPUT", TraceEvent::Kind::rule, 1, syn);
  k.legacy("a", "USER", TraceEvent::Kind::rule, 1, syn);
  k.legacy("a", "USER", TraceEvent::Kind::return_, 2, syn);
  k.legacy("a", "OUTPUT", TraceEvent::Kind::policy, 2, syn);
  k.legacy("a", "INPUT", TraceEvent::Kind::policy, 2, syn);
  k.sends("a", 1, syn, "lo");
  k.hook("a", 2, Hook::prerouting, syn, "lo", "");
  k.own("a", 2, Hook::input, true, syn, "lo", "");
  Follower follower = watch(k, Backend::iptables_legacy, rulesets);
  const auto walks = Probe("a", "127.0.0.1:1000", "127.0.0.1:80").walks(follower);
  ASSERT_EQ(walks.size(), 1u);
  std::vector<std::string> steps;
  for (const HookVisit* hook : hooks_in(walks[0], "a"))
    for (const Step& step : hook->steps) steps.push_back(to_string(step));
  EXPECT_THAT(steps, ElementsAre("filter OUTPUT rule 1 jump USER", "filter USER rule 1 LOG",
                                 "filter USER return", "filter OUTPUT policy ACCEPT",
                                 "filter INPUT policy DROP"));
  EXPECT_EQ(walks[0].end.kind, WalkEnd::Kind::dropped);
  EXPECT_THAT(follower.problems(), IsEmpty());
}

Packet udp6(const std::string& from, const std::string& to) {
  Packet p = tcp(from, to, 0, 0);
  p.protocol = kProtocolUdp;
  p.ip_id = 0;  // IPv6 has none: two datagrams of one length are alike but for their ends
  return p;
}

TEST(Follower, TellsAlikePacketsOfTwoFlowsApartByTheirEnds) {
  const auto rulesets =
      filter("b", true, {chain("INPUT", Hook::input, Verdict::drop, {rule(1, 0, "ACCEPT")})});
  const Packet first = udp6("[fd01::5]:4001", "[fd02::9]:53");
  const Packet second = udp6("[fd01::5]:4002", "[fd02::9]:53");
  Kernel k;
  // Of the first no legacy table spoke, as nat does not of a packet it knows.
  k.sends("a", 1, first, "eth0").receives("b", 1, first, "eth0");
  k.sends("a", 1, second, "eth0").receives("b", 1, second, "eth0");
  k.legacy("b", "INPUT", TraceEvent::Kind::rule, 1, second);
  Follower follower = watch(k, Backend::iptables_legacy, rulesets);
  Probe probe("a", "[fd01::5]:4002", "[fd02::9]:53");
  probe.flow.kind = FlowKind::udp;
  probe.flow.protocol = kProtocolUdp;
  const auto walks = probe.walks(follower);
  ASSERT_EQ(walks.size(), 1u);
  EXPECT_EQ(hooks_in(walks[0], "b")[1]->steps.size(), 1u);
}

TEST(Follower, TakesAUserChainThatIsNamedLikeAHookForWhatItIs) {
  const auto rulesets = filter(
      "b", true, {chain("INPUT", Hook::input, Verdict::accept, {rule(1, 0, "jump forward")}), [] {
                    Chain user;
                    user.name = "forward";
                    user.rules = {rule(1, 0, "DROP")};
                    return user;
                  }()});
  Kernel k;
  k.sends("a", 1, kSyn, "eth0");
  k.hook("b", 1, Hook::prerouting, kSyn, "eth0", "");
  k.own("b", 1, Hook::input, true, kSyn, "eth0", "");
  k.legacy("b", "INPUT", TraceEvent::Kind::rule, 1, kSyn);
  k.legacy("b", "forward", TraceEvent::Kind::rule, 1, kSyn);
  Follower follower = watch(k, Backend::iptables_legacy, rulesets);
  const auto walks = Probe().walks(follower);
  ASSERT_EQ(walks.size(), 1u);
  EXPECT_EQ(to_string(walks[0].end), "dropped at b filter forward rule 1 DROP");
}

TEST(Follower, ShowsWhatNatMadeOfAPacketThatALegacyTableDroppedAfter) {
  const auto rulesets =
      filter("a", true, {chain("OUTPUT", Hook::output, Verdict::accept, {rule(1, 0, "DROP")})});
  Packet rewritten = kSyn;
  rewritten.destination = *IpAddress::parse("192.168.11.108");
  Kernel k;
  k.own("a", 1, Hook::output, true, kSyn, "", "eth0");
  k.legacy("a", "OUTPUT", TraceEvent::Kind::rule, 1, rewritten);
  Follower follower = watch(k, Backend::iptables_legacy, rulesets);
  const auto walks = Probe().walks(follower);
  ASSERT_EQ(walks.size(), 1u);
  EXPECT_EQ(hooks_in(walks[0], "a")[0]->at_end->to().to_string(), "192.168.11.108:443");
}

TEST(Follower, DropsAtTheDevicesOwnChain) {
  Table table;
  table.family = Family::netdev;
  table.name = "x";
  table.chains = {chain("i", Hook::egress, Verdict::accept, {rule(1, 4, "drop")})};
  Ruleset ruleset;
  ruleset.tables.push_back(table);
  const RulesByNode rulesets{{"a", ruleset}};
  Kernel k;
  k.sends("a", 1, kSyn, "eth0");
  k.rule("a", 1, "i", 4, Verdict::drop);
  k.events.back().family = Family::netdev;
  k.events.back().table = "x";
  Follower follower = watch(k, Backend::nft, rulesets);
  const auto walks = Probe().walks(follower);
  ASSERT_EQ(walks.size(), 1u);
  EXPECT_EQ(to_string(walks[0].end), "dropped at a netdev x i rule 1 drop");
  EXPECT_EQ(walks[0].visits[0].hooks.back().hook, Hook::egress);
  EXPECT_THAT(follower.problems(), IsEmpty());
}

/// Rules of family netdev in b: ingress sends by eth1, whose egress sees it first.
RulesByNode by_devices(const std::string& how) {
  Table table;
  table.family = Family::netdev;
  table.name = "x";
  table.chains = {chain("in", Hook::ingress, Verdict::accept, {rule(1, 3, how)}),
                  chain("out", Hook::egress, Verdict::accept, {rule(1, 4, "jump more")})};
  Chain& more = table.chains.emplace_back();
  more.name = "more";
  more.rules = {rule(1, 5, "drop"), rule(2, 6, "counter")};
  Ruleset ruleset;
  ruleset.tables.push_back(table);
  return {{"b", ruleset}};
}

TEST(Follower, TellsEgressFromTheIngressThatHandedThePacketOn) {
  for (const bool drops : {false, true}) {
    Kernel k;
    k.sends("a", 1, kSyn, "eth0").ingress("b", 2, kSyn, "eth0");
    k.device("b", 2, "out", 4, Verdict::jump, &kSyn, "", "eth1");
    k.device("b", 2, "more", drops ? 5 : 6, drops ? Verdict::drop : Verdict::continue_);
    k.device("b", 2, "in", 3, Verdict::stolen);  // the packet is gone
    if (!drops) k.receives("c", 4, kSyn, "eth0");
    const RulesByNode rules = by_devices("fwd");
    Follower follower = watch(k, Backend::nft, rules);
    const auto walks = Probe().walks(follower);
    ASSERT_EQ(walks.size(), 1u);
    EXPECT_EQ(to_string(walks[0].end),
              drops ? "dropped at b netdev x more rule 1 drop" : "delivered to c");
    const auto hooks = hooks_in(walks[0], "b");
    ASSERT_EQ(hooks.size(), 2u);
    EXPECT_EQ(hooks[0]->hook, Hook::ingress);
    EXPECT_THAT(hooks[0]->steps, SizeIs(1));
    EXPECT_EQ(hooks[1]->hook, Hook::egress);
    EXPECT_EQ(hooks[1]->out_dev, "eth1");
    EXPECT_THAT(hooks[1]->steps, SizeIs(2));
    EXPECT_THAT(follower.problems(), IsEmpty());
  }
}

TEST(Follower, FollowsWhatADeviceSendsACopyOf) {
  Kernel k;
  k.sends("a", 1, kSyn, "eth0").ingress("b", 2, kSyn, "eth0");
  k.device("b", 9, "out", 4, Verdict::jump, &kSyn, "", "eth1");
  k.device("b", 9, "more", 6, Verdict::continue_);
  k.device("b", 2, "in", 3, Verdict::continue_, &kSyn, "eth0", "");
  k.receives("b", 2, kSyn, "eth0");
  k.receives("c", 4, kSyn, "eth0");
  const RulesByNode rules = by_devices("dup");
  Follower follower = watch(k, Backend::nft, rules);
  const auto walks = Probe().walks(follower);
  ASSERT_EQ(walks.size(), 1u);
  std::vector<std::string> all;
  for (const WalkEnd* end : ends_of(walks[0])) all.push_back(to_string(*end));
  EXPECT_THAT(all, UnorderedElementsAre("delivered to b", "delivered to c"));
  EXPECT_THAT(follower.problems(), IsEmpty());
}

TEST(Follower, TellsCopiesApartThatHaveOneTraceId) {
  const Packet again = tcp("10.0.0.5:1000", "8.8.8.8:443", kTcpSyn, 900);
  Kernel k;
  uint32_t id = 1;
  for (const Packet& packet : {kSyn, again}) {
    k.sends("a", id, packet, "eth0").ingress("b", id + 1, packet, "eth0");
    k.device("b", 9, "out", 4, Verdict::jump, &packet, "", "eth1");
    k.device("b", 9, "more", 6, Verdict::continue_);
    k.device("b", id + 1, "in", 3, Verdict::continue_, &packet, "eth0", "");
    k.receives("b", id + 1, packet, "eth0");
    k.receives("c", id + 2, packet, "eth0");
    id += 3;
  }
  const RulesByNode rules = by_devices("dup");
  Follower follower = watch(k, Backend::nft, rules);
  Probe program;
  program.flow.kind = FlowKind::exec;
  const auto walks = program.walks(follower);
  ASSERT_EQ(walks.size(), 2u);
  for (const Walk& walk : walks) EXPECT_THAT(ends_of(walk), SizeIs(2)) << walk.name;
  EXPECT_THAT(follower.problems(), IsEmpty());
}

/// What the kernel sends again of connections that were there before is no program's.
TEST(Follower, TakesForAProgramsWhatItSendsItself) {
  const Packet data = tcp("10.0.0.5:1000", "8.8.8.8:443", kTcpPsh | kTcpAck, 101);
  const Packet reset = tcp("10.0.0.5:2000", "8.8.8.8:80", kTcpRst, 7);
  Packet report;
  report.protocol = kProtocolIgmp;
  report.source = *IpAddress::parse("10.0.0.5");
  report.destination = *IpAddress::parse("224.0.0.22");
  Kernel before;
  before.sends("a", 1, kSyn, "eth0");
  before.receives("a", 2, tcp("8.8.8.8:80", "10.0.0.5:2000", kTcpPsh | kTcpAck), "eth0");
  Follower follower = watch(before);
  const size_t mark = follower.mark();
  Kernel k;
  for (const Packet& packet :
       {data, kSyn, reset, report, tcp("10.0.0.5:3000", "8.8.8.8:80", kTcpSyn),
        tcp("10.0.0.5:1000", "8.8.8.8:443", kTcpSyn, 900), data})
    k.sends("a", 1, packet, "eth0");
  follower.add(k.events);
  Probe program;
  program.flow.kind = FlowKind::exec;
  std::vector<std::string> sent;
  for (const Walk& walk : follower.walks(program.flow, program.result, mark))
    sent.push_back(describe(walk.packet));
  EXPECT_THAT(sent, ElementsAre("10.0.0.5:3000 > 8.8.8.8:80 tcp syn len 0",
                                "10.0.0.5:1000 > 8.8.8.8:443 tcp syn len 0",
                                "10.0.0.5:1000 > 8.8.8.8:443 tcp psh,ack len 0"));
}

TEST(Follower, ReportsALegacyStepThatFitsNoPacket) {
  const auto rulesets = filter("a", true, {chain("INPUT", Hook::input, Verdict::accept, {})});
  Kernel k;
  k.legacy("a", "INPUT", TraceEvent::Kind::policy, 1, kSyn);
  Follower follower = watch(k, Backend::iptables_legacy, rulesets);
  EXPECT_THAT(
      follower.problems(),
      ElementsAre("node 'a': a trace line of filter INPUT fits no packet that was seen there"));
}

TEST(Follower, ReportsADropOfAPacketThatWentOn) {
  const auto rulesets =
      filter("b", false, {chain("INPUT", Hook::input, Verdict::accept, {rule(1, 9, "DROP")})});
  Kernel k;
  k.hook("b", 1, Hook::prerouting, kSyn, "eth0", "");
  k.own("b", 1, Hook::input, true, kSyn, "eth0", "");
  k.rule("b", 1, "INPUT", 9, Verdict::drop);
  k.own("b", 1, Hook::input, false, kSyn, "eth0", "");
  Follower follower = watch(k, Backend::iptables_nft, rulesets);
  EXPECT_THAT(follower.problems(),
              ElementsAre(HasSubstr("'filter INPUT rule 1 DROP' dropped a packet that went on")));
}

TEST(Follower, ReportsARuleThatWasNotReadBack) {
  const auto rulesets = filter("b", false, {chain("INPUT", Hook::input, Verdict::accept, {})});
  Kernel k;
  k.hook("b", 1, Hook::prerouting, kSyn, "eth0", "");
  k.own("b", 1, Hook::input, true, kSyn, "eth0", "");
  k.rule("b", 1, "INPUT", 9, Verdict::accept);
  Follower follower = watch(k, Backend::iptables_nft, rulesets);
  EXPECT_THAT(follower.problems(), ElementsAre(HasSubstr("names a rule of chain 'filter INPUT'")));
}

TEST(Follower, ReportsAMessageOfNoPacketThatEntered) {
  Kernel k;
  k.own("b", 1, Hook::input, false, kSyn, "eth0", "");
  Follower follower = watch(k);
  EXPECT_THAT(follower.problems(),
              ElementsAre(HasSubstr("is of no packet that was seen to enter")));
}

TEST(Follower, SaysWhereAPacketWasLostWithoutAVerdict) {
  Kernel k;
  k.sends("a", 1, kSyn, "eth0");
  k.hook("b", 1, Hook::prerouting, kSyn, "eth0", "");
  Follower follower = watch(k);
  const auto walks = Probe().walks(follower);
  ASSERT_EQ(walks.size(), 1u);
  EXPECT_EQ(to_string(walks[0].end), "lost in b after PREROUTING, by no verdict of a rule");
}

Packet udp(uint16_t length) {
  Packet p = tcp("10.0.0.5:1000", "8.8.8.8:53", 0, 0);
  p.protocol = kProtocolUdp;
  p.length = length;
  return p;
}

Packet fragment(uint16_t offset, uint16_t bytes, bool more) {
  Packet p = udp(static_cast<uint16_t>(20 + bytes));
  p.fragment_offset = offset;
  p.more_fragments = more;
  if (offset != 0) p.source_port = p.destination_port = 0;
  return p;
}

Packet one_hop_on(Packet p) {
  --p.ttl;
  return p;
}

Probe udp_probe() {
  Probe probe("a", "10.0.0.5:1000", "8.8.8.8:53");
  probe.flow.kind = FlowKind::udp;
  probe.flow.protocol = kProtocolUdp;
  return probe;
}

std::vector<std::string> ends(const std::vector<Walk>& walks) {
  std::vector<std::string> all;
  for (const Walk& walk : walks) all.push_back(walk.name + ": " + to_string(walk.end));
  return all;
}

/// What gw makes of two fragments that connection tracking put together, seen by the trace.
void tracked_gateway(Kernel& k, const Packet& whole) {
  k.own("gw", 2, Hook::prerouting, true, fragment(0, 48, true), "wan0", "");
  k.own("gw", 3, Hook::prerouting, true, fragment(48, 32, false), "wan0", "");
  k.own("gw", 3, Hook::prerouting, false, whole, "wan0", "");
  k.hook("gw", 3, Hook::forward, one_hop_on(whole), "wan0", "lan0");
  k.hook("gw", 3, Hook::postrouting, one_hop_on(whole), "", "lan0");
}

TEST(Follower, FollowsAPacketThroughItsFragments) {
  const Packet whole = udp(100);
  Kernel k;
  k.sends("a", 1, whole, "eth0");
  tracked_gateway(k, whole);
  k.hook("b", 4, Hook::prerouting, one_hop_on(fragment(0, 48, true)), "eth0", "");
  k.hook("b", 5, Hook::prerouting, one_hop_on(fragment(48, 32, false)), "eth0", "");
  k.hook("b", 5, Hook::input, one_hop_on(whole), "eth0", "");
  Follower follower = watch(k);
  const Probe probe = udp_probe();
  const auto walks = probe.walks(follower);
  EXPECT_THAT(ends(walks), ElementsAre("data: delivered to b", "fragment: put together again in gw",
                                       "fragment 2: put together again in gw",
                                       "fragment 3: put together again in b",
                                       "fragment 4: put together again in b"));
  ASSERT_EQ(walks[0].visits.size(), 3u);
  EXPECT_EQ(hooks_in(walks[0], "gw").size(), 3u);
  EXPECT_EQ(hooks_in(walks[0], "b").size(), 1u);
  EXPECT_THAT(follower.problems(), IsEmpty());
}

TEST(Follower, TellsOfFragmentsInTheOrderInWhichTheyWereCut) {
  const Packet whole = udp(100);
  Kernel k;
  for (const Packet& piece : {fragment(0, 48, true), fragment(48, 32, false)})
    k.hook("b", 4, Hook::prerouting, one_hop_on(piece), "eth0", "");
  k.hook("b", 4, Hook::input, one_hop_on(whole), "eth0", "");
  tracked_gateway(k, whole);
  k.sends("a", 1, whole, "eth0");
  Follower follower = watch(k);
  EXPECT_THAT(
      ends(udp_probe().walks(follower)),
      ElementsAre("data: delivered to b", "fragment: put together again in gw",
                  "fragment 2: put together again in gw", "fragment 3: put together again in b",
                  "fragment 4: put together again in b"));
}

/// A fragment that a bridge whose hooks are watched takes in, up to the hook that IP asks of it.
void into_bridge(Kernel& k, const Packet& piece) {
  k.bridge("wall", 2, Hook::prerouting, true, piece, "port1", "");
  k.own("wall", 2, Hook::prerouting, true, piece, "br0", "");
}

TEST(Follower, FollowsWhatABridgeMakesOfFragments) {
  const Packet whole = udp(100);
  Kernel k;
  for (const Packet& piece : {fragment(0, 48, true), fragment(48, 32, false)})
    k.hook("b", 4, Hook::prerouting, piece, "eth0", "");
  k.hook("b", 4, Hook::input, whole, "eth0", "");
  into_bridge(k, fragment(0, 48, true));
  into_bridge(k, fragment(48, 32, false));
  k.own("wall", 2, Hook::prerouting, false, whole, "br0", "");
  k.bridge("wall", 2, Hook::prerouting, false, whole, "port1", "");
  for (const bool first : {true, false})
    k.bridge("wall", 2, Hook::forward, first, whole, "port1", "port2");
  for (const bool first : {true, false})
    k.bridge("wall", 2, Hook::postrouting, first, whole, "", "port2");
  k.sends("a", 1, whole, "eth0");
  Follower follower = watch(k, Backend::nft, kNoRules, bridged_by_wall());
  const auto walks = udp_probe().walks(follower);
  EXPECT_THAT(
      ends(walks),
      ElementsAre("data: delivered to b", "fragment: put together again in wall",
                  "fragment 2: put together again in wall", "fragment 3: put together again in b",
                  "fragment 4: put together again in b"));
  EXPECT_EQ(hooks_in(walks.at(0), "wall").size(), 3u);
  EXPECT_THAT(follower.problems(), IsEmpty());
}

TEST(Follower, KnowsTheWholeOfFragmentsThatABridgeTookInForItsOwnHost) {
  Kernel k;
  k.sends("a", 1, udp(100), "eth0");
  for (const Packet& piece : {fragment(0, 48, true), fragment(48, 32, false)}) {
    for (const Hook hook : {Hook::prerouting, Hook::input})
      for (const bool first : {true, false}) k.bridge("s", 2, hook, first, piece, "p1", "");
    k.hook("s", 3, Hook::prerouting, piece, "br0", "");
  }
  k.hook("s", 3, Hook::input, udp(100), "br0", "");
  Follower follower = watch(k);
  EXPECT_THAT(ends(udp_probe().walks(follower)),
              ElementsAre("data: delivered to s", "fragment: put together again in s",
                          "fragment 2: put together again in s"));
  EXPECT_THAT(follower.problems(), IsEmpty());
}

TEST(Follower, FollowsFragmentsDownToABridgeOfTheirSender) {
  Kernel k;
  k.sends("s", 1, udp(100), "br0");
  for (const Packet& piece : {fragment(0, 48, true), fragment(48, 32, false)}) {
    for (const Hook hook : {Hook::output, Hook::postrouting})
      for (const bool first : {true, false}) k.bridge("s", 1, hook, first, piece, "", "p1");
    k.hook("b", 2, Hook::prerouting, piece, "eth0", "");
  }
  k.hook("b", 2, Hook::input, udp(100), "eth0", "");
  Follower follower = watch(k);
  Probe probe = udp_probe();
  probe.flow.node = "s";
  EXPECT_THAT(ends(probe.walks(follower)),
              ElementsAre("data: delivered to b", "fragment: put together again in b",
                          "fragment 2: put together again in b"));
  EXPECT_THAT(follower.problems(), IsEmpty());
}

TEST(Follower, KnowsTheWholeOfFragmentsThatCameByIngressAndWereTranslated) {
  const Packet whole = udp(100);
  Packet translated = whole;
  translated.destination = *IpAddress::parse("10.0.1.9");
  Kernel k;
  k.sends("a", 1, whole, "eth0");
  for (const Packet& piece : {fragment(0, 48, true), fragment(48, 32, false)})
    k.ingress("b", 3, piece, "eth0").own("b", 3, Hook::prerouting, true, piece, "eth0", "");
  k.own("b", 3, Hook::prerouting, false, translated, "eth0", "");
  k.hook("b", 3, Hook::input, translated, "eth0", "");
  Follower follower = watch(k);
  const auto walks = udp_probe().walks(follower);
  EXPECT_THAT(ends(walks), ElementsAre("data: delivered to b", "fragment: put together again in b",
                                       "fragment 2: put together again in b"));
  EXPECT_EQ(hooks_in(walks.at(0), "b").at(0)->at_start->destination, whole.destination);
  EXPECT_THAT(follower.problems(), IsEmpty());
}

TEST(Follower, FollowsFragmentsThatAreCutAgain) {
  const Packet whole = udp(100);
  const Packet first = fragment(0, 48, true), second = fragment(48, 32, false);
  Kernel k;
  k.hook("b", 4, Hook::prerouting, one_hop_on(fragment(48, 16, true)), "eth0", "");
  k.hook("b", 5, Hook::prerouting, one_hop_on(fragment(64, 16, false)), "eth0", "");
  k.hook("b", 6, Hook::prerouting, one_hop_on(first), "eth0", "");
  k.hook("b", 6, Hook::input, one_hop_on(whole), "eth0", "");
  for (const Packet& packet : {second, first}) {
    k.hook("gw", 2, Hook::prerouting, packet, "wan0", "");
    k.hook("gw", 2, Hook::forward, one_hop_on(packet), "wan0", "lan0");
    k.hook("gw", 2, Hook::postrouting, one_hop_on(packet), "", "lan0");
  }
  k.sends("a", 1, whole, "eth0");
  Follower follower = watch(k);
  EXPECT_THAT(
      ends(udp_probe().walks(follower)),
      ElementsAre("data: delivered to b", "fragment: left gw in fragments",
                  "fragment 2: put together again in b", "fragment 3: put together again in b",
                  "fragment 4: put together again in b"));
  EXPECT_THAT(follower.problems(), IsEmpty());
}

Packet udp6(uint16_t length) {
  Packet p = udp(length);
  p.source = *IpAddress::parse("2001:db8:1::5");
  p.destination = *IpAddress::parse("2001:db8:2::8");
  return p;
}

Packet fragment6(uint16_t offset, uint16_t bytes, bool more, uint32_t id = 9) {
  Packet p = udp6(static_cast<uint16_t>(48 + bytes));
  p.fragment_offset = offset;
  p.more_fragments = more;
  p.ip_id = id;
  if (offset != 0) p.source_port = p.destination_port = 0;
  return p;
}

Probe udp6_probe() {
  Probe probe = udp_probe();
  probe.result.local = udp6(0).from();
  probe.result.remote = udp6(0).to();
  return probe;
}

TEST(Follower, FollowsIpv6ToAReceiverThatPutsItTogetherBehindInput) {
  const Packet first = fragment6(0, 48, true);
  const Packet later = fragment6(48, 52, false);
  for (const auto& pieces : {std::array{first, later}, std::array{later, first}}) {
    Kernel k;
    k.sends("a", 1, udp6(140), "eth0");
    for (const Packet& piece : pieces) k.receives("b", 2, piece, "eth0");
    Follower follower = watch(k);
    EXPECT_THAT(ends(udp6_probe().walks(follower)),
                ElementsAre("data: delivered to b", "fragment: delivered to b",
                            "fragment 2: delivered to b"));
    EXPECT_THAT(follower.problems(), IsEmpty());
  }
}

TEST(Follower, KnowsTheErrorAboutFragmentsOfIpv6ThatWerePutTogetherBehindInput) {
  const auto names_with = [](uint16_t port) {
    Packet error = udp6(188);
    std::swap(error.source, error.destination);
    error.protocol = kProtocolIcmpv6;
    error.source_port = error.destination_port = 0;
    error.icmp_type = 1;
    error.icmp_code = 4;
    const Packet whole = udp6(140);
    error.quoted = QuotedPacket{.protocol = kProtocolUdp,
                                .length = 140,
                                .destination = whole.destination,
                                .source_port = whole.source_port,
                                .destination_port = port};
    Kernel k;
    for (const Packet& piece : {fragment6(0, 48, true), fragment6(48, 52, false)})
      k.sends("a", 1, piece, "eth0").receives("b", 2, piece, "eth0");
    k.sends("b", 3, error, "eth0").receives("a", 3, error, "eth0");
    Follower follower = watch(k);
    Probe probe = udp6_probe();
    probe.flow.craft.emplace();
    return names(probe.walks(follower));
  };
  const uint16_t port = udp6(0).destination_port;
  EXPECT_THAT(names_with(port), ElementsAre("fragment", "fragment 2", "port-unreachable"));
  EXPECT_THAT(names_with(static_cast<uint16_t>(port + 1)), ElementsAre("fragment", "fragment 2"));
}

TEST(Follower, KeepsFragmentsOfIpv6OfTwoPacketsApart) {
  Kernel k;
  k.sends("a", 1, udp6(140), "eth0").sends("a", 1, udp6(140), "eth0");
  k.receives("b", 2, fragment6(0, 48, true, 9), "eth0");  // the rest of it is lost on the way
  k.receives("b", 3, fragment6(0, 48, true, 5), "eth0");
  k.receives("b", 3, fragment6(48, 52, false, 5), "eth0");
  Follower follower = watch(k);
  EXPECT_THAT(
      ends(udp6_probe().walks(follower)),
      ElementsAre("data: left a in fragments", "fragment: waits in b for the rest of its packet",
                  "data 2: delivered to b", "fragment 2: delivered to b",
                  "fragment 3: delivered to b"));
  EXPECT_THAT(follower.problems(), IsEmpty());
}

TEST(Follower, TakesAFragmentThatComesTwiceForNoOther) {
  Kernel k;
  k.sends("a", 1, udp(100), "eth0");
  for (const Packet& piece :
       {fragment(0, 48, true), fragment(0, 48, true), fragment(48, 32, false)})
    k.own("b", 2, Hook::prerouting, true, piece, "eth0", "");
  k.hook("b", 2, Hook::input, udp(100), "eth0", "");
  Follower follower = watch(k);
  EXPECT_THAT(
      ends(udp_probe().walks(follower)),
      ElementsAre("data: delivered to b", "fragment: put together again in b",
                  "fragment 2: put together again in b", "fragment 3: put together again in b"));
  EXPECT_THAT(follower.problems(), IsEmpty());
}

TEST(Follower, FollowsArpFromOutputToInput) {
  Packet request;
  request.arp = kArpRequest;
  request.length = 28;
  request.source = *IpAddress::parse("10.0.0.5");
  request.destination = *IpAddress::parse("10.0.0.8");
  Packet reply = request;
  reply.arp = kArpReply;
  std::swap(reply.source, reply.destination);
  Kernel k;
  k.hook("a", 1, Hook::output, request, "", "eth0");
  k.hook("b", 2, Hook::input, request, "eth0", "");
  k.hook("c", 3, Hook::input, request, "eth0", "");
  k.hook("b", 4, Hook::output, reply, "", "eth0");
  k.hook("a", 5, Hook::input, reply, "eth0", "");
  for (TraceEvent& event : k.events) event.family = Family::arp;
  Follower follower = watch(k);
  Probe probe("a", "10.0.0.5:0", "10.0.0.8:0");
  probe.flow.kind = FlowKind::arp;
  probe.flow.destination.address = request.destination;
  const auto walks = probe.walks(follower);
  EXPECT_THAT(ends(walks), ElementsAre("arp-request: delivered to b", "arp-reply: delivered to a"));
  ASSERT_FALSE(walks.empty());
  EXPECT_EQ(walks[0].other_ends.size(), 1u);
  EXPECT_THAT(follower.problems(), IsEmpty());
  probe.flow.kind = FlowKind::exec;
  EXPECT_THAT(probe.walks(follower), IsEmpty());
}

TEST(Follower, SaysThatANodeWaitsForTheFirstFragmentOfIpv6) {
  const Packet later = fragment6(48, 52, false);
  Kernel k;
  k.sends("a", 1, later, "eth0");
  k.receives("b", 2, later, "eth0");
  Probe probe = udp6_probe();
  probe.flow.craft.emplace();
  Follower follower = watch(k);
  EXPECT_THAT(ends(probe.walks(follower)),
              ElementsAre("fragment: waits in b for the rest of its packet"));
}

TEST(Follower, TellsTheWholeByItsHeadersWhateverTheTraceId) {
  const Packet whole = udp(100);
  Kernel k;
  k.sends("a", 1, fragment(0, 48, true), "eth0").sends("a", 1, fragment(48, 32, false), "eth0");
  k.hook("b", 4, Hook::prerouting, fragment(0, 48, true), "eth0", "");
  k.hook("b", 5, Hook::prerouting, fragment(48, 32, false), "eth0", "");
  k.hook("b", 99, Hook::input, whole, "eth0", "");
  Follower follower = watch(k);
  Probe probe = udp_probe();
  probe.flow.craft.emplace();
  const auto walks = probe.walks(follower);
  EXPECT_THAT(ends(walks),
              ElementsAre("fragment: put together again in b",
                          "fragment 2: put together again in b", "data: delivered to b"));
  EXPECT_THAT(follower.problems(), IsEmpty());
}

TEST(Follower, SaysThatANodeWaitsForAMissingFragment) {
  Kernel k;
  k.sends("a", 1, fragment(0, 48, true), "eth0");
  k.own("gw", 2, Hook::prerouting, true, fragment(0, 48, true), "wan0", "");
  Follower follower = watch(k);
  Probe probe = udp_probe();
  probe.flow.craft.emplace();
  EXPECT_THAT(ends(probe.walks(follower)),
              ElementsAre("fragment: waits in gw for the rest of its packet"));
}

TEST(Follower, SaysThatAPacketLeftInFragmentsThatWereDropped) {
  Kernel k;
  k.sends("a", 1, udp(100), "eth0");
  k.hook("gw", 2, Hook::prerouting, fragment(0, 48, true), "wan0", "");
  k.own("gw", 2, Hook::forward, true, one_hop_on(fragment(0, 48, true)), "wan0", "lan0");
  k.rule("gw", 2, "FORWARD", 5, Verdict::drop);
  k.hook("gw", 3, Hook::prerouting, fragment(48, 32, false), "wan0", "");
  k.hook("gw", 3, Hook::forward, one_hop_on(fragment(48, 32, false)), "wan0", "lan0");
  k.hook("gw", 3, Hook::postrouting, one_hop_on(fragment(48, 32, false)), "", "lan0");
  const auto rules =
      filter("gw", false, {chain("FORWARD", Hook::forward, Verdict::accept, {rule(1, 5, "DROP")})});
  Follower follower = watch(k, Backend::iptables_nft, rules);
  const Probe probe = udp_probe();
  EXPECT_THAT(
      ends(probe.walks(follower)),
      ElementsAre("data: left a in fragments", "fragment: dropped at gw filter FORWARD rule 1 DROP",
                  "fragment 2: left gw and was seen nowhere after"));
}

/// Of a flow that crafts this packet.
Probe crafted_probe(const Packet& packet) {
  Probe probe = udp_probe();
  probe.flow.craft.emplace();
  probe.result.remote.address = packet.destination;
  return probe;
}

std::vector<std::string> other_ends(const Walk& walk) {
  std::vector<std::string> all;
  for (const WalkEnd& end : walk.other_ends) all.push_back(to_string(end));
  return all;
}

TEST(Follower, FollowsAPacketForManyToEachOfThemAndBackToItsSender) {
  Packet shout = udp(32);
  shout.destination = *IpAddress::parse("10.0.0.255");
  Kernel k;
  k.hook("a", 1, Hook::output, shout, "", "eth0");
  k.hook("a", 2, Hook::postrouting, shout, "", "eth0");  // the copy for the sender itself
  k.receives("a", 3, shout, "eth0");
  k.hook("a", 1, Hook::postrouting, shout, "", "eth0");
  k.receives("b", 4, shout, "eth0").receives("c", 5, shout, "eth1");
  Follower follower = watch(k);
  const auto walks = crafted_probe(shout).walks(follower);
  ASSERT_THAT(ends(walks), ElementsAre("data: delivered to b"));
  EXPECT_THAT(other_ends(walks[0]), ElementsAre("delivered to a", "delivered to c"));
  EXPECT_EQ(hooks_in(walks[0], "a").size(), 5u);
  EXPECT_THAT(follower.problems(), IsEmpty());
}

TEST(Follower, FollowsTheLastFragmentForManyWhoseSenderPutsItsOwnCopyTogetherBeforeItIsSent) {
  const auto for_many = [](Packet p) {
    p.destination = *IpAddress::parse("10.0.0.255");
    return p;
  };
  Kernel k;
  for (const Packet& piece : {for_many(fragment(0, 48, true)), for_many(fragment(48, 32, false))}) {
    k.hook("a", 1, Hook::output, piece, "", "eth0");
    k.hook("a", 2, Hook::postrouting, piece, "", "eth0");  // the copy for the sender itself
    k.hook("a", 3, Hook::prerouting, piece, "eth0", "");
    if (piece.fragment_offset != 0) k.hook("a", 3, Hook::input, for_many(udp(100)), "eth0", "");
    k.hook("a", 1, Hook::postrouting, piece, "", "eth0");
    k.hook("b", 4, Hook::prerouting, piece, "eth0", "");
  }
  k.hook("b", 4, Hook::input, for_many(udp(100)), "eth0", "");
  Follower follower = watch(k);
  const auto walks = crafted_probe(for_many(udp(100))).walks(follower);
  EXPECT_THAT(ends(walks), ElementsAre("fragment: put together again in b",
                                       "fragment 2: put together again in b",
                                       "data: delivered to a", "data 2: delivered to b"));
  EXPECT_THAT(follower.problems(), IsEmpty());
}

TEST(Follower, ShowsWhatABridgeSendsToAPortWhereNobodyHearsIt) {
  Packet shout = udp(32);
  const auto others = [&](const char* to) {
    shout.destination = *IpAddress::parse(to);
    const bool to_all = shout.destination == *IpAddress::parse("10.0.0.255");
    Kernel k;
    k.hook("a", 1, Hook::output, shout, "", "eth0");
    if (to_all) k.hook("a", 2, Hook::postrouting, shout, "", "eth0");
    k.hook("a", 1, Hook::postrouting, shout, "", "eth0");
    k.hook("wall", 2, Hook::prerouting, shout, "br0", "");
    for (const uint32_t id : {3u, to_all ? 4u : 2u}) {
      k.hook("wall", id, Hook::forward, shout, "br0", "br0");
      k.hook("wall", id, Hook::postrouting, shout, "", "br0");
    }
    if (to_all) k.hook("wall", 2, Hook::input, shout, "br0", "");
    k.receives("b", 4, shout, "eth0");
    Follower follower = watch(k, Backend::nft, kNoRules, bridged_by_wall());
    const auto walks = crafted_probe(shout).walks(follower);
    EXPECT_THAT(ends(walks), ElementsAre("data: delivered to b"));
    return other_ends(walks.at(0));
  };
  EXPECT_THAT(others("10.0.0.255"),
              ElementsAre("left a and was seen nowhere after",
                          "left wall and was seen nowhere after", "delivered to wall"));
  EXPECT_THAT(others("10.0.0.2"), IsEmpty());
}

TEST(Follower, TakesAnUnknownMessageOfPostroutingForNoCopyOfAPacketForOne) {
  Kernel k;
  k.sends("a", 1, kSyn, "eth0");
  k.hook("a", 2, Hook::postrouting, kSyn, "", "eth0");
  Follower follower = watch(k);
  EXPECT_THAT(follower.problems(), testing::Each(HasSubstr("is of no packet that was seen")));
  EXPECT_THAT(follower.problems(), testing::SizeIs(2));
}

}  // namespace
}  // namespace fwproof::follow
