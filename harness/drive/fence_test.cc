#include "drive/fence.h"

#include <gtest/gtest.h>

namespace fwproof::drive {
namespace {

TEST(SoftnetStat, TellsHowManyPacketsWaitOnEachProcessor) {
  // Recorded from Linux 6.18; the lengths are made up.
  const auto queues = read_softnet_stat(
      "0019f1bf 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 "
      "00000000 0000000b 00000000 0000000a 00000001\n"
      "001c34c7 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 "
      "00000000 00000000 00000003 00000000 00000000\n");
  ASSERT_EQ(queues.size(), 2u);
  EXPECT_EQ(queues.at(0).processed, 0x19f1bfu);
  EXPECT_EQ(queues.at(0).waiting, 11u);
  EXPECT_EQ(queues.at(3).processed, 0x1c34c7u);
  EXPECT_EQ(queues.at(3).waiting, 0u);
}

TEST(SoftnetStat, TellsNothingWhereTheKernelTellsNoLengths) {
  // Linux 4.19 has eleven columns.
  EXPECT_TRUE(read_softnet_stat("00000001 00000000 00000000 00000000 00000000 00000000 00000000 "
                                "00000000 00000000 00000000 00000000\n")
                  .empty());
  EXPECT_TRUE(read_softnet_stat("").empty());
  EXPECT_TRUE(read_softnet_stat("x\n").empty());
}

}  // namespace
}  // namespace fwproof::drive
