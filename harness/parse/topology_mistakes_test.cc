#include <gtest/gtest.h>

#include "parse/test_network.h"

namespace fwproof::parse {
namespace {

TEST(TopologyFile, SuggestsTheKeyThatWasMeant) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(node: {gw: }
links: []
)"),
            R"(net.yaml:1:1: error: unknown key 'node' in a topology
      node: {gw: }
      ^ did you mean 'nodes'?)");
}

TEST(TopologyFile, SuggestsKeysAtEveryLevel) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  gw: {forwardin: true, interfaces: {eth0: {adresses: [10.0.0.1/24]}}, routes: [{too: default, dev: eth0}]}
  web: {colour: red}
links:
  - {endpoint: [gw:eth0, web:eth0]}
)"),
            R"(net.yaml:2:8: error: unknown key 'forwardin' in node 'gw'
        gw: {forwardin: true, interfaces: {eth0: {adresses: [10.0.0.1/24]}}, routes: [{too: default, dev: eth0}]}
             ^ did you mean 'forwarding'?
net.yaml:2:45: error: unknown key 'adresses' in interface 'eth0'
        gw: {forwardin: true, interfaces: {eth0: {adresses: [10.0.0.1/24]}}, routes: [{too: default, dev: eth0}]}
                                                  ^ did you mean 'addresses'?
net.yaml:2:82: error: unknown key 'too' in a route
        gw: {forwardin: true, interfaces: {eth0: {adresses: [10.0.0.1/24]}}, routes: [{too: default, dev: eth0}]}
                                                                                       ^ did you mean 'to'?
net.yaml:3:9: error: unknown key 'colour' in node 'web'
        web: {colour: red}
              ^
hint: the keys are: kind, vlan_filtering, forwarding, conntrack, interfaces, routes, rules, neighbours, services, sysctls
net.yaml:5:6: error: unknown key 'endpoint' in a link
        - {endpoint: [gw:eth0, web:eth0]}
           ^ did you mean 'endpoints'?)");
}

TEST(TopologyFile, HasTransparentServicesOfTcpAlone) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  gw: {services: [tcp/80 transparent, udp/53 transparent, tcp/81 opaque]}
links: []
)"),
            R"(net.yaml:2:46: error: 'transparent' is for tcp services
        gw: {services: [tcp/80 transparent, udp/53 transparent, tcp/81 opaque]}
                                                   ^
net.yaml:2:59: error: 'tcp/81 opaque' is not a service like tcp/80 or udp/10.0.0.5:53
        gw: {services: [tcp/80 transparent, udp/53 transparent, tcp/81 opaque]}
                                                                ^)");
}

TEST(TopologyFile, HasServicesThatSayOneLine) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  gw: {services: [tcp/21 says 220 welcome, "tcp/22 says SSH-2.0\nand more", tcp/23 says]}
links: []
)"),
            R"(net.yaml:2:52: error: what a service says is one line
        gw: {services: [tcp/21 says 220 welcome, "tcp/22 says SSH-2.0\nand more", tcp/23 says]}
                                                         ^
hint: its end is added
net.yaml:2:77: error: 'tcp/23 says' is not a service like tcp/80 or udp/10.0.0.5:53
        gw: {services: [tcp/21 says 220 welcome, "tcp/22 says SSH-2.0\nand more", tcp/23 says]}
                                                                                  ^)");
}

TEST(TopologyFile, ReportsEveryMistakeInTheOrderOfTheFile) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  gw:
    forwarding: maybe
    interfaces: {eth0: {addresses: [10.0.0.1], mtu: 20}}
    services: [tcp/70000, sctp/80, tcp/x, tcp/10.0.0.9:80, udp/53, udp/53]
    sysctls: {kernel.panic: 1, net.../x: 2}
links: 5
)"),
            R"(net.yaml:3:17: error: 'forwarding' must be true or false, not 'maybe'
          forwarding: maybe
                      ^
net.yaml:4:18: error: interface 'eth0' of node 'gw' is in no link
          interfaces: {eth0: {addresses: [10.0.0.1], mtu: 20}}
                       ^
hint: name gw:eth0 in the endpoints of a link
net.yaml:4:37: error: '10.0.0.1' is not an address with the length of its prefix
          interfaces: {eth0: {addresses: [10.0.0.1], mtu: 20}}
                                          ^
