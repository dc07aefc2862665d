// Causes from evidence made by hand.
#include "follow/cause.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace fwproof::follow {
namespace {

using Kind = WalkEnd::Kind;

Flow udp_flow() {
  Flow flow;
  flow.name = "ask";
  flow.kind = FlowKind::udp;
  flow.node = "client";
  return flow;
}

Packet packet(uint8_t protocol = kProtocolUdp) {
  Packet p;
  p.source = *IpAddress::parse("10.1.0.5");
  p.destination = *IpAddress::parse("10.2.0.5");
  p.protocol = protocol;
  p.ttl = 63;
  return p;
}

/// Seen last in `hook` of gw, up to its end if `passed`.
Walk walk(Kind kind, Hook hook, const Packet& p = packet(), bool passed = true) {
  Walk w;
  w.name = "data";
  w.packet = p;
  HookVisit visit{.hook = hook, .out_dev = "eth1", .passed = passed, .at_start = p, .at_end = p};
  w.visits = {{"gw", {visit}}};
  w.end = {.kind = kind, .node = "gw", .hook = hook};
  return w;
}

Walk lost_in_routing() { return walk(Kind::lost, Hook::prerouting); }

/// An ICMP error that gw sends about the walk `data`.
Walk error(uint8_t type, uint8_t code) {
  Packet p = packet(kProtocolIcmp);
  p.icmp_type = type;
  p.icmp_code = code;
  Walk w = walk(Kind::delivered, Hook::output, p);
  w.name = icmp_name(p);
  w.about = "data";
  w.direction = Direction::reply;
  return w;
}

std::string cause_of(const LossEvidence& evidence, std::vector<Walk> walks,
                     const FlowResult& result = {}) {
  FlowSeen seen;
  seen.walks = std::move(walks);
  seen.result = result;
  find_causes(udp_flow(), evidence, seen);
  if (seen.not_sent) return describe(*seen.not_sent);
  return seen.walks[0].end.cause ? describe(*seen.walks[0].end.cause) : "";
}

LossEvidence grown(const std::string& counter, const std::string& node = "gw") {
  LossEvidence evidence;
  evidence.grown[node][counter] = 1;
  return evidence;
}

TEST(Cause, IsUnknownWithoutEvidence) { EXPECT_EQ(cause_of({}, {lost_in_routing()}), ""); }

TEST(Cause, IsToldOfWhatCameToBeRoutedByABridge) {
  Walk behind_bridge = walk(Kind::lost, Hook::input);
  behind_bridge.visits[0].hooks[0].bridge = true;
  EXPECT_EQ(cause_of({}, {behind_bridge, error(11, 0)}), "ttl exceeded (gw sent 'time-exceeded')");
}

TEST(Cause, OfAProgramsPacketIsToldByCountersOnlyWhereTheyCountAllThatCameThere) {
  FlowResult program;
  program.socket = FlowResult::Socket::ran;
  const Walk delivered = walk(Kind::delivered, Hook::input);
  EXPECT_EQ(cause_of(grown("Udp InErrors"), {delivered}, program),
            "socket filter (Udp InErrors +1 on gw)");
  EXPECT_EQ(cause_of(grown("Udp InErrors"), {delivered, delivered}, program), "");
  EXPECT_EQ(cause_of(grown("Udp NoPorts"), {delivered, delivered}, program), "");
}

TEST(Cause, IsToldByTheCountersOfTheNode) {
  const auto routing = [](const std::string& counter) {
    return cause_of(grown(counter), {lost_in_routing()});
  };
  EXPECT_EQ(routing("TcpExt IPReversePathFilter"),
            "rp_filter (TcpExt IPReversePathFilter +1 on gw)");
  EXPECT_EQ(routing("IpExt InNoRoutes"), "no route (IpExt InNoRoutes +1 on gw)");
  EXPECT_EQ(routing("Ip InAddrErrors"), "not forwarding (Ip InAddrErrors +1 on gw)");
  EXPECT_EQ(routing("Ip FragFails"), "fragmentation needed (Ip FragFails +1 on gw)");
  EXPECT_EQ(routing("Udp NoPorts"), "") << "it did not get that far";
  EXPECT_EQ(cause_of(grown("IpExt InNoRoutes", "other"), {lost_in_routing()}), "");
}

TEST(Cause, IsATtlOnlyIfItWasUsedUp) {
  EXPECT_EQ(cause_of(grown("Ip InHdrErrors"), {lost_in_routing()}), "");
  Packet last = packet();
  last.ttl = 1;
  EXPECT_EQ(cause_of(grown("Ip InHdrErrors"), {walk(Kind::lost, Hook::prerouting, last)}),
            "ttl exceeded (Ip InHdrErrors +1 on gw)");
}

TEST(Cause, IsAFullTableOfConnectionsWherePreroutingWasNotPassed) {
  EXPECT_EQ(
      cause_of(grown("nf_conntrack drop"), {walk(Kind::lost, Hook::prerouting, packet(), false)}),
      "conntrack full (nf_conntrack drop +1 on gw)");
  EXPECT_EQ(cause_of(grown("nf_conntrack drop"), {lost_in_routing()}), "");
}

TEST(Cause, IsAClashWhereConntrackCouldNotConfirmWhatPassedTheLastHook) {
  FlowSeen seen;
  seen.walks = {walk(Kind::left, Hook::postrouting)};
  for (int times = 0; times < 2; ++times) {
    find_causes(udp_flow(), grown("nf_conntrack insert_failed"), seen);
    EXPECT_EQ(
        to_string(seen.walks[0].end),
        "lost in gw after POSTROUTING: conntrack clash (nf_conntrack insert_failed +1 on gw)");
  }
  EXPECT_EQ(cause_of(grown("nf_conntrack insert_failed"), {walk(Kind::delivered, Hook::input)}),
            "conntrack clash (nf_conntrack insert_failed +1 on gw)");
  EXPECT_EQ(cause_of(grown("nf_conntrack insert_failed"), {lost_in_routing()}), "");
}

TEST(Cause, IsToldByTheErrorThatTheNodeSentAboutThePacket) {
  EXPECT_EQ(cause_of({}, {lost_in_routing(), error(11, 0)}),
            "ttl exceeded (gw sent 'time-exceeded')");
  EXPECT_EQ(cause_of({}, {lost_in_routing(), error(3, 4)}),
            "fragmentation needed (gw sent 'fragmentation-needed')");
  EXPECT_EQ(cause_of({}, {lost_in_routing(), error(3, 13)}),
            "prohibited (gw sent 'communication-prohibited')");
  EXPECT_EQ(cause_of({}, {walk(Kind::left, Hook::postrouting), error(3, 1)}),
            "neighbour unresolved (gw sent 'host-unreachable')");
  EXPECT_EQ(cause_of({}, {walk(Kind::delivered, Hook::input), error(3, 3)}),
            "no listener (gw sent 'port-unreachable')");
  Walk of_another = error(11, 0);
  of_another.visits[0].node = "elsewhere";
  EXPECT_EQ(cause_of({}, {lost_in_routing(), of_another}), "");
}

TEST(Cause, IsNotToldOfAGroupThatNobodyMayHaveJoined) {
  LossEvidence evidence;
  evidence.refusals["data"] = {"ip route get X", EINVAL, false};
  Walk to_a_group = lost_in_routing();
  to_a_group.packet.destination = *IpAddress::parse("224.0.0.251");
  EXPECT_EQ(cause_of(evidence, {to_a_group}), "");
}

TEST(Cause, IsToldByTheKernelsAnswerToTheQuestionForTheRoute) {
  const auto refused = [](int error_number, bool for_itself_too) {
    LossEvidence evidence;
    evidence.refusals["data"] = {"ip route get X", error_number, for_itself_too};
    return cause_of(evidence, {lost_in_routing()});
  };
  EXPECT_EQ(refused(ENETUNREACH, true),
            "no route (on gw, 'ip route get X' says Network is unreachable)");
  EXPECT_EQ(refused(EINVAL, true), "blackhole (on gw, 'ip route get X' says Invalid argument)");
  EXPECT_EQ(refused(EINVAL, false), "martian (on gw, 'ip route get X' says Invalid argument)");
  EXPECT_EQ(refused(EACCES, true), "prohibited (on gw, 'ip route get X' says Permission denied)");
  EXPECT_EQ(refused(EHOSTUNREACH, false),
            "not forwarding (on gw, 'ip route get X' says No route to host)");
  EXPECT_EQ(refused(EHOSTUNREACH, true),
            "no route (on gw, 'ip route get X' says No route to host)");
}

TEST(Cause, OfARefusedRouteIsRpFilterWhereThatHasCounted) {
  LossEvidence evidence = grown("TcpExt IPReversePathFilter");
  evidence.refusals["data"] = {"ip route get X", EINVAL, false};
  evidence.reasons = {"IP_RPFILTER"};
  EXPECT_EQ(cause_of(evidence, {lost_in_routing()}),
            "rp_filter (on gw, 'ip route get X' says Invalid argument; TcpExt IPReversePathFilter "
            "+1 on gw; drop reason IP_RPFILTER)");
}

TEST(Cause, IsToldByTheKernelsReasonWhereNothingElseTells) {
  LossEvidence evidence;
  evidence.reasons = {"NETFILTER_DROP", "IP_INVALID_SOURCE", "NO_SOCKET"};
  EXPECT_EQ(cause_of(evidence, {lost_in_routing()}), "martian (drop reason IP_INVALID_SOURCE)");
  evidence.reasons = {"SOCKET_FILTER"};
  EXPECT_EQ(cause_of(evidence, {walk(Kind::delivered, Hook::input)}),
            "socket filter (drop reason SOCKET_FILTER)");
}

TEST(Cause, IsLeftOpenWhereTheEvidenceNamesTwo) {
  LossEvidence evidence = grown("IpExt InNoRoutes");
  evidence.grown["gw"]["Ip InAddrErrors"] = 1;
  EXPECT_EQ(cause_of(evidence, {lost_in_routing()}), "");
  evidence = {};
  evidence.reasons = {"IP_RPFILTER", "IP_INNOROUTES"};
  EXPECT_EQ(cause_of(evidence, {lost_in_routing()}), "");
}

TEST(Cause, IsASilentNeighbourOfTheDeviceItLeftBy) {
  LossEvidence evidence;
  evidence.neighbours = {{"gw", "eth0", *IpAddress::parse("10.1.0.9")}};
  EXPECT_EQ(cause_of(evidence, {walk(Kind::left, Hook::postrouting)}), "");
  evidence.neighbours.push_back({"gw", "eth1", *IpAddress::parse("10.2.0.5")});
  EXPECT_EQ(cause_of(evidence, {walk(Kind::left, Hook::postrouting)}),
            "neighbour unresolved (neighbour 10.2.0.5 on gw eth1 is FAILED)");
}

TEST(Cause, IsAChecksumWhereTheNextNodeCountedIt) {
  EXPECT_EQ(cause_of(grown("IpExt InCsumErrors", "web"), {walk(Kind::left, Hook::postrouting)}),
            "bad checksum (IpExt InCsumErrors +1 on web)");
  EXPECT_EQ(cause_of(grown("Udp InCsumErrors"), {walk(Kind::delivered, Hook::input)}),
            "bad checksum (Udp InCsumErrors +1 on gw)");
}

TEST(Cause, IsASocketFilterWhereUdpCountsAnErrorOfNoOtherKind) {
  EXPECT_EQ(cause_of(grown("Udp InErrors"), {walk(Kind::delivered, Hook::input)}),
            "socket filter (Udp InErrors +1 on gw)");
  LossEvidence full = grown("Udp InErrors");
  full.grown["gw"]["Udp RcvbufErrors"] = 1;
  EXPECT_EQ(cause_of(full, {walk(Kind::delivered, Hook::input)}), "");
}

TEST(Cause, IsNotAskedOfWhatWasServed) {
  FlowResult served;
  served.socket = FlowResult::Socket::completed;
  EXPECT_EQ(cause_of(grown("Udp NoPorts"), {walk(Kind::delivered, Hook::input)}, served), "");
}

TEST(Cause, OfNothingSentIsTheSocketsError) {
  FlowResult failed;
  failed.socket = FlowResult::Socket::failed;
  failed.error_number = ENETUNREACH;
  EXPECT_EQ(cause_of(grown("Ip OutNoRoutes", "client"), {}, failed),
            "no route (the socket of client says Network is unreachable; Ip OutNoRoutes +1 on "
            "client)");
}

}  // namespace
}  // namespace fwproof::follow
