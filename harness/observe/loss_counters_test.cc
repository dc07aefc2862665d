#include "observe/loss_counters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "observe/drop_reasons.h"

namespace fwproof::observe {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(LossCounters, AreReadFromPairsOfLines) {
  LossCounts counts;
  read_snmp(
      "Ip: Forwarding InHdrErrors InAddrErrors\n"
      "Ip: 1 3 0\n"
      "Tcp: MaxConn InCsumErrors\n"
      "Tcp: -1 7\n"
      "TcpExt: SyncookiesSent IPReversePathFilter\n"
      "TcpExt: 5 2\n",
      counts);
  EXPECT_THAT(counts,
              ElementsAre(Pair("Ip InAddrErrors", 0), Pair("Ip InHdrErrors", 3),
                          Pair("Tcp InCsumErrors", 7), Pair("TcpExt IPReversePathFilter", 2)));
}

TEST(LossCounters, AreNotReadFromLinesThatDoNotFitTogether) {
  LossCounts counts;
  read_snmp("Ip: InHdrErrors InAddrErrors\nIp: 1\nUdp: NoPorts\nTcp: 1\nIp: InHdrErrors", counts);
  EXPECT_TRUE(counts.empty());
}

TEST(LossCounters, AreReadFromLinesOfIpv6) {
  LossCounts counts;
  read_snmp6("Ip6InReceives  \t12\nIp6InNoRoutes  \t1\n\n", counts);
  EXPECT_THAT(counts, ElementsAre(Pair("Ip6InNoRoutes", 1)));
}

TEST(LossCounters, OfConntrackAreSummedOverProcessors) {
  LossCounts counts;
  read_conntrack_stat(
      "entries  clashres insert_failed drop early_drop\n"
      "00000001  00000000 00000000 0000000a 00000000\n"
      "00000001  00000000 00000002 00000001 00000000\n",
      counts);
  EXPECT_THAT(counts,
              ElementsAre(Pair("nf_conntrack drop", 11), Pair("nf_conntrack insert_failed", 2)));
}

constexpr const char* kFormat =
    "name: kfree_skb\nID: 2310\nformat:\n"
    "\tfield:void * skbaddr;\toffset:8;\tsize:8;\tsigned:0;\n"
    "\tfield:enum skb_drop_reason reason;\toffset:36;\tsize:4;\tsigned:0;\n\n"
    "print fmt: \"skbaddr=%p reason: %s\", REC->skbaddr, __print_symbolic(REC->reason, "
    "{ 2, \"NOT_SPECIFIED\" }, { 16, \"IP_RPFILTER\" })\n";

TEST(DropReasons, AreNamedByTheFormatOfTheTracepoint) {
  EXPECT_THAT(read_reason_names(kFormat),
              ElementsAre(Pair(2, "NOT_SPECIFIED"), Pair(16, "IP_RPFILTER")));
  EXPECT_EQ(read_reason_offset(kFormat), 36);
}

TEST(DropReasons, AreNotGuessedWhereTheFormatHasNone) {
  const std::string before_reasons =
      "name: kfree_skb\nID: 9\nformat:\n\tfield:void * skbaddr;\toffset:8;\tsize:8;\n";
  EXPECT_TRUE(read_reason_names(before_reasons).empty());
  EXPECT_EQ(read_reason_offset(before_reasons), std::nullopt);
  EXPECT_TRUE(read_reason_names("__print_symbolic(REC->reason, { 2, \"NOT").empty());
}

}  // namespace
}  // namespace fwproof::observe