hint: write 10.0.0.1/24
net.yaml:4:53: error: 'mtu' must be a number from 68 to 65535, not '20'
          interfaces: {eth0: {addresses: [10.0.0.1], mtu: 20}}
                                                          ^
net.yaml:5:20: error: port '70000' is not a number from 1 to 65535
          services: [tcp/70000, sctp/80, tcp/x, tcp/10.0.0.9:80, udp/53, udp/53]
                         ^
net.yaml:5:27: error: 'sctp/80' is not a service like tcp/80 or udp/10.0.0.5:53
          services: [tcp/70000, sctp/80, tcp/x, tcp/10.0.0.9:80, udp/53, udp/53]
                                ^
net.yaml:5:40: error: port 'x' is not a number from 1 to 65535
          services: [tcp/70000, sctp/80, tcp/x, tcp/10.0.0.9:80, udp/53, udp/53]
                                             ^
net.yaml:5:43: error: node 'gw' has no address '10.0.0.9'
          services: [tcp/70000, sctp/80, tcp/x, tcp/10.0.0.9:80, udp/53, udp/53]
                                                ^
net.yaml:5:68: error: service 'udp/53' is listed twice
          services: [tcp/70000, sctp/80, tcp/x, tcp/10.0.0.9:80, udp/53, udp/53]
                                                                         ^
net.yaml:6:15: error: 'kernel.panic' is not a sysctl of a netns
          sysctls: {kernel.panic: 1, net.../x: 2}
                    ^
hint: a key begins with 'net.' and holds letters, digits, '_', '-', '.' and '/'
net.yaml:6:32: error: 'net.../x' is not a sysctl of a netns
          sysctls: {kernel.panic: 1, net.../x: 2}
                                     ^
hint: a key begins with 'net.' and holds letters, digits, '_', '-', '.' and '/'
net.yaml:7:8: error: 'links' must be a list, not text
      links: 5
             ^)");
}

TEST(TopologyFile, RefusesNamesTheKernelWouldRefuse) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  "a/b": {interfaces: {eth0123456789abc: }}
  gw: {interfaces: {"e/0": , "..": }}
)"),
            R"(net.yaml:2:3: error: node name 'a/b' is not 1 to 32 letters, digits, '-', '_' or '.'
        "a/b": {interfaces: {eth0123456789abc: }}
        ^
net.yaml:2:24: error: dev name 'eth0123456789abc' is 16 bytes long, the kernel takes 15
        "a/b": {interfaces: {eth0123456789abc: }}
                             ^
net.yaml:3:21: error: 'e/0' is no dev name the kernel takes
        gw: {interfaces: {"e/0": , "..": }}
                          ^
net.yaml:3:30: error: '..' is no dev name the kernel takes
        gw: {interfaces: {"e/0": , "..": }}
                                   ^)");
}

TEST(TopologyFile, RefusesLongDevNamesInLinks) {
  EXPECT_EQ(
      TestNetwork().topology_mistakes(R"(nodes: {gw: , web: }
links:
  - endpoints: [gw:eth0123456789abc, web:eth0]
)"),
      R"(net.yaml:3:20: error: dev name 'eth0123456789abc' is 16 bytes long, the kernel takes 15
        - endpoints: [gw:eth0123456789abc, web:eth0]
                         ^)");
}

TEST(TopologyFile, RefusesALinkWithOneEnd) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes: {gw: , web: }
links:
  - endpoints: [gw:eth0]
  - kind: brige
    endpoints: [gw:eth1, web:eth0]
)"),
            R"(net.yaml:3:16: error: a link has two ends or more, not 1
        - endpoints: [gw:eth0]
                     ^
net.yaml:4:11: error: unknown kind 'brige' of a link
        - kind: brige
                ^ did you mean 'bridge'?
hint: leave 'kind' out unless it is 'bridge')");
}

TEST(TopologyFile, SuggestsTheNodeOfAnEndpoint) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes: {gw: , web: }
links:
  - endpoints: [gw:eth0, wbe:eth0]
  - endpoints: [gw:lo, web]
)"),
            R"(net.yaml:3:26: error: unknown node 'wbe'
        - endpoints: [gw:eth0, wbe:eth0]
                               ^ did you mean 'web'?
net.yaml:4:20: error: lo is in no link
        - endpoints: [gw:lo, web]
                         ^
net.yaml:4:24: error: 'web' is not an endpoint like web:eth0
        - endpoints: [gw:lo, web]
                             ^)");
}

