#include "observe/trace_decode.h"

#include <gtest/gtest.h>

#include "observe/test_bytes.h"

namespace fwproof::observe {
namespace {

// Recorded from Linux 6.18: `ct state new jump x` in chain INPUT, met by a UDP packet over lo.
constexpr const char* kJump =
    "d0000000110a000000000000000000000200000008000f00000000020800040000000003080006004b7c7839"
    "0a000200494e5055540000000b00010066696c74657200000c00030000000000000000031400050008000100"
    "fffffffd060002007800000008000a000000000106000b0003040000180008004500001e25ae40004011171f"
    "7f0000017f0000010e00090013880035000afe1d686900001200070000000000000000000000000008000000"
    "080015000000000805001300000000000800120065a9890a0800140000000008";

// In chain x: `udp dport 53 return`.
constexpr const char* kReturn =
    "58000000110a000000000000000000000200000008000f00000000020800040000000003080006004b7c7839"
    "06000200780000000b00010066696c74657200000c00030000000000000000050c00050008000100fffffffb";

// Chain x again, left by its end.
constexpr const char* kEndOfChain =
    "4c000000110a000000000000000000000200000008000f0000000002080004000000000308000600221ab69e"
    "06000200780000000b00010066696c74657200000c00050008000100ffffffff";

// The policy of fwproof's own last chain; the packet was marked before.
constexpr const char* kPolicy =
    "58000000110a000000000000000000000100000008000f00000000020800040000000001080006004b7c7839"
    "0f000200696e7075742d6c61737400000c000100667770726f6f6600080010000000000108000e000000002a";

// `icmp type echo-request reject`.
constexpr const char* kReject =
    "58000000110a000000000000000000000200000008000f00000000020800040000000003080006001f72a276"
    "06000200780000000b00010066696c74657200000c00030000000000000000060c0005000800010000000000";

// The ICMP port-unreachable that answers the UDP packet.
constexpr const char* kIcmpError =
    "d8000000110a000000000000000000000200000008000f00000000020800040000000003080006007e053243"
    "0a000200494e5055540000000b00010066696c74657200000c00030000000000000000040c00050008000100"
    "0000000108000e000000002a08000a000000000106000b00030400001800080045c0003ac9ff00004001b201"
    "7f0000017f00000118000900030382ae000000004500001e25ae40004011171f120007000000000000000000"
    "0000000008000000080015000000000405001300010000000800120065a9890a0800140000000008";

// IPv6: a SYN as it leaves, its SYN-ACK, an ICMPv6 port-unreachable.
constexpr const char* kSyn6 =
    "b8000000110a000000000000000000000100000008000f000000000a08000400000000030800060092933a0c"
    "110002006f75747075742d6669727374000000000c000100667770726f6f66000c0003000000000000000003"
    "0c000500080001000000000108000c000000000106000d00030400002c000800600d21c20028064000000000"
    "000000000000000000000001000000000000000000000000000000011800090013890050a1151a5a00000000"
    "a002ffc400300000";
constexpr const char* kSynAck6 =
    "dc000000110a000000000000000000000100000008000f000000000a08000400000000030800060055a40b08"
    "0f000200696e7075742d6c61737400000c000100667770726f6f66000c00050008000100ffffffff08000a00"
    "0000000106000b00030400002c00080060046b2b002806400000000000000000000000000000000100000000"
    "0000000000000000000000011800090000501389dc86f70aa1151a5ba012ffb8003000001200070000000000"
    "000000000000000086dd00000800150000000002050013000100000008001200583d628608001400000001aa";
constexpr const char* kIcmpError6 =
    "dc000000110a000000000000000000000100000008000f000000000a0800040000000003080006000e4918a9"
    "0f000200696e7075742d6c61737400000c000100667770726f6f66000c00050008000100ffffffff08000a00"
    "0000000106000b00030400002c00080060055a71003a3a400000000000000000000000000000000100000000"
    "0000000000000000000000011800090001043e36000000006003d2b2000a1140000000001200070000000000"
    "000000000000000086dd0000080015000000000405001300010000000800120038b326500800140000000188";

TraceMessage decoded(const char* hex) {
  const auto message = decode_trace(from_hex(hex));
  EXPECT_TRUE(message.has_value());
  return message.value_or(TraceMessage{});
}

IpAddress ip(const char* text) { return IpAddress::parse(text).value(); }

TEST(TraceDecode, ReadsARuleThatJumpsWithTheHeadersOfItsPacket) {
  const TraceMessage message = decoded(kJump);
  const TraceEvent& event = message.event;
  EXPECT_EQ(event.id, 0x4b7c7839u);
  EXPECT_EQ(event.family, Family::ip);
  EXPECT_EQ(event.table, "filter");
  EXPECT_EQ(event.chain, "INPUT");
  EXPECT_EQ(event.kind, TraceEvent::Kind::rule);
  EXPECT_EQ(event.rule, 3u);
  EXPECT_EQ(event.verdict, Verdict::jump);
  EXPECT_EQ(event.target_chain, "x");
  EXPECT_EQ(event.ct_state, "new");
  EXPECT_EQ(event.conntrack_id, 0x65a9890au);
  EXPECT_EQ(event.mark, 0u);
  EXPECT_EQ(message.in_device, 1u);
  EXPECT_EQ(message.out_device, 0u);
  EXPECT_EQ(event.packet, (Packet{.source = ip("127.0.0.1"),
                                  .destination = ip("127.0.0.1"),
                                  .protocol = kProtocolUdp,
                                  .source_port = 5000,
                                  .destination_port = 53,
                                  .ip_id = 0x25ae,
                                  .ttl = 64,
                                  .length = 30,
                                  .payload = 2}));
}

TEST(TraceDecode, TellsARuleThatReturnsFromTheEndOfAChain) {
  const TraceEvent rule = decoded(kReturn).event;
  EXPECT_EQ(rule.chain, "x");
  EXPECT_EQ(rule.kind, TraceEvent::Kind::rule);
  EXPECT_EQ(rule.rule, 5u);
  EXPECT_EQ(rule.verdict, Verdict::return_);
  EXPECT_EQ(rule.packet, std::nullopt);

  const TraceEvent end = decoded(kEndOfChain).event;
  EXPECT_EQ(end.chain, "x");
  EXPECT_EQ(end.kind, TraceEvent::Kind::return_);
  EXPECT_EQ(end.rule, 0u);
  EXPECT_EQ(end.verdict, Verdict::continue_);
}

TEST(TraceDecode, ReadsAPolicyAndThePacketsMark) {
  const TraceEvent event = decoded(kPolicy).event;
  EXPECT_EQ(event.family, Family::inet);
  EXPECT_EQ(event.table, "fwproof");
  EXPECT_EQ(event.chain, "input-last");
  EXPECT_EQ(event.kind, TraceEvent::Kind::policy);
  EXPECT_EQ(event.verdict, Verdict::accept);
  EXPECT_EQ(event.mark, 0x2au);
  EXPECT_EQ(event.conntrack_id, std::nullopt);
}

TEST(TraceDecode, ReadsRejectAsADrop) {
  EXPECT_EQ(decoded(kReject).event.verdict, Verdict::drop);
  EXPECT_EQ(decoded(kReject).event.rule, 6u);
}

TEST(TraceDecode, ReadsWhatAnIcmpErrorQuotes) {
  const TraceEvent event = decoded(kIcmpError).event;
  ASSERT_TRUE(event.packet.has_value());
  EXPECT_EQ(event.packet->icmp_type, 3);
  EXPECT_EQ(event.packet->icmp_code, 3);
  EXPECT_EQ(event.packet->tos, 0xc0);
  EXPECT_EQ(event.packet->length, 58);
  EXPECT_EQ(event.packet->quoted,
            (QuotedPacket{.protocol = kProtocolUdp, .ip_id = 0x25ae, .length = 30}));
  EXPECT_EQ(event.ct_state, "related");
}

TEST(TraceDecode, ReadsIpv6) {
  const TraceMessage syn = decoded(kSyn6);
  EXPECT_EQ(syn.out_device, 1u);
  EXPECT_EQ(syn.in_device, 0u);
  EXPECT_EQ(syn.event.packet, (Packet{.source = ip("::1"),
                                      .destination = ip("::1"),
                                      .protocol = kProtocolTcp,
                                      .source_port = 5001,
                                      .destination_port = 80,
                                      .ttl = 64,
                                      .length = 80,
                                      .seq = 0xa1151a5au,
                                      .tcp_flags = kTcpSyn}));
  const TraceEvent answer = decoded(kSynAck6).event;
  ASSERT_TRUE(answer.packet.has_value());
  EXPECT_EQ(answer.packet->ack, 0xa1151a5au + 1);
  EXPECT_EQ(answer.packet->tcp_flags, kTcpSyn | kTcpAck);
  EXPECT_EQ(answer.ct_state, "established");
  const auto error = decoded(kIcmpError6).event.packet;
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(icmp_name(*error), "port-unreachable");
  EXPECT_EQ(error->quoted, (QuotedPacket{.protocol = kProtocolUdp, .length = 50}));
}

TEST(TraceDecode, RefusesMessagesThatEndTooEarlyOrAreOfAnotherKind) {
  for (const char* hex : {kJump, kReturn, kPolicy, kIcmpError6})
    try_prefixes(hex, false, [](std::span<const uint8_t> bytes) {
      EXPECT_EQ(decode_trace(bytes).has_value(), false) << bytes.size();
    });
  auto other = from_hex(kPolicy);
  other[4] = 0x10;  // another message of nf_tables
  EXPECT_FALSE(decode_trace(other).has_value());
}

TEST(TraceDecode, StaysWithinItsBytesWhateverTheyHold) {
  for (const char* hex : {kJump, kReturn, kEndOfChain, kPolicy, kIcmpError, kSyn6}) {
    const auto decode = [](std::span<const uint8_t> bytes) { decode_trace(bytes); };
    try_prefixes(hex, true, decode);
    try_changes(hex, decode);
  }
}

}  // namespace
}  // namespace fwproof::observe
