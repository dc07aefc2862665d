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
          "ip netns add client",
          "ip netns exec client sysctl -w net.ipv6.conf.default.disable_ipv6=1",
          "ip netns exec client sysctl -w net.ipv4.icmp_ratemask=0",
          "ip netns exec client sysctl -w 'net.ipv4.ping_group_range=0 0'",
          "ip netns exec client sysctl -w net.ipv4.tcp_no_metrics_save=1", "ip netns add gw",
          "ip netns exec gw sysctl -w net.ipv6.conf.default.disable_ipv6=1",
          "ip netns exec gw sysctl -w net.ipv4.icmp_ratemask=0",
          "ip netns exec gw sysctl -w 'net.ipv4.ping_group_range=0 0'",
          "ip netns exec gw sysctl -w net.ipv4.tcp_no_metrics_save=1",
          "ip netns exec gw sysctl -w net.ipv4.ip_forward=1", "ip netns add web",
          "ip netns exec web sysctl -w net.ipv6.conf.default.disable_ipv6=1",
          "ip netns exec web sysctl -w net.ipv4.icmp_ratemask=0",
          "ip netns exec web sysctl -w 'net.ipv4.ping_group_range=0 0'",
          "ip netns exec web sysctl -w net.ipv4.tcp_no_metrics_save=1",
          "ip -n client link add eth0 address 02:00:00:00:00:02 index 2 type veth"
          " peer name eth0 address 02:00:00:00:00:03 index 3 netns gw",
          "ip -n gw link add eth1 address 02:00:00:00:00:04 index 4 type veth"
          " peer name eth0 address 02:00:00:00:00:05 index 5 netns web",
          "ip -n client addr add 1.2.3.4/24 dev eth0", "ip -n gw addr add 1.2.3.1/24 dev eth0",
          "ip -n gw addr add 10.0.0.1/24 dev eth1", "ip -n web addr add 10.0.0.5/24 dev eth0",
          "ip -n client ntable change name arp_cache dev eth0 retrans 100 mcast_probes 3 "
          "proxy_delay 80",
          "ip -n gw ntable change name arp_cache dev eth0 retrans 100 mcast_probes 3 proxy_delay "
          "80",
          "ip -n gw ntable change name arp_cache dev eth1 retrans 100 mcast_probes 3 proxy_delay "
          "80",
          "ip -n web ntable change name arp_cache dev eth0 retrans 100 mcast_probes 3 proxy_delay "
          "80",
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

TEST(Plan, SwitchesIpv6OffForAllDevicesWhereTheNodeMaySwitchItOn) {
  Topology topology;
  topology.nodes = {{.name = "a", .sysctls = {{"net.ipv6.conf.all.disable_ipv6", "0"}}}};
  const auto all = commands(topology);
  EXPECT_THAT(all, Contains("ip netns exec a sysctl -w net.ipv6.conf.all.disable_ipv6=1"));
  EXPECT_THAT(all, Contains("ip netns exec a sysctl -w net.ipv6.conf.all.disable_ipv6=0"));
}

TEST(Plan, LeavesIpv6OnWhereTheTopologyHasAny) {
  Topology topology;
  topology.nodes = {
      {.name = "a", .forwarding = true, .interfaces = {interface("eth0", "2001:db8::1/64")}}};
  const auto all = commands(topology);
  EXPECT_THAT(all, Not(Contains(testing::HasSubstr("disable_ipv6"))));
  EXPECT_THAT(all, Contains("ip netns exec a sysctl -w net.ipv6.icmp.ratemask="));
  EXPECT_THAT(all, Contains("ip netns exec a sysctl -w net.ipv6.conf.all.forwarding=1"));
  EXPECT_THAT(all, Contains("ip -n a addr add 2001:db8::1/64 dev eth0"));
  EXPECT_EQ(all.back(), "while ip -n a -6 addr show tentative | grep -q .; do :; done");
}

TEST(Plan, ActsOnTheCarrierOfAllThatHasIpv6) {
  Topology topology;
  Interface bridge = interface("br", "2001:db8::1/64");
  bridge.device = Bridge{};
  Interface port = interface("p1");
  port.master = "br";
  topology.nodes = {{.name = "r", .interfaces = {port, bridge}},
                    {.name = "h", .interfaces = {interface("eth0", "2001:db8::2/64")}}};
  topology.links = {link({{"r", "p1"}, {"h", "eth0"}})};
  const auto all = commands(topology);
  EXPECT_THAT(all, Contains("ip netns exec r ethtool p1"));
  EXPECT_THAT(all, Contains("ip netns exec h ethtool eth0"));
  EXPECT_THAT(all, Contains("ip netns exec r ethtool br"));
}