TEST(TopologyFile, RefusesInterfacesInNoLinkOrInTwo) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  gw: {interfaces: {eth0: , eth1: }}
  web:
links:
  - endpoints: [gw:eth0, web:eth0]
  - endpoints: [gw:eth0, web:eth1]
)"),
            R"(net.yaml:2:29: error: interface 'eth1' of node 'gw' is in no link
        gw: {interfaces: {eth0: , eth1: }}
                                  ^
hint: name gw:eth1 in the endpoints of a link
net.yaml:6:17: error: 'gw:eth0' is an endpoint already, on line 5
        - endpoints: [gw:eth0, web:eth1]
                      ^)");
}

TEST(TopologyFile, ShowsTheSubnetOfALinkThatAnAddressIsNotIn) {
  EXPECT_EQ(
      TestNetwork().topology_mistakes(R"(nodes:
  gw: {interfaces: {eth1: {addresses: [10.0.0.1/24]}}}
  web: {interfaces: {eth0: {addresses: [10.0.1.5/24]}}}
links:
  - endpoints: [gw:eth1, web:eth0]
)"),
      R"(net.yaml:3:41: error: address 10.0.1.5/24 of 'web:eth0' is not in the subnet of its link: gw:eth1 has 10.0.0.1/24
        web: {interfaces: {eth0: {addresses: [10.0.1.5/24]}}}
                                              ^)");
}

TEST(TopologyFile, RefusesOneAddressTwiceOnALink) {
  EXPECT_EQ(
      TestNetwork().topology_mistakes(R"(nodes:
  gw: {interfaces: {eth1: {addresses: [10.0.0.1/24]}}}
  web: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}
links:
  - endpoints: [gw:eth1, web:eth0]
)"),
      R"(net.yaml:3:41: error: address 10.0.0.1 of 'web:eth0' is that of 'gw:eth1' too, on line 2
        web: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}
                                              ^)");
}

TEST(TopologyFile, TakesAnAddressThatNodesShare) {
  const auto mistakes = [](const std::string& gw, const std::string& web) {
    return TestNetwork().topology_mistakes("nodes:\n  gw: {interfaces: {eth1: {addresses: [" + gw +
                                           "]}}}\n  web: {interfaces: {eth0: {addresses: [" + web +
                                           "]}}}\nlinks: [{endpoints: [gw:eth1, web:eth0]}]\n");
  };
  const std::string shared = "{address: 10.0.0.1/24, shared: true}";
  EXPECT_EQ(mistakes(shared, shared), "");
  EXPECT_EQ(
      mistakes(shared, "10.0.0.1/24"),
      R"(net.yaml:3:41: error: address 10.0.0.1 of 'web:eth0' is that of 'gw:eth1' too, on line 2
        web: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}
                                              ^
hint: say 'shared: true' of both)");
  EXPECT_EQ(mistakes("{address: 10.0.0.1/24, shared: maybe}", "10.0.0.2/24"),
            R"(net.yaml:2:71: error: 'shared' must be true or false, not 'maybe'
        gw: {interfaces: {eth1: {addresses: [{address: 10.0.0.1/24, shared: maybe}]}}}
                                                                            ^)");
}

TEST(TopologyFile, RefusesOneAddressTwiceBehindBridges) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  a: {interfaces: {eth0: {addresses: ["fe80::1/64"]}}}
  b: {interfaces: {eth0: {addresses: [10.0.0.2/24, 10.0.0.2/24]}}}
  c: {interfaces: {eth0:, mv: {kind: macvlan, link: eth0, addresses: [10.0.0.2/24]}}}
  router: {interfaces: {p1: {master: br}, p2: {master: br}, br: {kind: bridge, addresses: ["fe80::1/64"]}}}
  switch: {kind: bridge}
links:
  - endpoints: [a:eth0, switch:p1]
  - endpoints: [b:eth0, switch:p2]
  - endpoints: [router:p1, switch:p3]
  - endpoints: [router:p2, c:eth0]
)"),
            R"(net.yaml:3:52: error: address 10.0.0.2 of 'b:eth0' is that of 'b:eth0' too, on line 3
        b: {interfaces: {eth0: {addresses: [10.0.0.2/24, 10.0.0.2/24]}}}
                                                         ^
net.yaml:4:71: error: address 10.0.0.2 of 'c:mv' is that of 'b:eth0' too, on line 3
        c: {interfaces: {eth0:, mv: {kind: macvlan, link: eth0, addresses: [10.0.0.2/24]}}}
                                                                            ^
