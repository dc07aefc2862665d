#include "follow/wires.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fwproof::follow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Interface plain(const std::string& name) { return {.name = name}; }

Interface port(const std::string& name, const std::string& master) {
  return {.name = name, .master = master};
}

Interface bridge(const std::string& name) { return {.name = name, .device = Bridge{}}; }

/// a and b on a bridge of `host`, whose third port leads to a switch with c and d.
Topology around_a_bridge() {
  Topology all;
  for (const char* name : {"a", "b", "c", "d"})
    all.nodes.push_back({.name = name, .interfaces = {plain("eth0")}});
  all.nodes.push_back({.name = "host",
                       .interfaces = {bridge("br0"), port("p1", "br0"), port("p2", "br0"),
                                      port("p3", "br0"), plain("eth9")}});
  all.nodes.push_back({.name = "switch", .bridge = true});
  all.nodes[2].interfaces.push_back({.name = "eth0.7", .device = Vlan{.link = "eth0", .id = 7}});
  all.links = {{.endpoints = {{"a", "eth0"}, {"host", "p1"}}},
               {.endpoints = {{"b", "eth0"}, {"host", "p2"}}},
               {.endpoints = {{"host", "p3"}, {"switch", "up"}}},
               {.endpoints = {{"switch", "x"}, {"c", "eth0"}}},
               {.endpoints = {{"switch", "y"}, {"d", "eth0"}}}};
  return all;
}

TEST(Wires, LeadOverLinksAndThroughBridges) {
  const auto from_a = Wires(around_a_bridge()).ways_from({"a", "eth0"});
  EXPECT_THAT(nodes_between(from_a, {"host", "p1"}), testing::Optional(IsEmpty()));
  EXPECT_THAT(nodes_between(from_a, {"host", "br0"}), testing::Optional(IsEmpty()));
  EXPECT_THAT(nodes_between(from_a, {"b", "eth0"}), testing::Optional(ElementsAre("host")));
  EXPECT_THAT(nodes_between(from_a, {"d", "eth0"}),
              testing::Optional(testing::UnorderedElementsAre("host", "switch")));
  EXPECT_THAT(nodes_between(from_a, {"c", "eth0.7"}),
              testing::Optional(testing::UnorderedElementsAre("host", "switch")));
}

TEST(Wires, LeadFromABridgeThroughOneOfItsPorts) {
  const auto from_bridge = Wires(around_a_bridge()).ways_from({"host", "br0"});
  EXPECT_EQ(first_step(from_bridge, {"a", "eth0"}), (LinkEnd{"host", "p1"}));
  EXPECT_EQ(first_step(from_bridge, {"d", "eth0"}), (LinkEnd{"host", "p3"}));
  EXPECT_EQ(first_step(from_bridge, {"host", "p3"}), (LinkEnd{"host", "p3"}));
  EXPECT_EQ(first_step(from_bridge, {"host", "br0"}), std::nullopt);
  EXPECT_EQ(first_step(from_bridge, {"host", "eth9"}), std::nullopt);
}

TEST(Wires, DoNotLeadThroughHosts) {
  const auto from_a = Wires(around_a_bridge()).ways_from({"a", "eth0"});
  EXPECT_EQ(nodes_between(from_a, {"host", "eth9"}), std::nullopt);
  EXPECT_EQ(nodes_between(from_a, {"b", "tun0"}), std::nullopt);
  EXPECT_EQ(nodes_between(Wires().ways_from({"a", "eth0"}), {"b", "eth0"}), std::nullopt);
}

}  // namespace
}  // namespace fwproof::follow
