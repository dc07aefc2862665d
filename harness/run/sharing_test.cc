#include "run/sharing.h"

#include <gtest/gtest.h>

namespace fwproof::run {
namespace {

/// Two hosts on one wire, and a flow from one to the other.
Case plain_case() {
  const auto host = [](const char* name, const char* address) {
    return Node{.name = name,
                .interfaces = {{.name = "eth0", .addresses = {*Prefix::parse(address)}}}};
  };
  Case c;
  c.topology.nodes = {host("a", "10.0.0.1/24"), host("b", "10.0.0.2/24")};
  c.topology.links = {{.endpoints = {{"a", "eth0"}, {"b", "eth0"}}}};
  c.rules[Backend::nft] = {{"b", {{.kind = RulesFile::Kind::nft}}}};
  c.flows = {{.name = "web", .kind = FlowKind::tcp, .node = "a"}};
  return c;
}

template <typename Change>
bool may_share_with(const Change& change) {
  Case c = plain_case();
  change(c);
  return may_share(c, Backend::nft);
}

TEST(Sharing, IsForPlainCases) {
  EXPECT_TRUE(may_share(plain_case(), Backend::nft));
  EXPECT_FALSE(may_share(plain_case(), Backend::iptables_legacy));
}

TEST(Sharing, IsNotForCasesThatDoAnythingElse) {
  EXPECT_FALSE(may_share_with([](Case& c) { c.isolate = true; }));
  EXPECT_FALSE(may_share_with([](Case& c) { c.real_time = true; }));
  EXPECT_FALSE(may_share_with([](Case& c) { c.steps.resize(1); }));
  EXPECT_FALSE(may_share_with([](Case& c) { c.logs.resize(1); }));
  EXPECT_FALSE(may_share_with([](Case& c) { c.flows[0].kind = FlowKind::exec; }));
  EXPECT_FALSE(may_share_with([](Case& c) { c.flows[0].craft.emplace(); }));
  EXPECT_FALSE(may_share_with([](Case& c) { c.flows[0].connection_of = "web"; }));
  EXPECT_FALSE(may_share_with(
      [](Case& c) { c.rules[Backend::nft][0].files[0].kind = RulesFile::Kind::script; }));
  EXPECT_FALSE(may_share_with([](Case& c) {
    c.checks.resize(1);
    c.checks[0].cause.emplace();
  }));
}

TEST(Sharing, IsNotForOtherNetworks) {
  EXPECT_FALSE(may_share_with([](Case& c) { c.topology.nodes[0].bridge = true; }));
  EXPECT_FALSE(may_share_with([](Case& c) { c.topology.links[0].netem.emplace(); }));
  EXPECT_FALSE(may_share_with([](Case& c) { c.topology.links[0].bridge = true; }));
  EXPECT_FALSE(may_share_with([](Case& c) {
    c.topology.nodes[0].sysctls = {{"net.ipv4.ip_forward", "1"}};
  }));
  EXPECT_FALSE(may_share_with([](Case& c) {
    c.topology.nodes[0].interfaces[0].addresses.push_back(*Prefix::parse("fd00::1/64"));
  }));
  EXPECT_FALSE(may_share_with([](Case& c) { c.topology.nodes[0].interfaces[0].device = Dummy{}; }));
}

/// What a flow saw: one packet that was delivered, and its answer.
Seen seen(const Packet& packet, FlowResult::Socket socket) {
  Walk walk;
  walk.packet = packet;
  walk.end.kind = WalkEnd::Kind::delivered;
  return {.flows = {{.flow = "web", .result = {.socket = socket}, .walks = {walk}}}};
}

Packet tcp(uint8_t flags) { return {.protocol = kProtocolTcp, .tcp_flags = flags}; }
Packet icmp(uint8_t type, uint8_t code) {
  return {.protocol = kProtocolIcmp, .icmp_type = type, .icmp_code = code};
}

TEST(Sharing, GoesOnAfterPacketsThatTheKernelForgets) {
  using Socket = FlowResult::Socket;
  EXPECT_TRUE(leaves_nothing(seen(tcp(kTcpSyn), Socket::pending)));
  EXPECT_TRUE(leaves_nothing(seen(tcp(kTcpSyn | kTcpAck), Socket::completed)));
  EXPECT_TRUE(leaves_nothing(seen(icmp(3, 3), Socket::failed)));  // port unreachable
}

TEST(Sharing, EndsWhereAnythingMayBeLeft) {
  using Socket = FlowResult::Socket;
  EXPECT_FALSE(leaves_nothing(seen(tcp(kTcpSyn | kTcpAck), Socket::pending)));
  EXPECT_FALSE(leaves_nothing(seen(tcp(kTcpAck), Socket::half)));
  EXPECT_FALSE(leaves_nothing(seen(icmp(3, 4), Socket::failed)));     // fragmentation needed
  EXPECT_FALSE(leaves_nothing(seen(icmp(5, 1), Socket::completed)));  // redirect
  EXPECT_FALSE(leaves_nothing(seen({.protocol = kProtocolGre}, Socket::completed)));
  Packet fragment = tcp(kTcpAck);
  fragment.more_fragments = true;
  EXPECT_FALSE(leaves_nothing(seen(fragment, Socket::completed)));
  Seen vanished = seen(tcp(kTcpSyn), Socket::pending);
  vanished.flows[0].walks[0].end.kind = WalkEnd::Kind::lost;
  EXPECT_FALSE(leaves_nothing(vanished));
  Seen expected = seen(tcp(kTcpAck), Socket::completed);
  expected.expectations.resize(1);
  EXPECT_FALSE(leaves_nothing(expected));
}

}  // namespace
}  // namespace fwproof::run
