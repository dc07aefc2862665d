#include "parse/extends.h"

#include <gmock/gmock.h>

#include "parse/test_network.h"

namespace fwproof::parse {
namespace {

using testing::ElementsAre;

constexpr const char* kBase = R"(nodes:
  gw:
    forwarding: true
    interfaces: {eth0: {addresses: [10.0.0.1/24]}, eth1: {addresses: [10.0.1.1/24]}}
    services: [tcp/22]
  a: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}, routes: [{to: default, via: 10.0.0.1}]}
links:
  - endpoints: [gw:eth0, a:eth0]
)";

class Extends : public testing::Test {
 protected:
  Extends() { net_.write("base.yaml", kBase); }

  Topology load(const std::string& yaml) { return load_topology(net_.write("net.yaml", yaml)); }

  TestNetwork net_;
};

TEST_F(Extends, AddsNodesAndLinksAndChangesWhatIsThere) {
  const Topology topology = load(R"(extends: base
nodes:
  gw: {interfaces: {eth1: {mtu: 1400}}, services: [tcp/80]}
  a:
  b: {interfaces: {eth0: {addresses: [10.0.1.2/24]}}}
links:
  - endpoints: [gw:eth1, b:eth0]
)");
  ASSERT_EQ(topology.nodes.size(), 3u);
  const Node& gw = topology.nodes[0];
  EXPECT_TRUE(gw.forwarding);
  EXPECT_THAT(gw.interfaces[1].addresses, ElementsAre(*Prefix::parse("10.0.1.1/24")));
  EXPECT_EQ(gw.interfaces[1].mtu, 1400u);
  EXPECT_THAT(gw.services, ElementsAre(Service{Transport::tcp, 80, {}, {}}));
  EXPECT_EQ(topology.nodes[1].routes.size(), 1u);
  EXPECT_EQ(topology.links.size(), 2u);
  EXPECT_EQ(topology.nodes[2].at, (Location{topology.file, 5, 3}));
  EXPECT_EQ(gw.at.file, net_.path("base.yaml"));
}

TEST_F(Extends, GoesOnThroughTopologiesThatExtendOthers) {
  net_.write("middle.yaml",
             "extends: base\nnodes: {b: {interfaces: {eth0: }}}\n"
             "links: [{endpoints: [gw:eth1, b:eth0]}]\n");
  const Topology topology = load("extends: middle\nnodes: {b: {services: [tcp/9]}}\n");
  EXPECT_EQ(topology.links.size(), 2u);
  EXPECT_EQ(topology.nodes[2].services.size(), 1u);
}

TEST_F(Extends, TellsMistakesWhereTheyStand) {
  EXPECT_EQ(net_.topology_mistakes(R"(extends: base
nodes:
  gw: {forwarding: maybe}
  b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}
links:
  - endpoints: [gw:eth0, b:eth0]
)"),
            R"(net.yaml:3:20: error: 'forwarding' must be true or false, not 'maybe'
        gw: {forwarding: maybe}
                         ^
net.yaml:4:39: error: address 10.0.0.2 of 'b:eth0' is that of 'a:eth0' too, on line 6 of base.yaml
        b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}
                                            ^
net.yaml:6:17: error: 'gw:eth0' is an endpoint already, on line 8 of base.yaml
        - endpoints: [gw:eth0, b:eth0]
                      ^
base.yaml:4:52: error: interface 'eth1' of node 'gw' is in no link
          interfaces: {eth0: {addresses: [10.0.0.1/24]}, eth1: {addresses: [10.0.1.1/24]}}
                                                         ^
hint: name gw:eth1 in the endpoints of a link)");
}

TEST_F(Extends, RefusesTopologiesThatAreNotThereOrGoInACircle) {
  EXPECT_EQ(net_.topology_mistakes("extends: bsae\nnodes: {a: }\n"),
            R"(net.yaml:1:10: error: no topology 'bsae'
      extends: bsae
               ^ did you mean 'base'?
hint: looked for bsae.yaml, topologies/bsae.yaml)");
  EXPECT_EQ(net_.topology_mistakes("extends: net\nnodes: {a: }\n"),
            R"(net.yaml:1:10: error: a topology cannot extend itself
      extends: net
               ^)");
  net_.write("other.yaml", "extends: net\nnodes: {b: }\n");
  EXPECT_EQ(net_.topology_mistakes("extends: other\nnodes: {a: }\n"),
            R"(other.yaml:1:10: error: topologies that extend each other: net.yaml, other.yaml
      extends: net
               ^)");
  EXPECT_EQ(net_.topology_mistakes("extends: [base]\nnodes: {a: }\n"),
            R"(net.yaml:1:10: error: 'extends' must be text, not a list
      extends: [base]
               ^
hint: text that begins with '[' or '{' needs quotes)");
}

TEST_F(Extends, RefusesAFileThatIsNoTopology) {
  net_.write("list.yaml", "- a\n");
  EXPECT_EQ(net_.topology_mistakes("extends: ./list.yaml\nnodes: {a: }\n"),
            R"(list.yaml:1:1: error: a topology must be a map, not a list
      - a
      ^)");
}

TEST(MergeKey, PutsInWhatTheMapDoesNotSayItself) {
  const TestFolder folder;
  const Topology topology = load_topology(folder.write("net.yaml", R"(x-client: &client
  routes: [{to: default, via: 10.0.0.1}]
  services: [tcp/22]
x-quiet: &quiet {services: [], sysctls: {net.ipv4.icmp_echo_ignore_all: 1}}
nodes:
  gw: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}
  a: {<<: *client, interfaces: {eth0: {addresses: [10.0.0.2/24]}}, services: [tcp/80]}
  b: {interfaces: {eth0: {addresses: [10.0.0.3/24]}}, <<: [*client, *quiet]}
links:
  - endpoints: [gw:eth0, a:eth0, b:eth0]
)"));
  const Node& a = topology.nodes[1];
  EXPECT_EQ(a.routes.size(), 1u);
  EXPECT_THAT(a.services, ElementsAre(Service{Transport::tcp, 80, {}, {}}));
  const Node& b = topology.nodes[2];
  EXPECT_THAT(b.services, ElementsAre(Service{Transport::tcp, 22, {}, {}}));
  EXPECT_EQ(b.sysctls.size(), 1u);
}

TEST(MergeKey, RefusesWhatIsNoMap) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(x-ports: &ports [tcp/22]
nodes:
  a: {<<: *ports}
  b: {<<: more}
)"),
            R"(net.yaml:1:18: error: '<<' takes a map or a list of maps, not text
      x-ports: &ports [tcp/22]
                       ^
hint: name the anchor of a map: '<<: *anchor'
net.yaml:4:11: error: '<<' takes a map or a list of maps, not text
        b: {<<: more}
                ^
hint: name the anchor of a map: '<<: *anchor')");
}

}  // namespace
}  // namespace fwproof::parse