TEST(Plan, AddsRoutesWithoutAGatewayFirst) {
  Topology topology;
  topology.nodes = {{.name = "a",
                     .routes = {default_via("203.0.113.1"),
                                {.to = Prefix::parse("203.0.113.1/32"), .dev = "eth0"}}}};
  const auto all = commands(topology);
  EXPECT_EQ(all.back(), "ip -n a route add default via 203.0.113.1");
  EXPECT_EQ(all[all.size() - 2], "ip -n a route add 203.0.113.1/32 dev eth0");
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

Topology with_devices() {
  Node router{.name = "r"};
  Interface eth0 = interface("eth0", "203.0.113.1/24");
  eth0.mac = MacAddress::parse("02:00:00:00:aa:01");
  Interface lan = interface("lan");
  lan.master = "br1";
  lan.vlans = {{10, true, true}, {20}};
  Interface br1 = interface("br1");
  br1.device = Bridge{true};
  Interface vlan = interface("br1.10", "10.0.10.1/24");
  vlan.device = Vlan{"br1", 10};
  Interface vx = interface("vx", "10.42.0.1/24");
  vx.device = Vxlan{42, IpAddress::parse("203.0.113.2"), {}, "eth0"};
  Interface tunnel = interface("gre1", "10.9.0.1/32");
  tunnel.device = Tunnel{Tunnel::Kind::gre, *IpAddress::parse("203.0.113.1"),
                         *IpAddress::parse("203.0.113.2"), 7};
  tunnel.peers[*IpAddress::parse("10.9.0.1")] = *Prefix::parse("10.9.0.2/32");
  Interface wg = interface("wg0");
  wg.device = Wireguard{51820, {{"h", "wg0", {}, {*Prefix::parse("10.8.0.0/24")}}}};
  Interface tap = interface("tap0");
  tap.device = Tun{true};
  // The vlan stands before the bridge that it needs.
  router.interfaces = {eth0, lan, vlan, br1, vx, tunnel, wg, tap};
  Node host{.name = "h"};
  host.interfaces = {interface("eth0", "203.0.113.2/24"), wg};
  host.neighbours = {{.dev = "eth0",
                      .address = *IpAddress::parse("203.0.113.1"),
                      .node = "r",
                      .node_dev = "eth0"}};
  Link wire = link({{"r", "eth0"}, {"h", "eth0"}});
  wire.netem = Netem{.delay_us = 10000, .jitter_us = 500, .loss = 0.5};
  return {.nodes = {router, host}, .links = {wire, link({{"r", "lan"}, {"h", "lan"}})}};
}

TEST(Plan, MakesDevicesByKindEachAfterWhatItStandsOn) {
  const auto all = commands(with_devices());
  const auto place = [&](const std::string& start) {
    return std::find_if(all.begin(), all.end(),
                        [&](const std::string& c) { return c.starts_with(start); }) -
           all.begin();
  };
  EXPECT_LT(place("ip -n r link add br1 "), place("ip -n r link add br1.10 "));
  EXPECT_LT(place("ip -n r link set lan up"), place("ip -n r link set br1 up"));
  EXPECT_LT(place("ip -n r link set br1 up"), place("ip -n r link set br1.10 up"));
  EXPECT_THAT(all, Contains("ip -n r link add br1 address 02:00:00:00:00:06 index 6 type bridge"
                            " stp_state 0 mcast_snooping 0 vlan_filtering 1"));
  EXPECT_THAT(all, Contains("ip -n r link add br1.10 link br1 index 7 type vlan id 10"));
  EXPECT_THAT(all, Contains("ip -n r link add vx address 02:00:00:00:00:08 index 8 type vxlan"
                            " id 42 dstport 4789 remote 203.0.113.2 dev eth0"));
  EXPECT_THAT(all, Contains("ip -n r link add gre1 index 9 type gre local 203.0.113.1"
                            " remote 203.0.113.2 key 7"));
  EXPECT_THAT(all, Contains("ip -n r link add wg0 index 10 type wireguard"));
  EXPECT_THAT(all, Contains("ip -n r tuntap add dev tap0 mode tap && ip -n r link set tap0"
                            " address 02:00:00:00:00:0b index 11"));
  EXPECT_THAT(all, Contains("ip -n r addr add 10.9.0.1 peer 10.9.0.2/32 dev gre1"));
}

TEST(Plan, GivesPortsTheirMasterAndVlans) {
  const auto all = commands(with_devices());
  const auto first = std::find(all.begin(), all.end(), "ip -n r link set lan master br1");
  ASSERT_NE(first, all.end());
  EXPECT_EQ(*(first + 1), "bridge -n r vlan del dev lan vid 1");
  EXPECT_EQ(*(first + 2), "bridge -n r vlan add dev lan vid 10 pvid untagged");
  EXPECT_EQ(*(first + 3), "bridge -n r vlan add dev lan vid 20");
  EXPECT_THAT(all,
              Not(Contains(testing::StartsWith("ip -n r ntable change name arp_cache dev lan"))));
}

TEST(Plan, GivesAPeerThePublicKeyThatItsDeviceHas) {
  const auto all = commands(with_devices());
  const auto holds = [](const char* words) {
    return [words](const std::string& command) { return command.find(words) != command.npos; };
  };
  const auto last_key = std::find_if(all.rbegin(), all.rend(), holds("private-key"));
  const auto first_peer = std::find_if(all.begin(), all.end(), holds("wg set wg0 peer"));
  EXPECT_LE(last_key.base(), first_peer);
  EXPECT_THAT(all,
              Contains("ip netns exec r wg set wg0 peer"
                       " \"$(ip netns exec h wg show wg0 public-key)\" allowed-ips 10.8.0.0/24"));
}

TEST(Plan, KnowsTheMacOfANeighbourThatIsToldByItsNode) {
  EXPECT_THAT(commands(with_devices()), Contains("ip -n h neigh replace 203.0.113.1"
                                                 " lladdr 02:00:00:00:aa:01 dev eth0"
                                                 " nud permanent"));
}

TEST(Plan, PutsNetemOnBothEnds) {
  const auto all = commands(with_devices());
  EXPECT_THAT(all, Contains("tc -n r qdisc replace dev eth0 root netem delay 10000us 500us"
                            " loss 0.5%"));
  EXPECT_THAT(all, Contains("tc -n h qdisc replace dev eth0 root netem delay 10000us 500us"
                            " loss 0.5%"));
}

TEST(ToCommand, WritesRoutesOfEveryKindAsIpDoes) {
  const auto command = [](const Route& route) { return to_command(AddRoute{"gw", route}); };
  EXPECT_EQ(command({.to = Prefix::parse("10.0.0.0/8"),
                     .table = 100,
                     .metric = 5,
                     .type = RouteType::blackhole}),
            "ip -n gw route add blackhole 10.0.0.0/8 table 100 metric 5");
  EXPECT_EQ(command({.via = IpAddress::parse("192.0.2.1"),
                     .dev = "wan1",
                     .source = IpAddress::parse("10.0.0.1"),
                     .on_link = true}),
            "ip -n gw route add default via 192.0.2.1 dev wan1 onlink src 10.0.0.1");
  EXPECT_EQ(
      command({.nexthops = {{.via = IpAddress::parse("192.0.2.1")}, {.dev = "wan2", .weight = 2}}}),
      "ip -n gw route add default nexthop via 192.0.2.1 weight 1 nexthop dev wan2 weight 2");
}

TEST(ToCommand, WritesRulesAsIpDoes) {
  EXPECT_EQ(to_command(AddPolicyRule{"gw",
                                     {.priority = 1000,
                                      .from = Prefix::parse("10.0.0.0/8"),
                                      .iif = "eth0",
                                      .fwmark = 1,
                                      .fwmask = 0xff,
                                      .protocol = 6,
                                      .dport = std::pair<uint16_t, uint16_t>(80, 90),
                                      .table = 100}}),
            "ip -n gw rule add priority 1000 from 10.0.0.0/8 fwmark 0x1/0xff iif eth0 ipproto 6"
            " dport 80-90 table 100");
  EXPECT_EQ(to_command(AddPolicyRule{
                "gw", {.v6 = true, .priority = 1, .tos = 0x10, .type = RouteType::prohibit}}),
            "ip -n gw -6 rule add priority 1 from all tos 0x10 prohibit");
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
