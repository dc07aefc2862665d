#include <gtest/gtest.h>

#include "parse/test_network.h"

namespace fwproof::parse {
namespace {

TEST(TopologyFile, RefusesAddressesAndPeersThatDoNotFit) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  a:
    interfaces:
      eth0:
        addresses:
          - {address: 10.0.0.1/24, peer: 10.0.0.2}
          - {address: 10.0.0.1, peer: "2001:db8::2"}
          - {address: 10.0.0.1, peer: b}
          - {address: 10.0.0.1}
        mac: 02:00:00:00:00
      eth1: {mac: "ff:ff:ff:ff:ff:ff"}
      lo: {mac: "02:00:00:00:00:01", kind: dummy}
  b:
links:
  - endpoints: [a:eth0, b:eth0]
  - endpoints: [a:eth1, b:eth1]
)"),
            R"(net.yaml:6:23: error: '10.0.0.1/24' is not one address
                - {address: 10.0.0.1/24, peer: 10.0.0.2}
                            ^
hint: with 'peer' write it without a prefix, or /32, or /128
net.yaml:7:39: error: 'address' and 'peer' are of two families
                - {address: 10.0.0.1, peer: "2001:db8::2"}
                                            ^
net.yaml:8:39: error: 'b' is not an address or a prefix
                - {address: 10.0.0.1, peer: b}
                                            ^
net.yaml:9:13: error: an address with 'address' needs 'peer' or 'shared'
                - {address: 10.0.0.1}
                  ^
hint: without these write the address alone
net.yaml:10:14: error: '02:00:00:00:00' is not a MAC address
              mac: 02:00:00:00:00
                   ^
hint: write such as 02:00:00:00:00:07
net.yaml:11:19: error: 'ff:ff:ff:ff:ff:ff' is no MAC address of a device
            eth1: {mac: "ff:ff:ff:ff:ff:ff"}
                        ^
net.yaml:12:7: error: lo has no MAC address
            lo: {mac: "02:00:00:00:00:01", kind: dummy}
            ^
net.yaml:12:44: error: lo is of no other kind
            lo: {mac: "02:00:00:00:00:01", kind: dummy}
                                                 ^)");
}

TEST(TopologyFile, RefusesKindsWithKeysThatAreNotTheirs) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  a:
    interfaces:
      eth0: {addresses: [203.0.113.1/24], link: eth0}
      v1: {kind: vlna}
      v2: {kind: bonding}
      v3: {kind: vlan, link: eth0, id: 4095}
      v4: {kind: vlan, link: eth9, remote: 10.0.0.1}
      v5: {kind: macvlan, link: eth0, mode: bridged}
      v6: {kind: vxlan, id: 16777216, local: 203.0.113.9, remote: "2001:db8::1"}
      v7: {kind: gre, local: 203.0.113.1, remote: "2001:db8::1"}
      v8: {kind: ipip, local: 203.0.113.1, mac: "02:00:00:00:00:01"}
      v9: {kind: sit, local: 203.0.113.2, remote: 203.0.113.1, mac: "02:00:00:00:00:01"}
      v10: {kind: vrf}
  b: {interfaces: {eth0: {kind: dummy}}}
links:
  - endpoints: [a:eth0, b:eth0]
)"),
            R"(net.yaml:4:43: error: 'link' is a key of kind macvlan, vlan, vxlan
            eth0: {addresses: [203.0.113.1/24], link: eth0}
                                                ^
hint: say which with 'kind'
net.yaml:5:18: error: unknown kind 'vlna' of an interface
            v1: {kind: vlna}
                       ^ did you mean 'vlan'?
net.yaml:6:18: error: unknown kind 'bonding' of an interface
            v2: {kind: bonding}
                       ^
hint: the kinds are: bridge, dummy, gre, ipip, macvlan, sit, tap, tun, vlan, vrf, vxlan, wireguard
net.yaml:7:40: error: 'id' must be a number from 1 to 4094, not '4095'
            v3: {kind: vlan, link: eth0, id: 4095}
                                             ^
net.yaml:8:11: error: vlan 'v4' needs 'id'
            v4: {kind: vlan, link: eth9, remote: 10.0.0.1}
                ^
net.yaml:8:36: error: 'remote' is a key of kind gre, ipip, sit, vxlan
            v4: {kind: vlan, link: eth9, remote: 10.0.0.1}
                                         ^
