#include "observe/packet_decode.h"

#include <gtest/gtest.h>

#include "observe/test_bytes.h"

namespace fwproof::observe {
namespace {

constexpr const char* kSyn =
    "4500003c55d440004006e6e57f0000017f000001"
    "138a005054f98c1f00000000a002ffd7fe3000000204ffd70402080aeb54646d000000000103030a";
constexpr const char* kUdp = "4500001e25ae40004011171f7f0000017f00000113880035000afe1d6869";
constexpr const char* kPortUnreachable6 =
    "60055a71003a3a4000000000000000000000000000000001000000000000000000000000000000010104"
    "3e36000000006003d2b2000a11400000000000000000000000000000000100000000000000000000000000"
    "00000113880035000a001d6869";
// An IPv6 packet with a hop-by-hop header (a router alert) before its ICMPv6 listener report.
constexpr const char* kHopByHop =
    "6000000000200001fe80000000000000000000000000000aff0200000000000000000000000000163a000502000001"
    "0083000000000000000000000000000000000000000000000000";
// The first and the last fragment of an IPv6 UDP packet.
constexpr const char* kFirstFragment6 =
    "6000000000182c40000000000000000000000000000000010000000000000000000000000000000211000001000000"
    "07"
    "13880035200800000102030405060708";
constexpr const char* kLastFragment6 =
    "6000000000102c40000000000000000000000000000000010000000000000000000000000000000211000010000000"
    "07"
    "0102030405060708";

std::optional<Packet> decoded(const char* hex) { return decode_packet(from_hex(hex)); }

std::string text(const char* hex) {
  const auto packet = decoded(hex);
  return packet ? describe(*packet) : "not understood";
}

TEST(PacketDecode, ReadsIpv4AndIpv6Packets) {
  EXPECT_EQ(text(kSyn), "127.0.0.1:5002 > 127.0.0.1:80 tcp syn len 0");
  EXPECT_EQ(text(kUdp), "127.0.0.1:5000 > 127.0.0.1:53 udp len 2");
  EXPECT_EQ(text(kPortUnreachable6), "::1 > ::1 port-unreachable");
  EXPECT_EQ(decoded(kPortUnreachable6)->quoted,
            (QuotedPacket{.protocol = kProtocolUdp,
                          .length = 50,
                          .destination = *IpAddress::parse("::1"),
                          .source_port = 5000,
                          .destination_port = 53}));
}

TEST(PacketDecode, TakesATcpPacketThatIsLongerThanItCanSay) {
  auto bytes = from_hex(kSyn);
  bytes[2] = bytes[3] = 0;
  const auto packet = decode_packet(std::span(bytes).first(20), std::span(bytes).subspan(20, 20));
  ASSERT_TRUE(packet.has_value());
  EXPECT_EQ(packet->length, 65535);
  EXPECT_EQ(packet->payload, 65535 - 60);
  EXPECT_EQ(packet->destination_port, 80);
  bytes[9] = kProtocolUdp;
  EXPECT_EQ(decode_packet(bytes), std::nullopt);

  auto jumbo = from_hex(kHopByHop);
  jumbo[4] = jumbo[5] = 0;
  EXPECT_EQ(decode_packet(std::span(jumbo).first(40), {}).value().length, 65535);
}

TEST(PacketDecode, StepsOverIpv6ExtensionHeaders) {
  const auto packet = decoded(kHopByHop);
  ASSERT_TRUE(packet.has_value());
  EXPECT_EQ(packet->protocol, kProtocolIcmpv6);
  EXPECT_EQ(packet->icmp_type, 131);
  EXPECT_EQ(packet->payload, 16);
}

TEST(PacketDecode, LeavesExtensionHeadersAloneThatATraceMessageCutsOff) {
  const auto whole = from_hex(kHopByHop);
  const auto packet = decode_packet(std::span(whole).first(40), std::span(whole).subspan(48, 20));
  ASSERT_TRUE(packet.has_value());
  EXPECT_EQ(packet->protocol, 0);
  EXPECT_EQ(packet->icmp_type, 0);
}

TEST(PacketDecode, ReadsPortsOfTheFirstFragmentOnly) {
  const auto first = decoded(kFirstFragment6);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->destination_port, 53);
  EXPECT_TRUE(first->more_fragments);
  EXPECT_EQ(first->payload, 8);
  const auto last = decoded(kLastFragment6);
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->destination_port, 0);
  EXPECT_EQ(last->fragment_offset, 16);
  EXPECT_EQ(last->ip_id, 7u);
  EXPECT_EQ(last->protocol, kProtocolUdp);
}