net.yaml:5:92: error: address fe80::1 of 'router:br' is that of 'a:eth0' too, on line 2
        router: {interfaces: {p1: {master: br}, p2: {master: br}, br: {kind: bridge, addresses: ["fe80::1/64"]}}}
                                                                                                 ^)");
}

TEST(TopologyFile, TakesOneAddressOnSeveralLinks) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  gw:
    interfaces: {a: {addresses: [10.0.0.1/24, "fe80::1/64"]}, b: {addresses: [10.0.0.1/24, "fe80::1/64"]}}
  one: {interfaces: {eth0: {addresses: [10.0.0.2/24]}, lo: {addresses: [192.0.2.53/32]}}}
  two: {interfaces: {eth0: {addresses: [10.0.0.2/24]}, lo: {addresses: [192.0.2.53/32]}}}
  red: {interfaces: {eth0: {addresses: [10.1.0.1/24]}}}
  blue: {interfaces: {eth0: {addresses: [10.1.0.1/24]}}}
  switch: {kind: bridge, vlan_filtering: true, interfaces: {p1: {vlans: [10 pvid untagged]}, p2: {vlans: [20 pvid untagged]}}}
links:
  - endpoints: [gw:a, one:eth0]
  - endpoints: [gw:b, two:eth0]
  - endpoints: [red:eth0, switch:p1]
  - endpoints: [blue:eth0, switch:p2]
)"),
            "");
}

TEST(TopologyFile, TakesAGatewayThatARouteLeadsTo) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  a:
    interfaces: {eth0: {addresses: [192.0.2.1/32, "2001:db8::1/128"]}}
    routes:
      - {to: default, via: 203.0.113.1}
      - {to: 203.0.113.1/32, dev: eth0}
      - {to: default, via: "2001:db8:1::1"}
      - {to: "2001:db8:1::/64", dev: eth0}
  b:
    interfaces: {eth0: {addresses: [203.0.113.1/32]}}
    routes: [{to: default, dev: eth0}, {to: 10.0.0.0/8, via: 192.0.2.1}]
links:
  - endpoints: [a:eth0, b:eth0]
)"),
            "");
}

TEST(TopologyFile, RefusesRoutesThatLeadNowhere) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  gw:
    interfaces: {eth0: {addresses: [10.0.0.1/24]}}
    routes:
      - {to: default, via: 10.0.1.1}
      - {to: 10.9.0.1/16, via: 10.0.0.2}
      - {to: defualt, dev: eht0}
      - {to: 2001:db8::/32, via: 10.0.0.2}
      - {to: default}
  web: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}
links:
  - endpoints: [gw:eth0, web:eth0]
)"),
            R"(net.yaml:5:28: error: '10.0.1.1' is in no subnet of node 'gw'
            - {to: default, via: 10.0.1.1}
                                 ^
hint: its addresses are: 10.0.0.1/24
net.yaml:6:14: error: '10.9.0.1/16' has bits set beyond its prefix
            - {to: 10.9.0.1/16, via: 10.0.0.2}
                   ^ did you mean '10.9.0.0/16'?
net.yaml:7:14: error: 'defualt' is not 'default', an address or a prefix
            - {to: defualt, dev: eht0}
                   ^ did you mean 'default'?
net.yaml:7:28: error: node 'gw' has no dev 'eht0'
            - {to: defualt, dev: eht0}
                                 ^ did you mean 'eth0'?
net.yaml:8:34: error: 'to' and 'via' of a route are of two families
            - {to: 2001:db8::/32, via: 10.0.0.2}
                                       ^
net.yaml:9:9: error: a route needs 'via' or 'dev'
            - {to: default}
              ^
net.yaml:9:9: error: node 'gw' has a route to the same place already, on line 5
            - {to: default}
              ^)");
}

TEST(TopologyFile, RefusesAddressesOfNoHost) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  a: {interfaces: {lo: {addresses: [127.0.0.2/8]}, eth0: {addresses: [10.0.0.1/24, 10.0.0.255/24]}}}
  b: {interfaces: {eth0: {addresses: [10.0.0.0/24, 127.0.0.1/8]}}}
  c: {interfaces: {eth0: {addresses: [10.0.1.0/31, 224.0.0.1/24, "ff02::1/64", "2001:db8::1/64"], mtu: 576}}}
  d: {interfaces: {eth0: {addresses: [10.0.1.1/31]}}}