net.yaml:9:45: error: unknown mode 'bridged' of a macvlan
            v5: {kind: macvlan, link: eth0, mode: bridged}
                                                  ^ did you mean 'bridge'?
hint: the modes are: private, vepa, bridge, passthru
net.yaml:10:7: error: 'local' of 'v6': node 'a' has no address '203.0.113.9'
            v6: {kind: vxlan, id: 16777216, local: 203.0.113.9, remote: "2001:db8::1"}
            ^
net.yaml:10:29: error: 'id' must be a number from 0 to 16777215, not '16777216'
            v6: {kind: vxlan, id: 16777216, local: 203.0.113.9, remote: "2001:db8::1"}
                                  ^
net.yaml:10:67: error: 'local' and 'remote' are of two families
            v6: {kind: vxlan, id: 16777216, local: 203.0.113.9, remote: "2001:db8::1"}
                                                                        ^
net.yaml:11:51: error: a tunnel of kind gre runs over IPv4
            v7: {kind: gre, local: 203.0.113.1, remote: "2001:db8::1"}
                                                        ^
net.yaml:12:11: error: ipip 'v8' needs 'remote'
            v8: {kind: ipip, local: 203.0.113.1, mac: "02:00:00:00:00:01"}
                ^
net.yaml:13:7: error: 'v9' is of kind sit, which has no MAC address
            v9: {kind: sit, local: 203.0.113.2, remote: 203.0.113.1, mac: "02:00:00:00:00:01"}
            ^
net.yaml:13:7: error: 'local' of 'v9': node 'a' has no address '203.0.113.2'
            v9: {kind: sit, local: 203.0.113.2, remote: 203.0.113.1, mac: "02:00:00:00:00:01"}
            ^
net.yaml:14:12: error: vrf 'v10' needs 'table'
            v10: {kind: vrf}
                 ^
net.yaml:15:20: error: 'b:eth0' is of kind dummy and an end of a link
        b: {interfaces: {eth0: {kind: dummy}}}
                         ^
hint: leave out its 'kind', or take it from the endpoints)");
}

TEST(TopologyFile, RefusesMastersAndVlansThatAreNotThere) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  a:
    interfaces:
      eth0: {master: br1, vlans: [10]}
      eth1: {master: eth0, vlans: [0, 10 pvd, 4095, x]}
      br0: {kind: bridge, master: v0}
      v0: {kind: vlan, link: br0, id: 5, master: br0}
      lo: {master: br0}
    vlan_filtering: true
  sw:
    kind: bridge
    interfaces: {p0: {master: br0}, p1: {vlans: [10]}, t: {kind: tap}}
links:
  - endpoints: [a:eth0, sw:p0]
  - endpoints: [a:eth1, sw:p1]
)"),
            R"(net.yaml:4:22: error: node 'a' has no bridge or vrf 'br1'
            eth0: {master: br1, vlans: [10]}
                           ^ did you mean 'br0'?
hint: give 'br1' the key 'kind'
net.yaml:5:22: error: node 'a' has no bridge or vrf 'eth0'
            eth1: {master: eth0, vlans: [0, 10 pvd, 4095, x]}
                           ^
hint: give 'eth0' the key 'kind'
net.yaml:5:36: error: '0' is not a VLAN from 1 to 4094
            eth1: {master: eth0, vlans: [0, 10 pvd, 4095, x]}
                                         ^
hint: write such as 10 or '10 pvid untagged'
net.yaml:5:42: error: unknown word 'pvd' of a VLAN
            eth1: {master: eth0, vlans: [0, 10 pvd, 4095, x]}
                                               ^ did you mean 'pvid'?
net.yaml:5:47: error: '4095' is not a VLAN from 1 to 4094
            eth1: {master: eth0, vlans: [0, 10 pvd, 4095, x]}
                                                    ^
hint: write such as 10 or '10 pvid untagged'
net.yaml:5:53: error: 'x' is not a VLAN from 1 to 4094
            eth1: {master: eth0, vlans: [0, 10 pvd, 4095, x]}
                                                          ^
hint: write such as 10 or '10 pvid untagged'
net.yaml:6:7: error: 'br0' stands on itself, by way of 'link' or its ports
            br0: {kind: bridge, master: v0}
            ^
net.yaml:6:35: error: node 'a' has no bridge or vrf 'v0'
            br0: {kind: bridge, master: v0}
                                        ^
hint: give 'v0' the key 'kind'
net.yaml:7:7: error: 'v0' stands on itself, by way of 'link' or its ports
            v0: {kind: vlan, link: br0, id: 5, master: br0}
            ^