TEST(PacketDecode, ReadsTheSameFromATraceMessageAsFromTheWholePacket) {
  for (const char* hex : {kSyn, kUdp}) {
    const auto whole = from_hex(hex);
    const auto transport = std::span(whole).subspan(20);
    const auto cut = transport.first(std::min<size_t>(transport.size(), 20));
    EXPECT_EQ(decode_packet(std::span(whole).first(20), cut), decode_packet(whole));
  }
  const auto bytes = from_hex(kPortUnreachable6);
  auto whole = decode_packet(bytes);
  ASSERT_TRUE(whole && whole->quoted);
  whole->quoted = QuotedPacket{.protocol = kProtocolUdp, .length = 50};  // the rest is cut off
  EXPECT_EQ(decode_packet(std::span(bytes).first(40), std::span(bytes).subspan(40, 20)), whole);
}

TEST(PacketDecode, TellsAShortPacketFromMissingEvidence) {
  // The packet says it is 24 bytes long: four bytes of UDP, too few for its header.
  const auto runt = decoded("4500001825ae40004011171f7f0000017f00000113880035");
  ASSERT_TRUE(runt.has_value());
  EXPECT_EQ(runt->destination_port, 0);
  EXPECT_EQ(runt->payload, 4);
  // This one says 30, but its last six bytes of UDP were not recorded.
  EXPECT_FALSE(decoded("4500001e25ae40004011171f7f0000017f00000113880035").has_value());
}

TEST(PacketDecode, StaysWithinItsBytesWhateverTheyHold) {
  for (const char* hex :
       {kSyn, kUdp, kPortUnreachable6, kHopByHop, kFirstFragment6, kLastFragment6}) {
    const auto decode = [](std::span<const uint8_t> bytes) {
      decode_packet(bytes);
      const size_t header = std::min<size_t>(bytes.size(), 40);
      decode_packet(bytes.first(header), bytes.subspan(header));
    };
    try_prefixes(hex, false, decode);
    try_changes(hex, decode);
  }
}

TEST(DescribeFrame, SaysWhatAnEthernetFrameHolds) {
  const std::string ethernet = "02000000000102000000000208";
  EXPECT_EQ(describe_frame(from_hex(ethernet + "00" + kUdp)),
            "127.0.0.1:5000 > 127.0.0.1:53 udp len 2");
  EXPECT_EQ(describe_frame(
                from_hex(ethernet + "060001080006040001020000000002c0a80b6c000000000000c0a80b68")),
            "arp who-has 192.168.11.104 tell 192.168.11.108");
  EXPECT_EQ(describe_frame(
                from_hex(ethernet + "060001080006040002020000000001c0a80b68020000000002c0a80b6c")),
            "arp reply 192.168.11.104 is-at 02:00:00:00:00:01");
  EXPECT_EQ(describe_frame(from_hex(ethernet + "06")), "arp");
  EXPECT_EQ(describe_frame(from_hex("02000000000102000000000288cc0207")),
            "ethertype 0x88cc, 2 bytes");
  EXPECT_EQ(describe_frame(from_hex("0200")), "a frame of 2 bytes");
}

TEST(DescribeFrame, StaysWithinItsBytesWhateverTheyHold) {
  const std::string arp =
      "0200000000010200000000020806"
      "0001080006040001020000000002c0a80b6c000000000000c0a80b68";
  const auto decode = [](std::span<const uint8_t> bytes) { describe_frame(bytes); };
  try_prefixes(arp, false, decode);
  try_changes(arp, decode);
}

TEST(PacketDecode, ReadsArpForIpv4OverEthernet) {
  const std::string request = "00010800060400010200000000010a0900010000000000000a090002";
  const auto arp = decode_arp(from_hex(request));
  ASSERT_TRUE(arp);
  EXPECT_EQ(arp->arp, kArpRequest);
  EXPECT_EQ(describe(*arp), "10.9.0.1 > 10.9.0.2 arp-request");
  EXPECT_TRUE(arp->is_for_many());
  EXPECT_FALSE(decode_arp(from_hex(request.substr(0, request.size() - 2))));
  EXPECT_FALSE(decode_arp(from_hex("0006" + request.substr(4))));
}

}  // namespace
}  // namespace fwproof::observe
