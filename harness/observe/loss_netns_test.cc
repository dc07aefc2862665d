// What the kernel tells of the packets it did away with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "observe/drop_reasons.h"
#include "observe/loss_counters.h"
#include "observe/test_node.h"

namespace fwproof::observe {
namespace {

TEST(LossCounters, CountADatagramThatNobodyListensFor) {
  const TestNode node;
  LossCounters counters(node.netns(), true);
  const LossCounts before = counters.read();
  EXPECT_EQ(before.at("Udp NoPorts"), 0U);
  EXPECT_EQ(before.at("nf_conntrack drop"), 0U);
  const UniqueFd socket = node.udp(5000);
  connect_loopback(socket.get(), 9, false);
  ASSERT_EQ(send(socket.get(), "hi", 2, 0), 2);
  const LossCounts after = counters.read();
  EXPECT_EQ(after.at("Udp NoPorts"), 1U);
  EXPECT_EQ(after.at("Udp6NoPorts"), 0U);
}

TEST(DropReasons, TellWhyThisThreadsDatagramWasDropped) {
  DropReasons* reasons = DropReasons::of_this_thread();
  if (!reasons) GTEST_SKIP() << "drop reasons take root";
  const TestNode node;
  const UniqueFd socket = node.udp(5000);
  std::vector<std::string> told;
  EXPECT_TRUE(reasons->drain(told));
  told.clear();
  connect_loopback(socket.get(), 9, false);
  ASSERT_EQ(send(socket.get(), "hi", 2, 0), 2);
  EXPECT_TRUE(reasons->drain(told));
  EXPECT_THAT(told, ::testing::Contains("NO_SOCKET"));
}

}  // namespace
}  // namespace fwproof::observe