links:
  - endpoints: [a:eth0, b:eth0]
  - endpoints: [c:eth0, d:eth0]
)"),
            R"(net.yaml:2:84: error: '10.0.0.255/24' is its subnet's broadcast address
        a: {interfaces: {lo: {addresses: [127.0.0.2/8]}, eth0: {addresses: [10.0.0.1/24, 10.0.0.255/24]}}}
                                                                                         ^
net.yaml:3:39: error: '10.0.0.0/24' is its subnet's own address
        b: {interfaces: {eth0: {addresses: [10.0.0.0/24, 127.0.0.1/8]}}}
                                            ^
net.yaml:3:52: error: '127.0.0.1/8' is a loopback address, which only lo can have
        b: {interfaces: {eth0: {addresses: [10.0.0.0/24, 127.0.0.1/8]}}}
                                                         ^
net.yaml:4:52: error: '224.0.0.1/24' is a multicast address
        c: {interfaces: {eth0: {addresses: [10.0.1.0/31, 224.0.0.1/24, "ff02::1/64", "2001:db8::1/64"], mtu: 576}}}
                                                         ^
net.yaml:4:66: error: 'ff02::1/64' is a multicast address
        c: {interfaces: {eth0: {addresses: [10.0.1.0/31, 224.0.0.1/24, "ff02::1/64", "2001:db8::1/64"], mtu: 576}}}
                                                                       ^
net.yaml:4:66: error: 'c:eth0' has an MTU of 576, and IPv6 needs 1280
        c: {interfaces: {eth0: {addresses: [10.0.1.0/31, 224.0.0.1/24, "ff02::1/64", "2001:db8::1/64"], mtu: 576}}}
                                                                       ^
net.yaml:4:80: error: 'c:eth0' has an MTU of 576, and IPv6 needs 1280
        c: {interfaces: {eth0: {addresses: [10.0.1.0/31, 224.0.0.1/24, "ff02::1/64", "2001:db8::1/64"], mtu: 576}}}
                                                                                     ^)");
}

TEST(TopologyFile, RefusesASecondRouteToTheSamePlace) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  a:
    interfaces: {eth0: {addresses: [10.0.0.1/24, "2001:db8::1/64"]}}
    routes: [{to: default, via: 10.0.0.2}, {to: default, via: "2001:db8::2"}, {to: 0.0.0.0/0, via: 10.0.0.3}]
    sysctls: {net.ipv4.ip_forward: "1\n0"}
  b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}
links:
  - endpoints: [a:eth0, b:eth0]
)"),
            R"(net.yaml:4:79: error: node 'a' has a route to the same place already, on line 4
          routes: [{to: default, via: 10.0.0.2}, {to: default, via: "2001:db8::2"}, {to: 0.0.0.0/0, via: 10.0.0.3}]
                                                                                    ^
net.yaml:5:36: error: the value of 'net.ipv4.ip_forward' is more than one line
          sysctls: {net.ipv4.ip_forward: "1\n0"}
                                         ^)");
}

TEST(TopologyFile, KnowsWhatABridgeIsNot) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  sw:
    kind: bridge
    interfaces: {p0: {addresses: [10.0.0.1/24]}}
    services: [tcp/80]
  b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}
links:
  - endpoints: [sw:p0, b:eth0]
)"),
            R"(net.yaml:4:35: error: node 'sw' is a bridge, which has no addresses
          interfaces: {p0: {addresses: [10.0.0.1/24]}}
                                        ^
hint: give them to a node that is linked to the bridge
net.yaml:5:16: error: node 'sw' is a bridge, which has no services
          services: [tcp/80]
                     ^
hint: give them to a node that is linked to the bridge)");
  std::string ends = "h0:e";
  std::string nodes = "nodes:\n  h0:\n";
  for (int i = 1; i < 1024; ++i) {
    ends += ", h" + std::to_string(i) + ":e";
    nodes += "  h" + std::to_string(i) + ":\n";
  }
  const std::string full =
      TestNetwork().topology_mistakes(nodes + "links:\n  - endpoints: [" + ends + "]\n");
  EXPECT_EQ(full, "net.yaml:1027:5: error: 1024 ends are more than the 1023 ports of a bridge")
      << full;
}

}  // namespace
}  // namespace fwproof::parse
