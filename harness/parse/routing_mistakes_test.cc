#include <gtest/gtest.h>

#include "parse/test_network.h"

namespace fwproof::parse {
namespace {

TEST(TopologyFile, RefusesRoutesOfTypesAndTablesThatAreNotThere) {
  EXPECT_EQ(
      TestNetwork().topology_mistakes(R"(nodes:
  a:
    interfaces: {eth0: {addresses: [10.0.0.1/24]}}
    routes:
      - {to: 10.1.0.0/16, type: blackhole, via: 10.0.0.2}
      - {to: 10.2.0.0/16, type: blakhole}
      - {to: 10.3.0.0/16, type: nat, via: 10.0.0.2}
      - {to: 10.4.0.0/16, via: 10.0.0.2, table: mian, metric: -1}
      - {to: 10.5.0.0/16, via: 10.0.0.2, source: 10.0.0.9}
      - {to: 10.6.0.0/16, via: 192.0.2.1, on-link: true}
      - {to: 10.7.0.0/16, via: 10.0.0.2, nexthops: [{via: 10.0.0.3}]}
      - {to: 10.8.0.0/16, nexthops: []}
      - {to: 10.9.0.0/16, nexthops: [{weight: 300}, {via: 10.9.9.9, dev: eth7}, {via: "2001:db8::1"}]}
      - {to: 10.9.0.0/16, nexthops: [{dev: eth0}], table: 100}
      - {to: 10.4.0.0/16, type: throw}
  b:
links:
  - endpoints: [a:eth0, b:eth0]
)"),
      R"(net.yaml:5:33: error: a route of type blackhole leads nowhere: it has no 'via', 'dev' or 'nexthops'
            - {to: 10.1.0.0/16, type: blackhole, via: 10.0.0.2}
                                      ^
net.yaml:6:33: error: unknown type 'blakhole' of a route
            - {to: 10.2.0.0/16, type: blakhole}
                                      ^ did you mean 'blackhole'?
net.yaml:7:33: error: unknown type 'nat' of a route
            - {to: 10.3.0.0/16, type: nat, via: 10.0.0.2}
                                      ^
hint: the types are: blackhole, local, prohibit, throw, unicast, unreachable
net.yaml:8:49: error: 'mian' is no table
            - {to: 10.4.0.0/16, via: 10.0.0.2, table: mian, metric: -1}
                                                      ^ did you mean 'main'?
hint: a table is main, local, default or a number from 1 to 4294967295
net.yaml:8:63: error: 'metric' must be a number from 0 to 4294967295, not '-1'
            - {to: 10.4.0.0/16, via: 10.0.0.2, table: mian, metric: -1}
                                                                    ^
net.yaml:9:50: error: node 'a' has no address '10.0.0.9'
            - {to: 10.5.0.0/16, via: 10.0.0.2, source: 10.0.0.9}
                                                       ^
net.yaml:10:52: error: 'on-link' of a route needs 'via' and 'dev'
            - {to: 10.6.0.0/16, via: 192.0.2.1, on-link: true}
                                                         ^
net.yaml:11:52: error: a route has 'nexthops', or 'via' and 'dev', not both
            - {to: 10.7.0.0/16, via: 10.0.0.2, nexthops: [{via: 10.0.0.3}]}
                                                         ^
net.yaml:12:37: error: 'nexthops' names no next hop
            - {to: 10.8.0.0/16, nexthops: []}
                                          ^
net.yaml:13:38: error: a next hop needs 'via' or 'dev'
            - {to: 10.9.0.0/16, nexthops: [{weight: 300}, {via: 10.9.9.9, dev: eth7}, {via: "2001:db8::1"}]}
                                           ^
net.yaml:13:47: error: 'weight' must be a number from 1 to 256, not '300'
            - {to: 10.9.0.0/16, nexthops: [{weight: 300}, {via: 10.9.9.9, dev: eth7}, {via: "2001:db8::1"}]}
                                                    ^
net.yaml:13:74: error: node 'a' has no dev 'eth7'
            - {to: 10.9.0.0/16, nexthops: [{weight: 300}, {via: 10.9.9.9, dev: eth7}, {via: "2001:db8::1"}]}
                                                                               ^ did you mean 'eth0'?
net.yaml:13:87: error: 'to' and 'via' of a route are of two families
            - {to: 10.9.0.0/16, nexthops: [{weight: 300}, {via: 10.9.9.9, dev: eth7}, {via: "2001:db8::1"}]}
                                                                                            ^
net.yaml:13:87: error: '2001:db8::1' is in no subnet of node 'a'
            - {to: 10.9.0.0/16, nexthops: [{weight: 300}, {via: 10.9.9.9, dev: eth7}, {via: "2001:db8::1"}]}
                                                                                            ^
hint: its addresses are: 10.0.0.1/24
net.yaml:15:9: error: node 'a' has a route to the same place already, on line 8
            - {to: 10.4.0.0/16, type: throw}
              ^)");
}

TEST(TopologyFile, RefusesRulesThatNoPacketMeets) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  a:
    interfaces: {eth0: {addresses: [10.0.0.1/24]}}
    rules:
      - {from: 10.0.0.0/24}
      - {from: 10.0.0.1/24, to: "2001:db8::1", table: 0}
      - {family: ipv6, table: 100, type: blackhole}
      - {family: ip6, from: 10.0.0.1, table: 100}
      - {fwmark: 0xzz, iif: eth1, table: 100}
      - {tos: 0x3, ipproto: tpc, dport: 9-8, type: reject}
      - {priority: high, sport: 70000, form: 10.0.0.1, table: main}
  b:
links:
  - endpoints: [a:eth0, b:eth0]
)"),
            R"(net.yaml:5:9: error: a rule needs 'table'
            - {from: 10.0.0.0/24}
              ^
hint: or 'type': blackhole, unreachable or prohibit
net.yaml:6:9: error: 'from' and 'to' of a rule are of two families
            - {from: 10.0.0.1/24, to: "2001:db8::1", table: 0}
              ^
net.yaml:6:16: error: '10.0.0.1/24' has bits set beyond its prefix
            - {from: 10.0.0.1/24, to: "2001:db8::1", table: 0}
                     ^ did you mean '10.0.0.0/24'?
net.yaml:6:55: error: '0' is no table
            - {from: 10.0.0.1/24, to: "2001:db8::1", table: 0}
                                                            ^
hint: a table is main, local, default or a number from 1 to 4294967295
net.yaml:7:9: error: a rule has 'table' or 'type', not both
            - {family: ipv6, table: 100, type: blackhole}
              ^
net.yaml:7:18: error: 'family' of a rule is ip or ip6, not 'ipv6'
            - {family: ipv6, table: 100, type: blackhole}
                       ^
net.yaml:8:18: error: the addresses of the rule are not of family ip6
            - {family: ip6, from: 10.0.0.1, table: 100}
                       ^
net.yaml:9:18: error: '0xzz' is not a mark
            - {fwmark: 0xzz, iif: eth1, table: 100}
                       ^
hint: write such as 1, 0x10 or 0x10/0xf0
net.yaml:9:29: error: node 'a' has no dev 'eth1'
            - {fwmark: 0xzz, iif: eth1, table: 100}
                                  ^ did you mean 'eth0'?
net.yaml:10:15: error: '0x3' is not a type of service
            - {tos: 0x3, ipproto: tpc, dport: 9-8, type: reject}
                    ^
hint: write such as 0x10: the two lowest bits are those of ECN
net.yaml:10:29: error: unknown protocol 'tpc'
            - {tos: 0x3, ipproto: tpc, dport: 9-8, type: reject}
                                  ^ did you mean 'tcp'?
hint: write a number or one of: esp, gre, icmp, icmpv6, sctp, tcp, udp
net.yaml:10:41: error: '9-8' is not a port or a range of ports
            - {tos: 0x3, ipproto: tpc, dport: 9-8, type: reject}
                                              ^
hint: write such as 80 or 8000-8100
net.yaml:10:52: error: unknown type 'reject' of a rule
            - {tos: 0x3, ipproto: tpc, dport: 9-8, type: reject}
                                                         ^
hint: the types are: blackhole, unreachable, prohibit
net.yaml:11:20: error: 'priority' must be a number from 0 to 4294967295, not 'high'
            - {priority: high, sport: 70000, form: 10.0.0.1, table: main}
                         ^
net.yaml:11:33: error: '70000' is not a port or a range of ports
            - {priority: high, sport: 70000, form: 10.0.0.1, table: main}
                                      ^
hint: write such as 80 or 8000-8100
net.yaml:11:40: error: unknown key 'form' in a rule
            - {priority: high, sport: 70000, form: 10.0.0.1, table: main}
                                             ^ did you mean 'from'?)");
}

