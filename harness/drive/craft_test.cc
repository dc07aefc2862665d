#include "drive/craft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "observe/packet_decode.h"

namespace fwproof::drive {
namespace {

using testing::ElementsAre;

Flow flow(FlowKind kind, uint8_t protocol) {
  Flow f;
  f.kind = kind;
  f.protocol = protocol;
  f.craft.emplace();
  return f;
}

const CraftedEnds kEnds{
    .from = *Endpoint::parse("10.0.0.1:1000"), .to = *Endpoint::parse("10.0.0.2:80"), .ip_id = 77};
const CraftedEnds kEnds6{.from = *Endpoint::parse("[2001:db8::1]:1000"),
                         .to = *Endpoint::parse("[2001:db8::2]:80"),
                         .ip_id = 77};

Packet decode(const Bytes& bytes) {
  const auto packet = observe::decode_packet(bytes);
  EXPECT_TRUE(packet.has_value());
  return packet.value_or(Packet{});
}

Packet only(const std::vector<Bytes>& packets) {
  EXPECT_EQ(packets.size(), 1u);
  return decode(packets.front());
}

/// The sum of a good header or message, its checksum included, is all ones (RFC 1071).
uint32_t sum(std::span<const uint8_t> bytes, uint32_t start = 0) {
  uint32_t total = start;
  for (size_t i = 0; i < bytes.size(); i += 2)
    total += static_cast<uint32_t>(bytes[i] << 8 | (i + 1 < bytes.size() ? bytes[i + 1] : 0));
  while (total > 0xffff) total = (total & 0xffff) + (total >> 16);
  return total;
}

TEST(Craft, WritesATcpHeaderAsAsked) {
  Flow xmas = flow(FlowKind::tcp, kProtocolTcp);
  xmas.craft->flags = kTcpFin | kTcpPsh | kTcpUrg;
  xmas.craft->seq = 4'000'000'000;
  xmas.craft->ack = 5;
  xmas.ttl = 3;
  xmas.tos = 0xb8;
  const Packet p = only(craft(xmas, kEnds));
  EXPECT_EQ(describe(p), "10.0.0.1:1000 > 10.0.0.2:80 tcp fin,psh,urg len 0");
  EXPECT_EQ(p.seq, 4'000'000'000);
  EXPECT_EQ(p.ack, 5u);
  EXPECT_EQ(p.ttl, 3);
  EXPECT_EQ(p.tos, 0xb8);
  EXPECT_EQ(p.ip_id, 77);
}

TEST(Craft, SumsTcpOverThePseudoHeaderUnlessItIsToBeBad) {
  Flow syn = flow(FlowKind::tcp, kProtocolTcp);
  syn.craft->tcp_options = {.mss = 1460, .window_scale = 7, .sack_permitted = true};
  const Bytes good = craft(syn, kEnds).front();
  const auto tcp = std::span(good).subspan(20);
  const uint32_t pseudo =
      sum(std::span(good).subspan(12, 8)) + kProtocolTcp + static_cast<uint32_t>(tcp.size());
  EXPECT_EQ(sum(tcp, pseudo), 0xffffu);
  syn.craft->bad_checksum = true;
  const Bytes bad = craft(syn, kEnds).front();
  EXPECT_NE(sum(std::span(bad).subspan(20), pseudo), 0xffffu);
}

TEST(Craft, WritesUdpOverBothFamilies) {
  Flow udp = flow(FlowKind::udp, kProtocolUdp);
  udp.payload = "hello";
  EXPECT_EQ(describe(only(craft(udp, kEnds))), "10.0.0.1:1000 > 10.0.0.2:80 udp len 5");
  EXPECT_EQ(describe(only(craft(udp, kEnds6))), "[2001:db8::1]:1000 > [2001:db8::2]:80 udp len 5");
}

TEST(Craft, WritesAnIcmpMessageWithItsSum) {
  Flow ask = flow(FlowKind::icmp, kProtocolIcmp);
  ask.craft->icmp_type = 13;
  const Bytes bytes = craft(ask, kEnds).front();
  EXPECT_EQ(describe(decode(bytes)), "10.0.0.1 > 10.0.0.2 timestamp-request");
  EXPECT_EQ(sum(std::span(bytes).subspan(20)), 0xffffu);
}

TEST(Craft, QuotesThePacketThatAnErrorIsAbout) {
  Flow error = flow(FlowKind::icmp, kProtocolIcmp);
  error.craft->icmp_type = 3;
  error.craft->icmp_code = 4;
  error.craft->mtu = 1400;
  Packet about;
  about.source = *IpAddress::parse("10.0.0.2");
  about.destination = *IpAddress::parse("10.0.0.1");
  about.protocol = kProtocolTcp;
  about.ip_id = 99;
  about.length = 60;
  CraftedEnds ends = kEnds;
  ends.quoted = about;
  const Packet p = only(craft(error, ends));
  EXPECT_EQ(icmp_name(p), "fragmentation-needed");
  ASSERT_TRUE(p.quoted);
  EXPECT_EQ(p.quoted->ip_id, 99);
  EXPECT_EQ(p.quoted->protocol, kProtocolTcp);
}

TEST(Craft, WritesProtocolsWithoutAClassOfTheirOwn) {
  EXPECT_EQ(describe(only(craft(flow(FlowKind::other, kProtocolSctp), kEnds))),
            "10.0.0.1:1000 > 10.0.0.2:80 sctp len 20");
  const Flow gre = flow(FlowKind::other, kProtocolGre);
  CraftedEnds ends = kEnds;
  ends.from.port = ends.to.port = 0;
  EXPECT_EQ(describe(only(craft(gre, ends))), "10.0.0.1 > 10.0.0.2 gre len 8");
  EXPECT_EQ(only(craft(flow(FlowKind::other, 200), ends)).protocol, 200);
}

TEST(Craft, WritesOptionsOfTheIpHeader) {
  Flow ping = flow(FlowKind::icmp, kProtocolIcmp);
  ping.craft->ip_options = {IpOption::router_alert};
  const Bytes bytes = craft(ping, kEnds).front();
  EXPECT_EQ(bytes[0], 0x46);
  EXPECT_THAT(std::vector<uint8_t>(bytes.begin() + 20, bytes.begin() + 24),
              ElementsAre(148, 4, 0, 0));
  ping.craft->ip_options = {IpOption::record_route, IpOption::timestamp, IpOption::loose_route};
  EXPECT_EQ(icmp_name(only(craft(ping, kEnds))), "echo-request");
}

std::vector<std::string> cut_of(const Fragments& how, const CraftedEnds& ends = kEnds) {
  Flow udp = flow(FlowKind::udp, kProtocolUdp);
  udp.payload = std::string(40, 'x');  // 48 bytes with UDP's header
  udp.craft->fragments = how;
  std::vector<std::string> parts;
  for (const Bytes& bytes : craft(udp, ends)) {
    const Packet p = decode(bytes);
    EXPECT_EQ(p.length, bytes.size());
    parts.push_back(std::to_string(p.fragment_offset) + "+" +
                    std::to_string(p.payload + (p.fragment_offset == 0 ? 8 : 0)) +
                    (p.more_fragments ? "" : "."));
  }
  return parts;
}

TEST(Craft, CutsIntoFragments) {
  EXPECT_THAT(cut_of({.size = 16}), ElementsAre("0+16", "16+16", "32+16."));
  EXPECT_THAT(cut_of({.size = 32}), ElementsAre("0+32", "32+16."));
  EXPECT_THAT(cut_of({.size = 48}), ElementsAre("0+48."));
  EXPECT_THAT(cut_of({.size = 16}, kEnds6), ElementsAre("0+16", "16+16", "32+16."));
}

TEST(Craft, ReversesOverlapsAndLeavesOutFragments) {
  EXPECT_THAT(cut_of({.size = 16, .reversed = true}), ElementsAre("32+16.", "16+16", "0+16"));
  EXPECT_THAT(cut_of({.size = 16, .overlap = 8}), ElementsAre("0+16", "8+24", "24+24."));
  EXPECT_THAT(cut_of({.size = 16, .missing = {2}}), ElementsAre("0+16", "32+16."));
}

}  // namespace
}  // namespace fwproof::drive
