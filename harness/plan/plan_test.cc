#include "plan/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fwproof::plan {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

Interface interface(const std::string& name, const std::string& prefix = "") {
  Interface made{.name = name};
  if (!prefix.empty()) made.addresses.push_back(*Prefix::parse(prefix));
  return made;
}

Route default_via(const std::string& via) { return {.via = IpAddress::parse(via)}; }

Link link(std::vector<LinkEnd> endpoints) { return {.endpoints = std::move(endpoints)}; }

std::vector<std::string> commands(const Topology& topology) {
  std::vector<std::string> all;
  for (const auto& step : plan_network(topology)) all.push_back(to_command(step));
  return all;
}

Topology port_forward() {
  Node client{.name = "client",
              .interfaces = {interface("eth0", "1.2.3.4/24")},
              .routes = {default_via("1.2.3.1")}};
  Node gw{.name = "gw",
          .forwarding = true,
          .interfaces = {interface("eth0", "1.2.3.1/24"), interface("eth1", "10.0.0.1/24")}};
  Node web{.name = "web",
           .interfaces = {interface("eth0", "10.0.0.5/24")},
           .routes = {default_via("10.0.0.1")}};
  return {.nodes = {client, gw, web},
          .links = {link({{"client", "eth0"}, {"gw", "eth0"}}),
                    link({{"gw", "eth1"}, {"web", "eth0"}})}};
}

Topology three_on_one_link() {
  Topology topology;
  for (const char* name : {"a", "b", "c"})
    topology.nodes.push_back({.name = name, .interfaces = {interface("eth0")}});
  topology.links = {link({{"a", "eth0"}, {"b", "eth0"}, {"c", "eth0"}})};
  return topology;
}

TEST(Plan, OfAPortForwardIsWhatAPersonWouldType) {
  EXPECT_THAT(
      commands(port_forward()),
      ElementsAre(
          "ip netns add client", "ip netns exec client sysctl -w net.ipv6.conf.all.disable_ipv6=1",
          "ip netns exec client sysctl -w net.ipv4.icmp_ratemask=0",
          "ip netns exec client sysctl -w 'net.ipv4.ping_group_range=0 0'", "ip netns add gw",
          "ip netns exec gw sysctl -w net.ipv6.conf.all.disable_ipv6=1",
          "ip netns exec gw sysctl -w net.ipv4.icmp_ratemask=0",
          "ip netns exec gw sysctl -w 'net.ipv4.ping_group_range=0 0'",
          "ip netns exec gw sysctl -w net.ipv4.ip_forward=1", "ip netns add web",
          "ip netns exec web sysctl -w net.ipv6.conf.all.disable_ipv6=1",
          "ip netns exec web sysctl -w net.ipv4.icmp_ratemask=0",
          "ip netns exec web sysctl -w 'net.ipv4.ping_group_range=0 0'",
          "ip -n client link add eth0 address 02:00:00:00:00:02 index 2 type veth"
          " peer name eth0 address 02:00:00:00:00:03 index 3 netns gw",
          "ip -n gw link add eth1 address 02:00:00:00:00:04 index 4 type veth"
          " peer name eth0 address 02:00:00:00:00:05 index 5 netns web",
          "ip -n client addr add 1.2.3.4/24 dev eth0", "ip -n gw addr add 1.2.3.1/24 dev eth0",
          "ip -n gw addr add 10.0.0.1/24 dev eth1", "ip -n web addr add 10.0.0.5/24 dev eth0",
          "ip -n client ntable change name arp_cache dev eth0 retrans 20 mcast_probes 3",
          "ip -n gw ntable change name arp_cache dev eth0 retrans 20 mcast_probes 3",
          "ip -n gw ntable change name arp_cache dev eth1 retrans 20 mcast_probes 3",
          "ip -n web ntable change name arp_cache dev eth0 retrans 20 mcast_probes 3",
          "ip -n client link set lo up", "ip -n gw link set lo up", "ip -n web link set lo up",
          "ip -n client link set eth0 up", "ip -n gw link set eth0 up",
          "ip netns exec client ethtool eth0", "ip -n gw link set eth1 up",
          "ip -n web link set eth0 up", "ip netns exec gw ethtool eth1",
          "ip -n client route add default via 1.2.3.1",
          "ip -n web route add default via 10.0.0.1"));
}

