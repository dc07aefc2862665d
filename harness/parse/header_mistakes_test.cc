#include <gtest/gtest.h>

#include "parse/test_network.h"

namespace fwproof::parse {
namespace {

std::string mistakes_of(const std::string& flows) {
  return TestNetwork().case_mistakes("topology: net\nflows:\n" + flows);
}

TEST(HeaderKeys, NameTheFlagsThatThereAre) {
  EXPECT_EQ(mistakes_of(R"(  a: {send: "tcp client -> web:80", flags: [sym, urgent]}
  b: {send: "tcp client -> web:80", flags: [none, syn]}
  c: {send: "tcp client -> web:80", flags: []}
  d: {send: "udp client -> web:80", flags: syn, seq: 1, mute: web}
)"),
            R"(cases/a.yaml:3:45: error: unknown flag 'sym'
        a: {send: "tcp client -> web:80", flags: [sym, urgent]}
                                                  ^ did you mean 'syn'?
cases/a.yaml:3:50: error: unknown flag 'urgent'
        a: {send: "tcp client -> web:80", flags: [sym, urgent]}
                                                       ^
hint: it is one of: none, fin, syn, rst, psh, ack, urg, ece, cwr
cases/a.yaml:4:45: error: 'none' stands alone: it means no flag
        b: {send: "tcp client -> web:80", flags: [none, syn]}
                                                  ^
cases/a.yaml:5:44: error: 'flags' names no flag
        c: {send: "tcp client -> web:80", flags: []}
                                                 ^
hint: write 'none' for a packet without
cases/a.yaml:6:44: error: 'flags' is for tcp flows
        d: {send: "udp client -> web:80", flags: syn, seq: 1, mute: web}
                                                 ^
cases/a.yaml:6:54: error: 'seq' is for tcp flows
        d: {send: "udp client -> web:80", flags: syn, seq: 1, mute: web}
                                                           ^
cases/a.yaml:6:63: error: 'mute' is for tcp flows
        d: {send: "udp client -> web:80", flags: syn, seq: 1, mute: web}
                                                                    ^)");
}

TEST(HeaderKeys, KeepNumbersInTheirFields) {
  EXPECT_EQ(
      mistakes_of(R"(  a: {send: "tcp client -> web:80", ttl: 256, seq: 4294967296, window: -1}
  b: {send: "tcp client -> web:80", tcp options: {mss: 0, window scale: 15, sack: true}}
  c: {send: "udp client -> web:80", length: 65001, tos: 1, dscp: ef1}
)"),
      R"(cases/a.yaml:3:42: error: 'ttl' must be a number from 0 to 255, not '256'
        a: {send: "tcp client -> web:80", ttl: 256, seq: 4294967296, window: -1}
                                               ^
cases/a.yaml:3:52: error: 'seq' must be a number from 0 to 4294967295, not '4294967296'
        a: {send: "tcp client -> web:80", ttl: 256, seq: 4294967296, window: -1}
                                                         ^
cases/a.yaml:3:72: error: 'window' must be a number from 0 to 65535, not '-1'
        a: {send: "tcp client -> web:80", ttl: 256, seq: 4294967296, window: -1}
                                                                             ^
cases/a.yaml:4:56: error: 'mss' must be a number from 1 to 65535, not '0'
        b: {send: "tcp client -> web:80", tcp options: {mss: 0, window scale: 15, sack: true}}
                                                             ^
cases/a.yaml:4:73: error: 'window scale' must be a number from 0 to 14, not '15'
        b: {send: "tcp client -> web:80", tcp options: {mss: 0, window scale: 15, sack: true}}
                                                                              ^
cases/a.yaml:4:77: error: unknown key 'sack' in 'tcp options'
        b: {send: "tcp client -> web:80", tcp options: {mss: 0, window scale: 15, sack: true}}
                                                                                  ^
hint: the keys are: mss, window scale, sack permitted, timestamp
cases/a.yaml:5:45: error: 'length' must be a number from 0 to 65000, not '65001'
        c: {send: "udp client -> web:80", length: 65001, tos: 1, dscp: ef1}
                                                  ^
cases/a.yaml:5:66: error: a flow has either 'tos' or 'dscp': they are the same byte
        c: {send: "udp client -> web:80", length: 65001, tos: 1, dscp: ef1}
                                                                       ^
cases/a.yaml:5:66: error: unknown code point 'ef1'
        c: {send: "udp client -> web:80", length: 65001, tos: 1, dscp: ef1}
                                                                       ^ did you mean 'ef'?)");
}

TEST(HeaderKeys, KnowIcmpsTypes) {
  EXPECT_EQ(mistakes_of(R"(  a: {send: icmp client -> web, type: echo-requst}
  b: {send: icmp client -> web, type: packet-too-big}
  c: {send: icmp client -> web, type: 256}
  d: {send: icmp client -> web, code: 1}
  e: {send: icmpv6 client -> web}
  f: {send: icmp client -> web, type: port-unreachable, about: e}
)"),
            R"(cases/a.yaml:3:39: error: unknown type of icmp 'echo-requst'
        a: {send: icmp client -> web, type: echo-requst}
                                            ^ did you mean 'echo-request'?
cases/a.yaml:4:39: error: unknown type of icmp 'packet-too-big'
        b: {send: icmp client -> web, type: packet-too-big}
                                            ^
hint: it is a name like echo-request or time-exceeded, or 0 to 255
cases/a.yaml:5:39: error: unknown type of icmp '256'
        c: {send: icmp client -> web, type: 256}
                                            ^
hint: it is a name like echo-request or time-exceeded, or 0 to 255
cases/a.yaml:6:39: error: this needs the key 'type' beside it
        d: {send: icmp client -> web, code: 1}
                                            ^
cases/a.yaml:7:13: error: icmpv6 goes to an IPv6 address
        e: {send: icmpv6 client -> web}
                  ^
cases/a.yaml:8:64: error: no flow 'e' comes before this one
        f: {send: icmp client -> web, type: port-unreachable, about: e}
                                                                     ^ did you mean 'a'?)");
}

TEST(HeaderKeys, BoundFragmentsAndOptions) {
  EXPECT_EQ(
      mistakes_of(
          R"(  a: {send: "udp client -> web:53", fragments: {size: 12, overlap: 16, order: backwards}}
  b: {send: "udp client -> web:53", fragments: {size: 16, overlap: 16}}
  c: {send: "udp client -> web:53", options: [rr, record]}
  d: {send: "udp client -> web:53", options: [rr, rr, ts]}
  e: {send: "udp client -> web:53", checksum: wrong}
  f: {send: gre client -> web, checksum: bad}
)"),
      R"(cases/a.yaml:3:55: error: 'size' is not a multiple of 8
        a: {send: "udp client -> web:53", fragments: {size: 12, overlap: 16, order: backwards}}
                                                            ^
hint: IP counts the offset of a fragment in units of 8 bytes
cases/a.yaml:3:68: error: 'overlap' is not less than 'size'
        a: {send: "udp client -> web:53", fragments: {size: 12, overlap: 16, order: backwards}}
                                                                         ^
cases/a.yaml:3:79: error: unknown order 'backwards'
        a: {send: "udp client -> web:53", fragments: {size: 12, overlap: 16, order: backwards}}
                                                                                    ^
hint: it is one of: forward, reversed
cases/a.yaml:4:68: error: 'overlap' is not less than 'size'
        b: {send: "udp client -> web:53", fragments: {size: 16, overlap: 16}}
                                                                         ^
cases/a.yaml:5:51: error: unknown option 'record'
        c: {send: "udp client -> web:53", options: [rr, record]}
                                                        ^
hint: it is one of: rr, ra, lsrr, ssrr, ts
cases/a.yaml:6:46: error: these options are longer than the 40 bytes that an IPv4 header has for them
        d: {send: "udp client -> web:53", options: [rr, rr, ts]}
                                                   ^
cases/a.yaml:7:47: error: unknown checksum 'wrong'
        e: {send: "udp client -> web:53", checksum: wrong}
                                                    ^
hint: it is one of: bad
cases/a.yaml:8:42: error: gre has no checksum to spoil here
        f: {send: gre client -> web, checksum: bad}
                                               ^)");
}

TEST(HeaderKeys, TellSpoofFromSource) {
  EXPECT_EQ(mistakes_of(R"(  a: {send: "udp client -> web:53", spoof: 10.0.0, dev: eth1}
  b: {send: "udp client -> web:53", spoof: "2001:db8::1"}
  c: {send: "udp client -> web:53", spoof: 10.9.9.9, source: 10.0.1.2}
  z: {send: "udp client -> web:53", spoof: 0.0.0.0}
  d: tcp client -> 10.0.1.255:80
  e: gre client -> web:47
  f: sctp client -> web
  g: ggp client -> web
)"),
            R"(cases/a.yaml:3:44: error: '10.0.0' is not an address
        a: {send: "udp client -> web:53", spoof: 10.0.0, dev: eth1}
                                                 ^
cases/a.yaml:3:57: error: node 'client' has no dev 'eth1'
        a: {send: "udp client -> web:53", spoof: 10.0.0, dev: eth1}
                                                              ^ did you mean 'eth0'?
cases/a.yaml:4:44: error: '2001:db8::1' and the destination '10.0.0.5' are of two families
        b: {send: "udp client -> web:53", spoof: "2001:db8::1"}
                                                 ^
cases/a.yaml:5:44: error: a flow has either 'source' or 'spoof'
        c: {send: "udp client -> web:53", spoof: 10.9.9.9, source: 10.0.1.2}
                                                 ^
hint: 'source' is for an address that the node has
cases/a.yaml:6:44: error: the kernel fills in a source that is 0.0.0.0
        z: {send: "udp client -> web:53", spoof: 0.0.0.0}
                                                 ^
hint: a DHCP client sends it by a packet socket: run one with 'exec'
cases/a.yaml:7:6: error: a tcp flow goes to one host, and 10.0.1.255 is for many
        d: tcp client -> 10.0.1.255:80
           ^
cases/a.yaml:8:20: error: gre has no ports
        e: gre client -> web:47
                         ^
cases/a.yaml:9:21: error: an sctp flow goes to a port: 'web' has none
        f: sctp client -> web
                          ^
cases/a.yaml:10:6: error: unknown protocol 'ggp'
        g: ggp client -> web
           ^
hint: it is one of: tcp, udp, icmp, icmpv6, sctp, dccp, udplite, gre, esp, ah, igmp, arp, or the number of an IP protocol)");
}

TEST(ArpFlows, AskForAnAddressOfTheirOwnNetwork) {
  EXPECT_EQ(mistakes_of(R"(  a: arp client -> 10.0.0.5
  b: arp client -> 2001:db8::1
  c: arp client:7 -> 10.0.1.1
  d: arp client -> 10.0.1.255
  e: {send: arp client -> 10.0.1.1, ttl: 3, dev: eth1}
  f: {exec: ["true"], in: client, packets: arp}
)"),
            R"(cases/a.yaml:3:20: error: node 'client' is in no network with 10.0.0.5
        a: arp client -> 10.0.0.5
                         ^
hint: it has: 10.0.1.2/24
cases/a.yaml:4:20: error: arp asks for IPv4 addresses, and 2001:db8::1 is none
        b: arp client -> 2001:db8::1
                         ^
cases/a.yaml:5:17: error: arp has no ports
        c: arp client:7 -> 10.0.1.1
                      ^
cases/a.yaml:6:6: error: an arp flow goes to one host, and 10.0.1.255 is for many
        d: arp client -> 10.0.1.255
           ^
cases/a.yaml:7:37: error: 'ttl' is not for arp flows: the kernel asks
        e: {send: arp client -> 10.0.1.1, ttl: 3, dev: eth1}
                                          ^
cases/a.yaml:7:50: error: node 'client' has no dev 'eth1'
        e: {send: arp client -> 10.0.1.1, ttl: 3, dev: eth1}
                                                       ^ did you mean 'eth0'?
cases/a.yaml:8:44: error: arp is asked by the kernel, not sent by a program
        f: {exec: ["true"], in: client, packets: arp}
                                                 ^)");
}

}  // namespace
}  // namespace fwproof::parse
