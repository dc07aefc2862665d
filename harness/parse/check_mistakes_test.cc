#include <gtest/gtest.h>

#include "parse/test_network.h"

namespace fwproof::parse {
namespace {

constexpr const char* kVisit = R"(topology: net
rules: {gw: gw.rules}
flows:
  visit: tcp client:60000 -> web:80
)";

TEST(CheckMistakes, SuggestsTheFlowThatWasMeant) {
  EXPECT_EQ(TestNetwork().case_mistakes(std::string(kVisit) + R"(checks:
  vist: {outcome: connected}
)"),
            R"(cases/a.yaml:6:3: error: unknown flow 'vist'
        vist: {outcome: connected}
        ^ did you mean 'visit'?)");
}

TEST(CheckMistakes, SuggestsTheOutcomeThatWasMeant) {
  EXPECT_EQ(TestNetwork().case_mistakes(std::string(kVisit) + R"(checks:
  visit: {outcome: conected}
)"),
            R"(cases/a.yaml:6:20: error: unknown outcome 'conected'
        visit: {outcome: conected}
                         ^ did you mean 'connected'?)");
}

TEST(CheckMistakes, KnowsWhichOutcomesAFlowCanHave) {
  EXPECT_EQ(TestNetwork().case_mistakes(R"(topology: net
flows:
  a: udp client -> web:53
  b: tcp client -> web:80
  c: {exec: [ls], in: gw}
checks:
  a: {outcome: connected}
  b: {outcome: rejected tcp-rest, exit: 0}
  c: {outcome: exited 256, output: [], error output: {}}
)"),
            R"(cases/a.yaml:7:16: error: a udp flow is never 'connected'
        a: {outcome: connected}
                     ^
hint: it is one of: dropped, rejected, answered, refused, unreachable, timed out, lost
cases/a.yaml:8:25: error: unknown way to be rejected: 'tcp-rest'
        b: {outcome: rejected tcp-rest, exit: 0}
                              ^ did you mean 'tcp-reset'?
cases/a.yaml:8:41: error: 'exit' is for exec flows
        b: {outcome: rejected tcp-rest, exit: 0}
                                              ^
cases/a.yaml:9:23: error: exit status '256' is not a number from 0 to 255
        c: {outcome: exited 256, output: [], error output: {}}
                            ^
cases/a.yaml:9:36: error: 'output' names no text
        c: {outcome: exited 256, output: [], error output: {}}
                                         ^
cases/a.yaml:9:54: error: 'error output' must be text, not a map
        c: {outcome: exited 256, output: [], error output: {}}
                                                           ^
hint: text that begins with '[' or '{' needs quotes)");
}

TEST(CheckMistakes, SuggestsTheChainThatWasMeant) {
  EXPECT_EQ(TestNetwork().case_mistakes(std::string(kVisit) + R"(checks:
  visit:
    walk: {gw: {syn: [filter forwrad]}}
    dropped: gw fliter FORWARD policy
)"),
            R"(cases/a.yaml:7:30: error: node 'gw': no chain 'forwrad' in table 'filter'
          walk: {gw: {syn: [filter forwrad]}}
                                   ^ did you mean 'FORWARD'?
cases/a.yaml:8:17: error: node 'gw': no table 'fliter'
          dropped: gw fliter FORWARD policy
                      ^ did you mean 'filter'?)");
}

TEST(CheckMistakes, LooksForNftChainsInTheFilesOnly) {
  EXPECT_EQ(TestNetwork().case_mistakes(R"(topology: net
rules: {gw: gw.nft}
flows:
  visit: tcp client:60000 -> web:80
checks:
  visit:
    walk: {gw: {syn: [inet fw forward rule 1 accept, fw input, ip fw forward, filter FORWARD]}}
)"),
            R"(cases/a.yaml:7:57: error: node 'gw': no chain 'input' in table 'fw'
          walk: {gw: {syn: [inet fw forward rule 1 accept, fw input, ip fw forward, filter FORWARD]}}
                                                              ^
cases/a.yaml:7:67: error: node 'gw': no table 'fw' of family ip
          walk: {gw: {syn: [inet fw forward rule 1 accept, fw input, ip fw forward, filter FORWARD]}}
                                                                        ^
cases/a.yaml:7:79: error: node 'gw': no table 'filter'
          walk: {gw: {syn: [inet fw forward rule 1 accept, fw input, ip fw forward, filter FORWARD]}}
                                                                                    ^)");
}

TEST(CheckMistakes, SaysHowAChainIsWrittenThatIsCalledLikeAWordOfSteps) {
  TestNetwork network;
  network.write("cases/in.nft", "table inet fw { chain in { accept; } }\n");
  EXPECT_EQ(network.case_mistakes(R"(topology: net
rules: {gw: in.nft}
flows:
  visit: tcp client:60000 -> web:80
checks:
  visit: {walk: {gw: {syn: {contains: [inet fw "in" rule 1, fw in rule 1, inet fw in rule 1]}}}}
)"),
            R"(cases/a.yaml:6:75: error: node 'gw': no table 'inet'
        visit: {walk: {gw: {syn: {contains: [inet fw "in" rule 1, fw in rule 1, inet fw in rule 1]}}}}
                                                                                ^
hint: a chain that has the name of a word of steps stands in quotes: inet fw "in" rule 1)");
}

TEST(CheckMistakes, CountsTheRulesOfAChain) {
  EXPECT_EQ(TestNetwork().case_mistakes(std::string(kVisit) + R"(checks:
  visit: {walk: {gw: {syn: {contains: [filter FORWARD rule 1, filter FORWARD rule 2, filter INPUT rule 1]}}}}
)"),
            R"(cases/a.yaml:6:70: error: node 'gw': chain 'FORWARD' of table 'filter' has no rule 2
        visit: {walk: {gw: {syn: {contains: [filter FORWARD rule 1, filter FORWARD rule 2, filter INPUT rule 1]}}}}
                                                                           ^
hint: its last is rule 1
cases/a.yaml:6:93: error: node 'gw': chain 'INPUT' of table 'filter' has no rule 1
        visit: {walk: {gw: {syn: {contains: [filter FORWARD rule 1, filter FORWARD rule 2, filter INPUT rule 1]}}}}
                                                                                                  ^
hint: it has none)");
}

TEST(CheckMistakes, RefusesStepsThatMakeNoSense) {
  EXPECT_EQ(TestNetwork().case_mistakes(std::string(kVisit) + R"(checks:
  visit:
    walk:
      gw:
        syn:
          - filter
          - filter FORWARD in eth9
          - filter FORWARD rule
          - filter FORWARD rule x
          - filter FORWARD rule gw.rules:0
          - filter FORWARD rule other.rules:3
          - filter FORWARD polcy
          - filter FORWARD rule 1 ACCEPT now
          - filter FORWARD rule "the web
          - filter FORWARD in
)"),
            R"(cases/a.yaml:10:13: error: 'filter' is not a step: it needs a table and a chain
                - filter
                  ^
hint: write such as 'filter FORWARD in eth0 rule 1 ACCEPT' or 'filter INPUT policy DROP'
cases/a.yaml:11:31: error: node 'gw' has no dev 'eth9'
                - filter FORWARD in eth9
                                    ^ did you mean 'eth0'?
cases/a.yaml:12:28: error: 'rule' is followed by a number, a comment in quotes, FILE:LINE or a handle
                - filter FORWARD rule
                                 ^
cases/a.yaml:13:33: error: 'rule' is followed by a number, a comment in quotes, FILE:LINE or a handle, not 'x'
                - filter FORWARD rule x
                                      ^
cases/a.yaml:14:33: error: 'rule' is followed by a number, a comment in quotes, FILE:LINE or a handle, not 'gw.rules:0'
                - filter FORWARD rule gw.rules:0
                                      ^
cases/a.yaml:15:33: error: node 'gw' loads no file 'other.rules'
                - filter FORWARD rule other.rules:3
                                      ^
cases/a.yaml:16:28: error: unexpected 'polcy' in a step
                - filter FORWARD polcy
                                 ^ did you mean 'policy'?
cases/a.yaml:17:42: error: unexpected 'now' in a step
                - filter FORWARD rule 1 ACCEPT now
                                               ^
hint: write such as 'filter FORWARD in eth0 rule 1 ACCEPT' or 'filter INPUT policy DROP'
cases/a.yaml:18:33: error: this quote is never closed
                - filter FORWARD rule "the web
                                      ^
cases/a.yaml:19:28: error: 'in' is followed by no dev
                - filter FORWARD in
                                 ^)");
}

TEST(CheckMistakes, RefusesWalksOfWhatIsNotThere) {
  EXPECT_EQ(TestNetwork().case_mistakes(std::string(kVisit) + R"(checks:
  visit:
    walk:
      gww: {syn: []}
      gw: {sny: [], all 2: [], syn: {contain: [], never: }}
    hooks:
      gw: {syn: [INPT in lo, FORWARD in eth7, INPUT on lo, OUTPUT]}
)"),
            R"(cases/a.yaml:8:7: error: unknown node 'gww'
            gww: {syn: []}
            ^ did you mean 'gw'?
cases/a.yaml:9:12: error: unknown packet 'sny'
            gw: {sny: [], all 2: [], syn: {contain: [], never: }}
                 ^ did you mean 'syn'?
cases/a.yaml:9:21: error: unknown packet 'all 2'
            gw: {sny: [], all 2: [], syn: {contain: [], never: }}
                          ^
hint: packets are: all, syn, syn-ack, ack, data, fin, rst, reply data, echo-request, port-unreachable, data 2, ...
cases/a.yaml:9:38: error: unknown key 'contain' in 'walk' of 'syn'
            gw: {sny: [], all 2: [], syn: {contain: [], never: }}
                                           ^ did you mean 'contains'?
cases/a.yaml:9:47: error: 'contain' of nothing checks nothing
            gw: {sny: [], all 2: [], syn: {contain: [], never: }}
                                                    ^
cases/a.yaml:9:51: error: a walk has no value
            gw: {sny: [], all 2: [], syn: {contain: [], never: }}
                                                        ^
cases/a.yaml:11:18: error: unknown hook 'INPT'
            gw: {syn: [INPT in lo, FORWARD in eth7, INPUT on lo, OUTPUT]}
                       ^ did you mean 'INPUT'?
cases/a.yaml:11:41: error: node 'gw' has no dev 'eth7'
            gw: {syn: [INPT in lo, FORWARD in eth7, INPUT on lo, OUTPUT]}
                                              ^ did you mean 'eth0'?
cases/a.yaml:11:53: error: unexpected 'on' after a hook
            gw: {syn: [INPT in lo, FORWARD in eth7, INPUT on lo, OUTPUT]}
                                                          ^ did you mean 'in'?
hint: write such as 'INPUT in lo' or 'FORWARD mark 0x1 ttl 63 dscp ef')");
}

TEST(CheckMistakes, RefusesEndpointsThatAreNone) {
  EXPECT_EQ(TestNetwork().case_mistakes(std::string(kVisit) + R"(checks:
  visit:
    reaches: wbe:80
    seen as: 10.0.1.2:0
    answered from: web:80
)"),
            R"(cases/a.yaml:7:14: error: unknown node 'wbe'
          reaches: wbe:80
                   ^ did you mean 'web'?
cases/a.yaml:8:23: error: port '0' is not a number from 1 to 65535
          seen as: 10.0.1.2:0
                            ^
cases/a.yaml:9:20: error: 'web:80' is not an address or address:port
          answered from: web:80
                         ^
hint: write 192.0.2.1:80 or [2001:db8::1]:80)");
}

TEST(CheckMistakes, RefusesConntrackThatTheKernelDoesNotKnow) {
  EXPECT_EQ(TestNetwork().case_mistakes(std::string(kVisit) + R"(checks:
  visit:
    conntrack:
      gw: {original: 10.0.1.2 -> web, state: ESTABLISED, status: ["!ASURED"], mark: 0x1ffffffff, zone: 70000, events: [NEW SYN_SNET, DESTORY]}
      web: nothing
)"),
            R"(cases/a.yaml:8:34: error: 'web' is not an address or address:port
            gw: {original: 10.0.1.2 -> web, state: ESTABLISED, status: ["!ASURED"], mark: 0x1ffffffff, zone: 70000, events: [NEW SYN_SNET, DESTORY]}
                                       ^
hint: write 192.0.2.1:80 or [2001:db8::1]:80
cases/a.yaml:8:46: error: unknown state 'ESTABLISED'
            gw: {original: 10.0.1.2 -> web, state: ESTABLISED, status: ["!ASURED"], mark: 0x1ffffffff, zone: 70000, events: [NEW SYN_SNET, DESTORY]}
                                                   ^ did you mean 'ESTABLISHED'?
cases/a.yaml:8:69: error: unknown status 'ASURED'
            gw: {original: 10.0.1.2 -> web, state: ESTABLISED, status: ["!ASURED"], mark: 0x1ffffffff, zone: 70000, events: [NEW SYN_SNET, DESTORY]}
                                                                          ^ did you mean 'ASSURED'?
cases/a.yaml:8:85: error: '0x1ffffffff' is not a mark of 32 bits
            gw: {original: 10.0.1.2 -> web, state: ESTABLISED, status: ["!ASURED"], mark: 0x1ffffffff, zone: 70000, events: [NEW SYN_SNET, DESTORY]}
                                                                                          ^
hint: write 7 or 0x7
cases/a.yaml:8:104: error: 'zone' must be a number from 0 to 65535, not '70000'
            gw: {original: 10.0.1.2 -> web, state: ESTABLISED, status: ["!ASURED"], mark: 0x1ffffffff, zone: 70000, events: [NEW SYN_SNET, DESTORY]}
                                                                                                             ^
cases/a.yaml:8:124: error: unknown state 'SYN_SNET'
            gw: {original: 10.0.1.2 -> web, state: ESTABLISED, status: ["!ASURED"], mark: 0x1ffffffff, zone: 70000, events: [NEW SYN_SNET, DESTORY]}
                                                                                                                                 ^ did you mean 'SYN_SENT'?
cases/a.yaml:8:134: error: unknown event 'DESTORY'
            gw: {original: 10.0.1.2 -> web, state: ESTABLISED, status: ["!ASURED"], mark: 0x1ffffffff, zone: 70000, events: [NEW SYN_SNET, DESTORY]}
                                                                                                                                           ^ did you mean 'DESTROY'?
cases/a.yaml:9:12: error: a conntrack entry must be a map, not text
            web: nothing
                 ^)");
}

TEST(CheckMistakes, RefusesExpectationsThatAreNone) {
  EXPECT_EQ(TestNetwork().case_mistakes(std::string(kVisit) + R"(checks:
  visit:
    expectations:
      gw: {expected: 10.0.1.2, helpr: ftp}
      web: nothing
      wg: none
)"),
            R"(cases/a.yaml:8:22: error: '10.0.1.2' is not a tuple
            gw: {expected: 10.0.1.2, helpr: ftp}
                           ^
hint: write '192.0.2.1:1024 -> 192.0.2.2:80', without ports for icmp
cases/a.yaml:8:32: error: unknown key 'helpr' in an expectation
            gw: {expected: 10.0.1.2, helpr: ftp}
                                     ^ did you mean 'helper'?
cases/a.yaml:9:12: error: an expectation must be a map, not text
            web: nothing
                 ^
cases/a.yaml:10:7: error: unknown node 'wg'
            wg: none
            ^ did you mean 'gw'?)");
}

TEST(CheckMistakes, RefusesCapturesOfWhatIsNotThere) {
  EXPECT_EQ(TestNetwork().case_mistakes(std::string(kVisit) + R"(checks:
  visit:
    capture:
      - {at: gw:eth7, packets: 1}
      - {at: wg:eth0, packets: ">= x"}
      - {filter: tcp}
      - {at: gw, packets: 3..1}
)"),
            R"(cases/a.yaml:8:17: error: node 'gw' has no dev 'eth7'
            - {at: gw:eth7, packets: 1}
                      ^ did you mean 'eth0'?
cases/a.yaml:9:14: error: unknown node 'wg'
            - {at: wg:eth0, packets: ">= x"}
                   ^ did you mean 'gw'?
cases/a.yaml:9:32: error: '>= x' is no number of packets
            - {at: wg:eth0, packets: ">= x"}
                                     ^
hint: write 2, '>= 1', '<= 3', 1..3 or none
cases/a.yaml:10:9: error: a capture needs 'at'
            - {filter: tcp}
              ^
cases/a.yaml:11:14: error: 'gw' is not a dev like gw:eth1
            - {at: gw, packets: 3..1}
                   ^
cases/a.yaml:11:27: error: '3..1' is no number of packets
            - {at: gw, packets: 3..1}
                                ^
hint: write 2, '>= 1', '<= 3', 1..3 or none)");
}

TEST(CheckMistakes, RefusesCountersAndRoutesThatMakeNoSense) {
  EXPECT_EQ(
      TestNetwork().case_mistakes(
          std::string(kVisit) + R"(counters: {gw: {filter FORWARD: 1, filter FORWARD rule 1: many}}
routes:
  web:
    - {get: 10.0.0.300, is: default}
    - {table: mian, has: default}
    - {get: 10.0.0.1, has: default}
)"),
      R"(cases/a.yaml:5:17: error: 'filter FORWARD' counts nothing
      counters: {gw: {filter FORWARD: 1, filter FORWARD rule 1: many}}
                      ^
hint: name a rule or the policy: 'filter INPUT rule 1', 'filter INPUT policy'
cases/a.yaml:5:59: error: 'many' is no number of packets
      counters: {gw: {filter FORWARD: 1, filter FORWARD rule 1: many}}
                                                                ^
hint: write 2, '>= 1', '<= 3', 1..3 or none
cases/a.yaml:8:13: error: '10.0.0.300' is not an address
          - {get: 10.0.0.300, is: default}
                  ^
cases/a.yaml:9:15: error: unknown table 'mian'
          - {table: mian, has: default}
                    ^ did you mean 'main'?
hint: it is main, local, default or a number up to 4294967295
cases/a.yaml:10:7: error: a check of routes has 'get' and 'is', or 'table' and 'has' or 'lacks'
          - {get: 10.0.0.1, has: default}
            ^)");
}

TEST(CheckMistakes, NamesWhatToolsCallAnIcmpError) {
  EXPECT_EQ(TestNetwork().case_mistakes(std::string(kVisit) + R"(checks:
  visit: {outcome: rejected admin-prohibited}
)"),
            R"(cases/a.yaml:6:29: error: unknown way to be rejected: 'admin-prohibited'
        visit: {outcome: rejected admin-prohibited}
                                  ^ did you mean 'communication-prohibited'?)");
  EXPECT_EQ(TestNetwork().case_mistakes(std::string(kVisit) + R"(checks:
  visit: {outcome: rejected icmp-proto-unreachable}
)"),
            R"(cases/a.yaml:6:29: error: unknown way to be rejected: 'icmp-proto-unreachable'
        visit: {outcome: rejected icmp-proto-unreachable}
                                  ^ did you mean 'protocol-unreachable'?)");
}

TEST(CheckMistakes, RefusesWordsOfRoutesThatItDoesNotRead) {
  EXPECT_EQ(TestNetwork().case_mistakes(std::string(kVisit) + R"(routes:
  web:
    - {table: main, lacks: default vai 10.0.0.1}
    - {table: main, lacks: 10.0.0.0/8 mtu 1400}
    - {table: main, lacks: via 10.0.0.300}
    - {table: main, lacks: 10.0.0.1 dev}
    - {table: main, lacks: "RTNETLINK answers: No route to host"}
    - {get: 10.0.0.1, is: "RTNETLINK answers: No route to host"}
)"),
            R"(cases/a.yaml:7:36: error: 'vai' is no word of a route that fwproof reads
          - {table: main, lacks: default vai 10.0.0.1}
                                         ^ did you mean 'via'?
cases/a.yaml:8:39: error: 'mtu' is no word of a route that fwproof reads
          - {table: main, lacks: 10.0.0.0/8 mtu 1400}
                                            ^
hint: it reads TYPE, PREFIX, via, dev, proto, scope, src, metric, weight, nexthop and dead, onlink, pervasive, offload, trap, linkdown, unresolved
cases/a.yaml:9:32: error: '10.0.0.300' is no value of 'via'
          - {table: main, lacks: via 10.0.0.300}
                                     ^
cases/a.yaml:10:37: error: 'dev' needs a value
          - {table: main, lacks: 10.0.0.1 dev}
                                          ^
cases/a.yaml:11:28: error: a table holds no answer of the kernel's, but routes
          - {table: main, lacks: "RTNETLINK answers: No route to host"}
                                 ^)");
}

TEST(CheckMistakes, RefusesMutantsThatMakeNoSense) {
  EXPECT_EQ(TestNetwork().case_mistakes(std::string(kVisit) + R"(mutant:
  - {gw: {remve: filter FORWARD rule 1}}
  - gw: {remove: filter FORWARD, policy: filter FORWARD REJECT, forwarding: off, routes: some}
  - web: {service: tcp/81, sysctl: {kernel.panic: 1}, insert: {rule: x}, append: {to: filter FORWARD}}
  - {}
  - gw: {script: [setup.sh, 80]}
  - web: {script: []}
)"),
            R"(cases/a.yaml:1:1: error: the case checks nothing
      topology: net
      ^
hint: say what must be true, such as checks: {visit: {outcome: connected}}
cases/a.yaml:6:11: error: unknown key 'remve' in a mutant
        - {gw: {remve: filter FORWARD rule 1}}
                ^ did you mean 'remove'?
cases/a.yaml:7:18: error: 'filter FORWARD' names no rule
        - gw: {remove: filter FORWARD, policy: filter FORWARD REJECT, forwarding: off, routes: some}
                       ^
hint: write such as 'filter INPUT rule 1'
cases/a.yaml:7:42: error: 'filter FORWARD REJECT' sets no policy
        - gw: {remove: filter FORWARD, policy: filter FORWARD REJECT, forwarding: off, routes: some}
                                               ^
hint: write such as 'filter INPUT ACCEPT' or 'filter INPUT DROP'
cases/a.yaml:7:77: error: 'forwarding' must be true or false, not 'off'
        - gw: {remove: filter FORWARD, policy: filter FORWARD REJECT, forwarding: off, routes: some}
                                                                                  ^
cases/a.yaml:7:90: error: 'routes' of a mutant can only be 'none'
        - gw: {remove: filter FORWARD, policy: filter FORWARD REJECT, forwarding: off, routes: some}
                                                                                               ^
cases/a.yaml:8:20: error: node 'web' has no service 'tcp/81'
        - web: {service: tcp/81, sysctl: {kernel.panic: 1}, insert: {rule: x}, append: {to: filter FORWARD}}
                         ^
hint: its services are: tcp/80
cases/a.yaml:8:37: error: 'kernel.panic' is not a sysctl of a netns
        - web: {service: tcp/81, sysctl: {kernel.panic: 1}, insert: {rule: x}, append: {to: filter FORWARD}}
                                          ^
hint: a key begins with 'net.' and holds letters, digits, '_', '-', '.' and '/'
cases/a.yaml:8:55: error: 'insert' needs 'before'
        - web: {service: tcp/81, sysctl: {kernel.panic: 1}, insert: {rule: x}, append: {to: filter FORWARD}}
                                                            ^
cases/a.yaml:8:74: error: 'append' needs 'rule'
        - web: {service: tcp/81, sysctl: {kernel.panic: 1}, insert: {rule: x}, append: {to: filter FORWARD}}
                                                                               ^
cases/a.yaml:10:19: error: node 'gw' runs no script 'setup.sh'
        - gw: {script: [setup.sh, 80]}
                        ^
hint: its rules are no script
cases/a.yaml:11:19: error: 'script' names no file
        - web: {script: []}
                        ^)");
}

TEST(CheckMistakes, KnowsTheCausesThereAre) {
  EXPECT_EQ(TestNetwork().case_mistakes(R"(topology: net
flows:
  a: tcp client -> web:80
  b: tcp client -> web:80
  c: tcp client -> web:80
  d: tcp client -> web:80
checks:
  a: {cause: rp_fliter at gw}
  b: {cause: bad luck}
  c: {cause: no route at gv}
  d: {cause: martian at}
)"),
            R"(cases/a.yaml:8:14: error: unknown cause 'rp_fliter'
        a: {cause: rp_fliter at gw}
                   ^ did you mean 'rp_filter'?
cases/a.yaml:9:14: error: unknown cause 'bad luck'
        b: {cause: bad luck}
                   ^
hint: the causes are: no route, blackhole, prohibited, not forwarding, rp_filter, martian, ttl exceeded, fragmentation needed, no listener, neighbour unresolved, conntrack full, socket filter, bad checksum, conntrack clash
cases/a.yaml:10:26: error: unknown node 'gv'
        c: {cause: no route at gv}
                               ^ did you mean 'gw'?
cases/a.yaml:11:14: error: 'martian at' is not a node
        d: {cause: martian at}
                   ^)");
}

TEST(CheckMistakes, WantsTextsThatAProgramsOutputLacks) {
  EXPECT_EQ(TestNetwork().case_mistakes(R"(topology: net
flows:
  a: tcp client -> web:80
  b: {exec: [ls], in: gw}
checks:
  a: {output lacks: error}
  b: {error output lacks: []}
)"),
            R"(cases/a.yaml:6:21: error: 'output lacks' is for exec flows
        a: {output lacks: error}
                          ^
cases/a.yaml:7:27: error: 'error output lacks' names no text
        b: {error output lacks: []}
                                ^)");
}

TEST(CheckMistakes, KnowsMarksCodePointsAndRangesOfPorts) {
  EXPECT_EQ(TestNetwork().case_mistakes(std::string(kVisit) + R"(checks:
  visit:
    seen as: 10.0.1.2:90..80
    answered from: 10.0.0.5..80
    hooks: {gw: {syn: [INPUT mark 0x1g, INPUT dscp fe, INPUT ttl 256, INPUT ttl, INPUT tll 3]}}
)"),
            R"(cases/a.yaml:7:14: error: '10.0.1.2:90..80' is no range of ports
          seen as: 10.0.1.2:90..80
                   ^
hint: write 192.0.2.1:1024..65535
cases/a.yaml:8:20: error: '10.0.0.5..80' is no range of ports
          answered from: 10.0.0.5..80
                         ^
hint: write 192.0.2.1:1024..65535
cases/a.yaml:9:35: error: '0x1g' is not a mark of 32 bits
          hooks: {gw: {syn: [INPUT mark 0x1g, INPUT dscp fe, INPUT ttl 256, INPUT ttl, INPUT tll 3]}}
                                        ^
hint: write 7 or 0x7
cases/a.yaml:9:52: error: 'fe' is no code point of DSCP
          hooks: {gw: {syn: [INPUT mark 0x1g, INPUT dscp fe, INPUT ttl 256, INPUT ttl, INPUT tll 3]}}
                                                         ^
hint: write such as ef, af11, cs1 or a number up to 63
cases/a.yaml:9:66: error: TTL '256' is not a number from 0 to 255
          hooks: {gw: {syn: [INPUT mark 0x1g, INPUT dscp fe, INPUT ttl 256, INPUT ttl, INPUT tll 3]}}
                                                                       ^
cases/a.yaml:9:77: error: 'ttl' is followed by no value
          hooks: {gw: {syn: [INPUT mark 0x1g, INPUT dscp fe, INPUT ttl 256, INPUT ttl, INPUT tll 3]}}
                                                                                  ^
cases/a.yaml:9:88: error: unexpected 'tll' after a hook
          hooks: {gw: {syn: [INPUT mark 0x1g, INPUT dscp fe, INPUT ttl 256, INPUT ttl, INPUT tll 3]}}
                                                                                             ^ did you mean 'ttl'?
hint: write such as 'INPUT in lo' or 'FORWARD mark 0x1 ttl 63 dscp ef')");
}

TEST(CheckMistakes, KnowsWhatFollowsVia) {
  EXPECT_EQ(
      TestNetwork().case_mistakes(std::string(kVisit) + R"(checks:
  visit:
    walk: {gw: {syn: [filter WEB rule 1 via, filter WEB via FORWARD rule, filter WEB via FORWARD 1]}}
)"),
      R"(cases/a.yaml:7:41: error: 'via' is followed by a chain and, if it matters, 'rule' and a number
          walk: {gw: {syn: [filter WEB rule 1 via, filter WEB via FORWARD rule, filter WEB via FORWARD 1]}}
                                              ^
cases/a.yaml:7:69: error: 'via' is followed by a chain and, if it matters, 'rule' and a number
          walk: {gw: {syn: [filter WEB rule 1 via, filter WEB via FORWARD rule, filter WEB via FORWARD 1]}}
                                                                          ^
cases/a.yaml:7:98: error: 'via' is followed by a chain and, if it matters, 'rule' and a number
          walk: {gw: {syn: [filter WEB rule 1 via, filter WEB via FORWARD rule, filter WEB via FORWARD 1]}}
                                                                                                       ^)");
}

TEST(CheckMistakes, KnowsWhereAnElementMayStand) {
  EXPECT_EQ(
      TestNetwork().case_mistakes(std::string(kVisit) + R"(checks:
  visit:
    walk: {gw: {syn: [filter WEB rule 1 element, filter WEB element 22 rule 1]}}
counters: {gw: {filter WEB rule 1 element 22: 1}}
)"),
      R"(cases/a.yaml:7:41: error: 'element' is followed by an element of a set, as nft lists it
          walk: {gw: {syn: [filter WEB rule 1 element, filter WEB element 22 rule 1]}}
                                              ^
hint: write such as 'element 10.0.1.0/24'; one of several words in quotes
cases/a.yaml:7:72: error: unexpected 'rule' in a step
          walk: {gw: {syn: [filter WEB rule 1 element, filter WEB element 22 rule 1]}}
                                                                             ^
hint: write such as 'filter FORWARD in eth0 rule 1 ACCEPT' or 'filter INPUT policy DROP'
cases/a.yaml:8:35: error: 'element' is what a packet met: here the rule alone is named
      counters: {gw: {filter WEB rule 1 element 22: 1}}
                                        ^)");
}

TEST(CheckMistakes, NamesWhatIsWrongWithHandlesHooksAndGroups) {
  EXPECT_EQ(
      TestNetwork().case_mistakes(std::string(kVisit) + R"(checks:
  visit:
    walk: {gw: {syn: [filter FORWARD rule handle, filter FORWARD rule handle x, filter FORWARD via WEBB]}}
    hooks: {gw: {syn: [INPUT ttl 1 ttl 2 mark 3 mark 4]}}
    use: []
mutant: {gw: {remove: filter FORWARD rule handle 3}}
)"),
      R"(cases/a.yaml:7:43: error: 'handle' is followed by a number, as 'nft -a list ruleset' has it
          walk: {gw: {syn: [filter FORWARD rule handle, filter FORWARD rule handle x, filter FORWARD via WEBB]}}
                                                ^
cases/a.yaml:7:71: error: 'handle' is followed by a number, as 'nft -a list ruleset' has it
          walk: {gw: {syn: [filter FORWARD rule handle, filter FORWARD rule handle x, filter FORWARD via WEBB]}}
                                                                            ^
cases/a.yaml:7:100: error: node 'gw': no chain 'WEBB' in table 'filter'
          walk: {gw: {syn: [filter FORWARD rule handle, filter FORWARD rule handle x, filter FORWARD via WEBB]}}
                                                                                                         ^ did you mean 'WEB'?
cases/a.yaml:8:36: error: 'ttl' is said twice
          hooks: {gw: {syn: [INPUT ttl 1 ttl 2 mark 3 mark 4]}}
                                         ^
cases/a.yaml:9:10: error: 'use' names no group
          use: []
               ^
cases/a.yaml:10:23: error: a rule that is not loaded yet has no handle
      mutant: {gw: {remove: filter FORWARD rule handle 3}}
                            ^
hint: name it by its number, its comment or its line)");
}

TEST(CheckMistakes, LookForGroupsOfChecks) {
  const TestNetwork network;
  network.write("fixtures/checks/served.checks", "outcome: conected\nuse: other\n");
  network.write("cases/web.checks", "outcome: connected\nreaches: wbe\n");
  EXPECT_EQ(network.case_mistakes(std::string(kVisit) + R"(  again: tcp client -> web:80
checks:
  visit: {use: srved}
  again: {use: [served, web], outcome: connected}
)"),
            R"(cases/a.yaml:7:16: error: no group of checks 'srved'
        visit: {use: srved}
                     ^ did you mean 'served'?
hint: looked for cases/srved.checks, fixtures/checks/srved.checks
cases/a.yaml:8:25: error: 'outcome' is said by 'web' and once more
        again: {use: [served, web], outcome: connected}
                              ^
fixtures/checks/served.checks:1:10: error: unknown outcome 'conected'
      outcome: conected
               ^ did you mean 'connected'?
fixtures/checks/served.checks:2:6: error: a group of checks cannot use another
      use: other
           ^
cases/web.checks:2:10: error: unknown node 'wbe'
      reaches: wbe
               ^ did you mean 'web'?)");
}

TEST(MatrixMistakes, AreToldWhereTheyStandInTheTable) {
  EXPECT_EQ(TestNetwork().case_mistakes(R"(topology: net
matrix:
  tcp/80: |
    from    web  wbe
    client  yes  yess
    gw      no
    client  no   -
)"),
            R"(cases/a.yaml:4:18: error: unknown node 'wbe'
          from    web  wbe
                       ^ did you mean 'web'?
cases/a.yaml:5:18: error: unknown word 'yess' in a table
          client  yes  yess
                       ^ did you mean 'yes'?
cases/a.yaml:6:5: error: the row of 'gw' has 1 cells, and the table 2 columns
          gw      no
          ^
cases/a.yaml:7:5: error: 'client' has two rows
          client  no   -
          ^)");
}

TEST(MatrixMistakes, AreColumnsThatStandThereTwice) {
  EXPECT_EQ(TestNetwork().case_mistakes(std::string(kVisit) + R"(matrix:
  tcp/80: |
    from web 10.0.0.5 web
    client yes yes yes
)"),
            R"(cases/a.yaml:7:23: error: 'web' has two columns
          from web 10.0.0.5 web
                            ^)");
}

TEST(MatrixMistakes, NeedATableAndAProtocol) {
  EXPECT_EQ(
      TestNetwork().case_mistakes(R"(topology: net
matrix:
  tcp/80: |
    web client
  tcp: |
    from web
    client yes
  tpc/80: |
    from web
    client yes
  icmp: |
    from gw
    client yes
)"),
      R"(cases/a.yaml:3:11: error: 'tcp/80' has no table: a line of columns that begins with 'from', and a line for each node that sends
        tcp/80: |
                ^
hint: write 'tcp/80: |', and below it 'from web' and 'client yes'
cases/a.yaml:5:3: error: 'tcp' to 'web': a tcp flow goes to a port: 'web' has none
        tcp: |
        ^
cases/a.yaml:8:3: error: 'tpc/80' to 'web': unknown protocol 'tpc'
        tpc/80: |
        ^
cases/a.yaml:11:3: error: 'icmp' to 'gw': node 'gw' has 2 addresses
        icmp: |
        ^
hint: say which: 10.0.1.1/24, 10.0.0.1/24)");
}

}  // namespace
}  // namespace fwproof::parse
