#include "observe/conntrack_decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/packet.h"
#include "observe/test_bytes.h"

namespace fwproof::observe {
namespace {

using ::testing::ElementsAre;

// Recorded from Linux 6.18: `tcp dport 80 redirect to :81` met by a connection to [::1]:80.
constexpr const char* kNewTcp6 =
    "f40000000001000600000000000000000a0000004c0001802c00018014000300000000000000000000000000"
    "0000000114000400000000000000000000000000000000011c00028005000100060000000600020013890000"
    "06000300005000004c0002802c00018014000300000000000000000000000000000000011400040000000000"
    "0000000000000000000000011c00028005000100060000000600020000510000060003001389000008000c00"
    "583d628608000300000001a80800070000000078300004802c0001800500010001000000050002000a000000"
    "050003000000000006000400030000000600050000000000";
constexpr const char* kEstablishedTcp6 =
    "f40000000001000000000000000000000a0000004c0001802c00018014000300000000000000000000000000"
    "0000000114000400000000000000000000000000000000011c00028005000100060000000600020013890000"
    "06000300005000004c0002802c00018014000300000000000000000000000000000000011400040000000000"
    "0000000000000000000000011c00028005000100060000000600020000510000060003001389000008000c00"
    "583d628608000300000001ae0800070000069780300004802c0001800500010003000000050002000a000000"
    "050003000a00000006000400230000000600050023000000";

// A connection that was refused: its entry goes away on the reset.
constexpr const char* kDestroyTcp =
    "a4000000020100000000000000000000020000003400018014000180080001007f000001080002007f000001"
    "1c000280050001000600000006000200138a000006000300005000003400028014000180080001007f000001"
    "080002007f0000011c0002800500010006000000060002000050000006000300138a000008000c003e5779f1"
    "08000300000002080800070000000078100004800c0001800500010008000000";

// An ICMP echo request, and an ICMPv6 one that was answered.
constexpr const char* kNewPing =
    "a4000000000100060000000000000000020000003c00018014000180080001007f000001080002007f000001"
    "2400028005000100010000000600040012340000050005000800000005000600000000003c00028014000180"
    "080001007f000001080002007f00000124000280050001000100000006000400123400000500050000000000"
    "050006000000000008000c00006c5d520800030000000008080007000000001e";
constexpr const char* kUpdatePing6 =
    "d40000000001000000000000000000000a000000540001802c00018014000300000000000000000000000000"
    "00000001140004000000000000000000000000000000000124000280050001003a0000000600070012340000"
    "05000800800000000500090000000000540002802c0001801400030000000000000000000000000000000001"
    "140004000000000000000000000000000000000124000280050001003a000000060007001234000005000800"
    "81000000050009000000000008000c000cb8960f080003000000018a080007000000001e";

// The FTP helper read a server's "227 Entering Passive Mode (127,0,0,1,117,48)".
constexpr const char* kExpected =
    "d8000000000200060000000000000000020000003400028014000180080001007f000001080002007f000001"
    "1c000280050001000600000006000200000000000600030075300000340003801400018008000100ffffffff"
    "08000200ffffffff1c0002800500010006000000060002000000000006000300ffff00003400018014000180"
    "080001007f000001080002007f0000011c000280050001000600000006000200138900000600030000150000"
    "080004000000012c0800050092f24071080008000000000008000900000000000800060066747000";

ConntrackEvent decoded(const char* hex) {
  const auto event = decode_conntrack(from_hex(hex));
  EXPECT_TRUE(event.has_value());
  return event.value_or(ConntrackEvent{});
}

TEST(ConntrackDecode, ReadsANewConnectionWithItsTranslation) {
  const ConntrackEvent event = decoded(kNewTcp6);
  EXPECT_EQ(event.kind, ConntrackEvent::Kind::new_);
  EXPECT_EQ(to_string(event.entry.original), "[::1]:5001 -> [::1]:80");
  EXPECT_EQ(to_string(event.entry.reply), "[::1]:81 -> [::1]:5001");
  EXPECT_EQ(event.entry.original.protocol, kProtocolTcp);
  EXPECT_EQ(event.entry.state, "SYN_SENT");
  EXPECT_THAT(event.entry.status,
              ElementsAre("CONFIRMED", "DST_NAT", "SRC_NAT_DONE", "DST_NAT_DONE"));
  EXPECT_EQ(event.entry.timeout, 120u);
  EXPECT_EQ(event.entry.id, 0x583d6286u);
  EXPECT_EQ(event.entry.mark, 0u);
  EXPECT_EQ(event.entry.zone, 0);
}

TEST(ConntrackDecode, ReadsWhatAHelperExpects) {
  const auto expectation = decode_expectation(from_hex(kExpected));
  ASSERT_TRUE(expectation.has_value());
  EXPECT_EQ(describe(*expectation), "{expected: 127.0.0.1 -> 127.0.0.1:30000, helper: ftp}");
  EXPECT_EQ(to_string(expectation->master), "127.0.0.1:5001 -> 127.0.0.1:21");
  EXPECT_FALSE(decode_conntrack(from_hex(kExpected)).has_value());
  EXPECT_FALSE(decode_expectation(from_hex(kNewTcp6)).has_value());
}

TEST(ConntrackDecode, ReadsAnUpdate) {
  const ConntrackEvent event = decoded(kEstablishedTcp6);
  EXPECT_EQ(event.kind, ConntrackEvent::Kind::update);
  EXPECT_EQ(event.entry.state, "ESTABLISHED");
  EXPECT_THAT(event.entry.status, ElementsAre("SEEN_REPLY", "ASSURED", "CONFIRMED", "DST_NAT",
                                              "SRC_NAT_DONE", "DST_NAT_DONE"));
}

TEST(ConntrackDecode, ReadsTheEndOfAnEntry) {
  const ConntrackEvent event = decoded(kDestroyTcp);
  EXPECT_EQ(event.kind, ConntrackEvent::Kind::destroy);
  EXPECT_EQ(to_string(event.entry.original), "127.0.0.1:5002 -> 127.0.0.1:80");
}

TEST(ConntrackDecode, ReadsIcmp) {
  const ConntrackEntry ping = decoded(kNewPing).entry;
  EXPECT_EQ(ping.original.protocol, kProtocolIcmp);
  EXPECT_EQ(ping.original.icmp_id, 0x1234);
  EXPECT_EQ(ping.original.icmp_type, 8);
  EXPECT_EQ(ping.reply.icmp_type, 0);
  EXPECT_EQ(ping.state, "");
  const ConntrackEvent ping6 = decoded(kUpdatePing6);
  EXPECT_EQ(ping6.kind, ConntrackEvent::Kind::update);
  EXPECT_EQ(ping6.entry.original.protocol, kProtocolIcmpv6);
  EXPECT_EQ(ping6.entry.original.icmp_id, 0x1234);
  EXPECT_EQ(ping6.entry.original.icmp_type, 128);
  EXPECT_EQ(ping6.entry.reply.icmp_type, 129);
}

TEST(ConntrackDecode, StaysWithinItsBytesWhateverTheyHold) {
  for (const char* hex : {kNewTcp6, kDestroyTcp, kNewPing, kUpdatePing6}) {
    const auto decode = [](std::span<const uint8_t> bytes) { decode_conntrack(bytes); };
    try_prefixes(hex, false, [](std::span<const uint8_t> bytes) {
      EXPECT_FALSE(decode_conntrack(bytes).has_value()) << bytes.size();
    });
    try_prefixes(hex, true, decode);
    try_changes(hex, decode);
  }
}

}  // namespace
}  // namespace fwproof::observe