net.yaml:8:20: error: lo has no master
            lo: {master: br0}
                         ^
net.yaml:9:21: error: 'vlan_filtering' of a node is for 'kind: bridge'
          vlan_filtering: true
                          ^
hint: elsewhere give it to an interface of kind bridge
net.yaml:12:31: error: node 'sw' is a bridge: all its interfaces are its ports
          interfaces: {p0: {master: br0}, p1: {vlans: [10]}, t: {kind: tap}}
                                    ^
net.yaml:12:49: error: 'vlans' of 'p1': it is no port of a bridge with 'vlan_filtering'
          interfaces: {p0: {master: br0}, p1: {vlans: [10]}, t: {kind: tap}}
                                                      ^
net.yaml:12:56: error: node 'sw' is a bridge, whose interfaces are ends of links
          interfaces: {p0: {master: br0}, p1: {vlans: [10]}, t: {kind: tap}}
                                                             ^)");
}

TEST(TopologyFile, RefusesWireguardPeersThatAreNotThere) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  a:
    interfaces:
      wg0:
        kind: wireguard
        port: 0
        peers:
          - {peer: b, allowed: [10.0.0.0/8]}
          - {peer: "b:wg1", allowed: 10.0.0.1, endpoint: 203.0.113.1}
          - {peer: "b:wg0"}
      wg1: {kind: wireguard}
  b: {interfaces: {wg0: {kind: wireguard, peers: []}}}
)"),
            R"(net.yaml:4:7: error: a peer of 'wg0': 'b:wg1' is no wireguard device
            wg0:
            ^
net.yaml:6:15: error: 'port' must be a number from 1 to 65535, not '0'
              port: 0
                    ^
net.yaml:8:20: error: 'b' is not a device like site-b:wg0
                - {peer: b, allowed: [10.0.0.0/8]}
                         ^
net.yaml:9:38: error: '10.0.0.1' is not a prefix
                - {peer: "b:wg1", allowed: 10.0.0.1, endpoint: 203.0.113.1}
                                           ^
net.yaml:9:58: error: '203.0.113.1' is not an endpoint like 203.0.113.2:51820
                - {peer: "b:wg1", allowed: 10.0.0.1, endpoint: 203.0.113.1}
                                                               ^
net.yaml:10:13: error: a peer needs 'allowed'
                - {peer: "b:wg0"}
                  ^
net.yaml:11:12: error: wireguard 'wg1' needs 'peers'
            wg1: {kind: wireguard}
                 ^)");
}

TEST(TopologyFile, RefusesNetemThatIsNone) {
  EXPECT_EQ(
      TestNetwork().topology_mistakes(R"(nodes: {a: , b: }
links:
  - endpoints: [a:eth0, b:eth0]
    netem: {delay: 10, loss: 110%, jitter: 1h}
  - endpoints: [a:eth1, b:eth1]
    netem: {jitter: 1ms, loss: 0.1}
  - {endpoints: [a:eth2, b:eth2], netem: {}}
  - {endpoints: [a:eth3, b:eth3], netem: {latency: 1ms}}
)"),
      R"(net.yaml:4:20: error: '10' is not a time such as 10ms, 500us or 1s, of a minute at most
          netem: {delay: 10, loss: 110%, jitter: 1h}
                         ^
net.yaml:4:30: error: '110%' is not a share such as 10%
          netem: {delay: 10, loss: 110%, jitter: 1h}
                                   ^
net.yaml:4:44: error: '1h' is not a time such as 10ms, 500us or 1s, of a minute at most
          netem: {delay: 10, loss: 110%, jitter: 1h}
                                                 ^
net.yaml:6:21: error: 'jitter' needs 'delay'
          netem: {jitter: 1ms, loss: 0.1}
                          ^
net.yaml:6:32: error: '0.1' is not a share such as 10%
          netem: {jitter: 1ms, loss: 0.1}
                                     ^
net.yaml:7:42: error: 'netem' does nothing
        - {endpoints: [a:eth2, b:eth2], netem: {}}
                                               ^
net.yaml:8:43: error: unknown key 'latency' in 'netem'
        - {endpoints: [a:eth3, b:eth3], netem: {latency: 1ms}}
                                                ^
hint: the keys are: delay, jitter, loss, duplicate, corrupt, reorder)");
}

}  // namespace
}  // namespace fwproof::parse
