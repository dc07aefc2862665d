#include "follow/links.h"

#include <gtest/gtest.h>

#include <random>

#include "follow/link.h"
#include "follow/passages.h"

namespace fwproof::follow {
namespace {

/// a, b and c around two bridges, b0 and b1.
Wires two_bridges() {
  Topology all;
  for (const char* name : {"a", "b", "c"}) all.nodes.push_back({.name = name});
  for (const char* name : {"b0", "b1"})
    all.nodes.push_back({.name = name,
                         .interfaces = {{.name = "br0", .device = Bridge{}},
                                        {.name = "eth0", .master = "br0"},
                                        {.name = "eth1", .master = "br0"},
                                        {.name = "eth2", .master = "br0"}}});
  all.links = {{.endpoints = {{"a", "eth0"}, {"b0", "eth0"}}},
               {.endpoints = {{"b0", "eth1"}, {"b1", "eth1"}}},
               {.endpoints = {{"b0", "eth2"}, {"b", "eth0"}}},
               {.endpoints = {{"b1", "eth0"}, {"c", "eth0"}}}};
  return Wires(all);
}

/// Messages as no kernel sends them, of few packets that are much alike.
class Babble {
 public:
  explicit Babble(unsigned seed) : random_(seed) {}

  TraceEvent next() {
    TraceEvent event;
    event.node = one_of({"a", "b", "c", "b0", "b1"});
    event.id = any(3);
    event.family = any(4) == 0 ? Family::bridge : Family::inet;
    event.table = kTraceTable;
    event.kind = TraceEvent::Kind::rule;
    event.verdict = Verdict::accept;
    event.in_dev = one_of({"", "eth0", "eth1", "br0", "lo"});
    event.out_dev = one_of({"", "eth0", "eth1", "br0", "lo"});
    if (any(5) == 0) {
      event.table = "filter";
      event.chain = "FORWARD";
      event.verdict = any(2) == 0 ? Verdict::drop : Verdict::accept;
    } else if (any(8) == 0) {
      event.chain = kIngressChain.name;
    } else if (any(4) == 0) {
      event.chain = kLoneChains[any(std::size(kLoneChains))].name;
    } else {
      event.chain = kTraceChains[any(std::size(kTraceChains))].name;
    }
    if (any(10) != 0) event.packet = packet();
    return event;
  }

 private:
  unsigned any(unsigned below) { return static_cast<unsigned>(random_() % below); }
  const char* one_of(std::initializer_list<const char*> all) {
    return all.begin()[any(static_cast<unsigned>(all.size()))];
  }

  Packet packet() {
    Packet p;
    p.source = *IpAddress::parse("10.0.0.1");
    p.destination = *IpAddress::parse(any(4) == 0 ? "10.0.0.255" : "10.0.0.2");
    p.protocol = kProtocolTcp;
    p.tcp_flags = kTcpSyn;
    p.source_port = 1000;
    p.destination_port = 80;
    p.ip_id = static_cast<uint16_t>(any(2));
    p.ttl = 64;
    p.length = 60;
    if (any(4) == 0) {
      p.more_fragments = any(2) == 0;
      p.fragment_offset = p.more_fragments ? 0 : 40;
    }
    return p;
  }

  std::mt19937 random_;
};

TEST(Link, PutsEachPassageIntoOneWayWhateverItIsTold) {
  const Wires wires = two_bridges();
  const RulesByNode none;
  for (unsigned seed = 0; seed < 1000; ++seed) {
    Babble babble(seed);
    Passages passages(Backend::nft, none);
    for (unsigned i = 0; i < 10 + seed % 60; ++i) passages.add(babble.next());
    std::vector<int> ways_of(passages.all().size(), 0);
    for (const Way& way : link(passages.all(), wires))
      for (const size_t passage : way.passages) ++ways_of[passage];
    for (size_t i = 0; i < ways_of.size(); ++i)
      ASSERT_EQ(ways_of[i], 1) << "seed " << seed << ", passage " << i;
  }
}

}  // namespace
}  // namespace fwproof::follow