TEST(TopologyFile, RefusesNeighboursThatAreNobody) {
  EXPECT_EQ(TestNetwork().topology_mistakes(R"(nodes:
  a:
    interfaces: {eth0: {addresses: [10.0.0.1/24]}, t0: {kind: tun}}
    neighbours:
      eth0:
        10.0.0.2: bb
        10.0.0.3: c
        10.0.0.4: b:eth1
        10.0.0.5: 02:00:00:00:00:0g
        10.0.0.6: "01:00:5e:00:00:01"
        b: 02:00:00:00:00:01
        10.0.0.7: c:t0
        10.0.0.8:
      eth1: {10.0.0.2: b}
  b:
  c: {interfaces: {t0: {kind: tun}}}
links:
  - endpoints: [a:eth0, b:eth0]
)"),
            R"(net.yaml:6:19: error: 'bb' is neither a MAC address nor a node
              10.0.0.2: bb
                        ^ did you mean 'b'?
net.yaml:7:19: error: node 'c' has neither the address 10.0.0.3 nor an end of the link of 'a:eth0'
              10.0.0.3: c
                        ^
hint: write c:DEV
net.yaml:8:19: error: node 'b' has no dev 'eth1'
              10.0.0.4: b:eth1
                        ^ did you mean 'eth0'?
net.yaml:9:19: error: '02:00:00:00:00:0g' is not a MAC address
              10.0.0.5: 02:00:00:00:00:0g
                        ^
hint: write such as 02:00:00:00:00:07
net.yaml:10:19: error: '01:00:5e:00:00:01' is no MAC address of a device
              10.0.0.6: "01:00:5e:00:00:01"
                        ^
net.yaml:11:9: error: 'b' is not an address
              b: 02:00:00:00:00:01
              ^
net.yaml:12:19: error: 'c:t0' has no MAC address
              10.0.0.7: c:t0
                        ^
net.yaml:13:9: error: a neighbour must be text, not nothing
              10.0.0.8:
              ^
net.yaml:14:7: error: node 'a' has no dev 'eth1'
            eth1: {10.0.0.2: b}
            ^ did you mean 'eth0'?)");
}

}  // namespace
}  // namespace fwproof::parse
