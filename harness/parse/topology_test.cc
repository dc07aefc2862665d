#include <gmock/gmock.h>

#include "parse/test_network.h"

namespace fwproof::parse {
namespace {

using testing::ElementsAre;

// The example of DESIGN, word for word.
constexpr const char* kPortForward =
    R"(# topologies/port-forward.yaml: an internet client, a gateway with one public address, a web server behind it
nodes:
  client:   {interfaces: {eth0: {addresses: [1.2.3.4/24]}},       routes: [{to: default, via: 1.2.3.1}]}
  internet: {forwarding: true, interfaces: {eth0: {addresses: [1.2.3.1/24]}, eth1: {addresses: [203.0.113.254/24]}}}
  gw:       {forwarding: true, interfaces: {eth0: {addresses: [203.0.113.1/24]}, eth1: {addresses: [10.0.0.1/24]}},
             routes: [{to: default, via: 203.0.113.254}]}
  web:      {interfaces: {eth0: {addresses: [10.0.0.5/24]}},      routes: [{to: default, via: 10.0.0.1}], services: [tcp/80]}
links:
  - endpoints: [client:eth0, internet:eth0]
  - endpoints: [internet:eth1, gw:eth0]
  - endpoints: [gw:eth1, web:eth0]
)";

Topology load(const TestFolder& folder, const std::string& yaml) {
  return load_topology(folder.write("topologies/port-forward.yaml", yaml));
}

std::vector<std::string> link_ends(const Link& link) {
  std::vector<std::string> ends;
  for (const LinkEnd& end : link.endpoints) ends.push_back(end.node + ":" + end.dev);
  return ends;
}

TEST(TopologyFile, HoldsNodesAndLinks) {
  const TestFolder folder;
  const Topology topology = load(folder, kPortForward);
  EXPECT_EQ(topology.name, "port-forward");
  EXPECT_EQ(topology.file, folder.path("topologies/port-forward.yaml"));
  ASSERT_EQ(topology.nodes.size(), 4u);
  EXPECT_EQ(topology.nodes[1].name, "internet");
  ASSERT_EQ(topology.links.size(), 3u);
  EXPECT_THAT(link_ends(topology.links[1]), ElementsAre("internet:eth1", "gw:eth0"));
  EXPECT_FALSE(topology.links[1].bridge);
  EXPECT_FALSE(topology.uses_ipv6());
}

TEST(TopologyFile, HoldsWhatANodeHas) {
  const TestFolder folder;
  const Topology topology = load(folder, kPortForward);
  const Node& gw = *topology.find_node("gw");
  EXPECT_TRUE(gw.forwarding);
  EXPECT_FALSE(gw.bridge);
  EXPECT_EQ(gw.at, (Location{topology.file, 5, 3}));
  ASSERT_EQ(gw.interfaces.size(), 2u);
  EXPECT_EQ(gw.interfaces[1].name, "eth1");
  EXPECT_THAT(gw.interfaces[1].addresses, ElementsAre(*Prefix::parse("10.0.0.1/24")));
  ASSERT_EQ(gw.routes.size(), 1u);
  EXPECT_EQ(gw.routes[0].to, std::nullopt);
  EXPECT_EQ(gw.routes[0].via, IpAddress::parse("203.0.113.254"));
  EXPECT_EQ(gw.routes[0].dev, "");
  const Node& web = *topology.find_node("web");
  EXPECT_FALSE(web.forwarding);
  EXPECT_THAT(web.services, ElementsAre(Service{Transport::tcp, 80, {}, {}}));
}

TEST(TopologyFile, HoldsWhatIsRarelyWritten) {
  const TestFolder folder;
  const Topology topology = load(folder, R"(nodes:
  sw: {kind: bridge}
  a:
    conntrack: true
    interfaces:
      lo: {addresses: [192.0.2.1/32]}
      eth0: {addresses: [10.0.0.1/24, "2001:db8::1/64"], mtu: 1280}
    routes:
      - {to: 192.0.2.9, via: 10.0.0.2}
      - {to: "2001:db8:1::/48", via: "fe80::1", dev: eth0}
    services: [tcp/192.0.2.1:22, "udp/[2001:db8::1]:53"]
    sysctls: {net.ipv4.conf.all.rp_filter: 1, net.ipv4.conf.eth0/1.forwarding: 0}
  b:
links:
  - {endpoints: [a:eth0, sw:p1, b:eth0], kind: bridge, mtu: 1400}
)");
  EXPECT_TRUE(topology.nodes[0].bridge);
  const Node& a = topology.nodes[1];
  EXPECT_TRUE(a.conntrack);
  EXPECT_EQ(a.interfaces[1].mtu, 1280u);
  EXPECT_EQ(a.routes[0].to, Prefix::parse("192.0.2.9/32"));
  EXPECT_EQ(a.routes[1].dev, "eth0");
  EXPECT_THAT(a.services,
              ElementsAre(Service{Transport::tcp, 22, IpAddress::parse("192.0.2.1"), {}},
                          Service{Transport::udp, 53, IpAddress::parse("2001:db8::1"), {}}));
  EXPECT_THAT(a.sysctls, ElementsAre(std::pair("net.ipv4.conf.all.rp_filter", "1"),
                                     std::pair("net.ipv4.conf.eth0/1.forwarding", "0")));
  EXPECT_TRUE(topology.links[0].bridge);
  ASSERT_EQ(topology.nodes[2].interfaces.size(), 1u);
  EXPECT_EQ(topology.nodes[2].interfaces[0].mtu, 1400u);
  EXPECT_TRUE(topology.uses_ipv6());
}

TEST(TopologyFile, RefusesMoreNodesThanAMachineHolds) {
  std::string yaml = "nodes:\n";
  for (int i = 0; i < 4097; ++i) yaml += "  n" + std::to_string(i) + ":\n";
  EXPECT_EQ(TestNetwork().topology_mistakes(yaml),
            "net.yaml:2:3: error: 4097 nodes are more than the 4096 allowed\n        n0:\n        "
            "^");
}

}  // namespace
}  // namespace fwproof::parse
