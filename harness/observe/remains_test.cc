#include "observe/remains.h"

#include <gtest/gtest.h>

namespace fwproof::observe {
namespace {

TEST(Remains, AreNoneWhereEachCountOfTheNamespaceIsZero) {
  EXPECT_TRUE(
      no_sockets("sockets: used 9\n"
                 "TCP: inuse 0 orphan 1 tw 0 alloc 14 mem 395\n"
                 "UDP: inuse 0 mem 3\n"
                 "UDPLITE: inuse 0\n"
                 "RAW: inuse 0\n"
                 "FRAG: inuse 0 memory 0\n"));
  EXPECT_FALSE(
      no_sockets("TCP: inuse 0 orphan 0 tw 1\nUDP: inuse 0\nRAW: inuse 0\n"
                 "FRAG: inuse 0 memory 0\n"));
}

TEST(Remains, AreNotNoneWhereTheKernelDoesNotSaySo) {
  EXPECT_FALSE(no_sockets(""));
  EXPECT_FALSE(no_sockets("TCP: inuse 0 tw 0\nUDP: inuse 0\nRAW: inuse 0\n"));
  EXPECT_FALSE(no_entries(""));
  EXPECT_FALSE(no_entries("entries clashres\n"));
  EXPECT_FALSE(no_entries("found entries\n00000000 00000000\n"));
}

TEST(Remains, OfConntrackAreTheFirstNumberOfALine) {
  EXPECT_TRUE(no_entries("entries  clashres found\n00000000  00000000 00000007\n"));
  EXPECT_FALSE(no_entries("entries  clashres found\n00000001  00000000 00000000\n"));
}

}  // namespace
}  // namespace fwproof::observe