TEST(Plan, GivesALinkOfThreeEndsABridgeThatComesUpLast) {
  const auto all = commands(three_on_one_link());
  EXPECT_THAT(all, Contains("ip netns add '(bridge 1)'"));
  EXPECT_THAT(all, Contains("ip -n c link add eth0 address 02:00:00:00:00:06 index 6 type veth"
                            " peer name port3 address 02:00:00:00:00:07 index 7"
                            " netns '(bridge 1)'"));
  EXPECT_THAT(all, Contains("ip -n '(bridge 1)' link add br0 address 02:00:00:00:00:08 index 8"
                            " type bridge stp_state 0 mcast_snooping 0"));
  EXPECT_THAT(all, Contains("ip -n '(bridge 1)' link set port3 master br0"));
  EXPECT_EQ(all.back(), "ip -n '(bridge 1)' link set br0 up");
}

TEST(Plan, MakesEveryDeviceOfABridgeNodeAPort) {
  Topology topology;
  topology.nodes = {{.name = "host", .interfaces = {interface("eth0", "10.0.0.1/24")}},
                    {.name = "sw", .bridge = true, .interfaces = {interface("p1")}}};
  topology.links = {link({{"host", "eth0"}, {"sw", "p1"}})};
  const auto all = commands(topology);
  EXPECT_THAT(all, Contains("ip -n sw link set p1 master br0"));
  EXPECT_THAT(all, Contains("ip netns exec sw ethtool p1"));
  EXPECT_THAT(all, Not(Contains(testing::HasSubstr("arp_cache dev p1"))));
}

TEST(Plan, LeavesIpv6OnWhereTheTopologyHasAny) {
  Topology topology;
  topology.nodes = {
      {.name = "a", .forwarding = true, .interfaces = {interface("eth0", "2001:db8::1/64")}}};
  const auto all = commands(topology);
  EXPECT_THAT(all, Not(Contains(testing::HasSubstr("disable_ipv6"))));
  EXPECT_THAT(all, Contains("ip netns exec a sysctl -w net.ipv6.icmp.ratemask="));
  EXPECT_THAT(all, Contains("ip netns exec a sysctl -w net.ipv6.conf.all.forwarding=1"));
  EXPECT_THAT(all, Contains("ip -n a addr add 2001:db8::1/64 dev eth0 nodad"));
}

TEST(Plan, LetsTheUsersSysctlsWin) {
  Topology topology = port_forward();
  topology.nodes[1].sysctls = {{"net.ipv4.conf.all.rp_filter", "1"},
                               {"net.ipv4.conf.default.rp_filter", "2"},
                               {"net.ipv4.icmp_ratelimit", "1000"}};
  const auto all = commands(topology);
  EXPECT_EQ(all.back(), "ip netns exec gw sysctl -w net.ipv4.icmp_ratelimit=1000");
  EXPECT_EQ(all[all.size() - 2], "ip netns exec gw sysctl -w net.ipv4.conf.all.rp_filter=1");
  EXPECT_THAT(all, Not(Contains("ip netns exec gw sysctl -w net.ipv4.icmp_ratemask=0")));
  const auto before = std::find(all.begin(), all.end(),
                                "ip netns exec gw sysctl -w net.ipv4.conf.default.rp_filter=2");
  ASSERT_NE(before, all.end());
  EXPECT_TRUE(std::none_of(all.begin(), before, [](const std::string& command) {
    return command.find("link add") != command.npos;
  }));
}

TEST(Plan, GivesAHiddenPortTheMtuOfItsOtherEnd) {
  Topology topology = three_on_one_link();
  topology.nodes[0].interfaces[0].mtu = 9000;
  EXPECT_THAT(commands(topology),
              Contains("ip -n a link add eth0 address 02:00:00:00:00:02 index 2 mtu 9000 type veth"
                       " peer name port1 address 02:00:00:00:00:03 index 3 mtu 9000"
                       " netns '(bridge 1)'"));
}

TEST(ToCommand, QuotesWhatAShellWouldSplitOrExpand) {
  EXPECT_EQ(to_command(BringUp{"a'b", "$(x)"}), "ip -n 'a'\\''b' link set '$(x)' up");
}

TEST(ToCommand, WritesARouteAsIpDoes) {
  const Route route{
      .to = Prefix::parse("10.0.0.0/8"), .via = IpAddress::parse("192.0.2.1"), .dev = "wan1"};
  EXPECT_EQ(to_command(AddRoute{"gw", route}),
            "ip -n gw route add 10.0.0.0/8 via 192.0.2.1 dev wan1");
}

}  // namespace
}  // namespace fwproof::plan
