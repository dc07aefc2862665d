#include "observe/nflog_decode.h"

#include <gtest/gtest.h>

#include "observe/test_bytes.h"

namespace fwproof::observe {
namespace {

// Recorded from Linux 6.18: a UDP packet over lo in legacy filter OUTPUT, and over IPv6 in INPUT.
constexpr const char* kOutput =
    "8400000000040000000000000000000002000000080001000800030021000a0054524143453a2066696c7465"
    "723a4f55545055543a72756c653a312000000000080005000000000108000b000000000008000e0000000000"
    "08000c0000000000220009004500001e25ae40004011171f7f0000017f00000113880035000afe1d68690000";
constexpr const char* kInput6 =
    "d00000000004000000000000000000000a0000000800010086dd010022000a0054524143453a2066696c7465"
    "723a494e5055543a706f6c6963793a3120000000080004000000000110000800000600000000000000000000"
    "06000f000304000006001100000e00001200100000000000000000000000000086dd00001400030000000000"
    "6b011cb300000000000b4b7d08000c0000000005360009006003d2b2000a1140000000000000000000000000"
    "000000010000000000000000000000000000000113880035000a001d68690000";

// A TCP SYN with options.
constexpr const char* kSyn =
    "d800000000040000000000000000000002000000080001000800010022000a0054524143453a2066696c7465"
    "723a494e5055543a706f6c6963793a3120000000080004000000000110000800000600000000000000000000"
    "06000f000304000006001100000e000012001000000000000000000000000000080000001400030000000000"
    "6b011cb300000000000b4ef908000c0000000011400009004500003c55d440004006e6e57f0000017f000001"
    "138a005054f98c1f00000000a002ffd7fe3000000204ffd70402080aeb54646d000000000103030a";

IpAddress ip(const char* text) { return IpAddress::parse(text).value(); }

TEST(NflogDecode, ReadsThePacketAndWhereItWas) {
  const auto message = decode_nflog(from_hex(kOutput));
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->family, Family::ip);
  EXPECT_EQ(message->prefix, "TRACE: filter:OUTPUT:rule:1 ");
  EXPECT_EQ(message->in_device, 0u);
  EXPECT_EQ(message->out_device, 1u);
  EXPECT_EQ(message->sequence, 0u);
  EXPECT_EQ(message->packet, (Packet{.source = ip("127.0.0.1"),
                                     .destination = ip("127.0.0.1"),
                                     .protocol = kProtocolUdp,
                                     .source_port = 5000,
                                     .destination_port = 53,
                                     .ip_id = 0x25ae,
                                     .ttl = 64,
                                     .length = 30,
                                     .payload = 2}));
}

TEST(NflogDecode, ReadsIpv6AndTcpOptions) {
  const auto udp = decode_nflog(from_hex(kInput6));
  ASSERT_TRUE(udp.has_value() && udp->packet.has_value());
  EXPECT_EQ(udp->family, Family::ip6);
  EXPECT_EQ(udp->in_device, 1u);
  EXPECT_EQ(describe(*udp->packet), "[::1]:5000 > [::1]:53 udp len 2");
  const auto syn = decode_nflog(from_hex(kSyn));
  ASSERT_TRUE(syn.has_value() && syn->packet.has_value());
  EXPECT_EQ(syn->packet->payload, 0);
  EXPECT_EQ(syn->packet->tcp_flags, kTcpSyn);
}

TEST(NflogDecode, StaysWithinItsBytesWhateverTheyHold) {
  for (const char* hex : {kOutput, kInput6, kSyn}) {
    const auto decode = [](std::span<const uint8_t> bytes) { decode_nflog(bytes); };
    try_prefixes(hex, false, [](std::span<const uint8_t> bytes) {
      EXPECT_FALSE(decode_nflog(bytes).has_value()) << bytes.size();
    });
    try_prefixes(hex, true, decode);
    try_changes(hex, decode);
  }
}

TEST(TraceLine, IsReadFromThePrefix) {
  using Kind = TraceEvent::Kind;
  EXPECT_EQ(parse_trace_line("TRACE: filter:INPUT:rule:2 "),
            (TraceLine{"filter", "INPUT", Kind::rule, 2}));
  EXPECT_EQ(parse_trace_line("TRACE: nat:POSTROUTING:policy:1 "),
            (TraceLine{"nat", "POSTROUTING", Kind::policy, 1}));
  EXPECT_EQ(parse_trace_line("TRACE: mangle:a:b:return:12 "),
            (TraceLine{"mangle", "a:b", Kind::return_, 12}));
}

TEST(TraceLine, IsRefusedIfAPartIsMissingOrUnknown) {
  for (const char* prefix :
       {"", "TRACE: ", "TRACE: filter", "TRACE: filter:INPUT", "TRACE: filter:INPUT:rule",
        "TRACE: filter:INPUT:rule:", "TRACE: filter:INPUT:rule:x", "TRACE: filter::rule:1",
        "TRACE: :INPUT:rule:1", "TRACE: filter:INPUT:jump:1", "TRACE: filter:rule:1",
        "TRACE: :::", "dropped: filter:INPUT:rule:1"})
    EXPECT_FALSE(parse_trace_line(prefix).has_value()) << prefix;
}

}  // namespace
}  // namespace fwproof::observe
