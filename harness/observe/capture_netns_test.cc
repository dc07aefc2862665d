// Captures on lo.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <filesystem>

#include "base/error.h"
#include "observe/capture.h"
#include "observe/test_node.h"

namespace fwproof::observe {
namespace {

using ::testing::Each;
using ::testing::IsEmpty;

TEST(Capture, CountsAndDescribesWhatPassesItsFilter) {
  const TestNode node;
  Capture capture(node.netns(), "box", "lo", "udp dst port 53", "");
  for (int i = 0; i < 7; ++i) node.send_udp(53);
  node.send_udp(54);
  pollfd readable{.fd = capture.fd(), .events = POLLIN};
  ASSERT_EQ(poll(&readable, 1, 10'000), 1);
  std::vector<std::string> lost;
  capture.drain(lost);
  EXPECT_THAT(lost, IsEmpty());
  EXPECT_EQ(capture.packets(), 7u);
  EXPECT_EQ(capture.first().size(), 5u);
  EXPECT_THAT(capture.first(), Each("127.0.0.1:5000 > 127.0.0.1:53 udp len 2"));
}

TEST(Capture, WritesAPcapFileThatIsThereWholeOrNotAtAll) {
  const TestNode node;
  const std::string file = testing::TempDir() + "fwproof-capture.pcap";
  std::filesystem::remove(file);
  {
    Capture unfinished(node.netns(), "box", "lo", "", file);
    node.send_udp(53);
  }
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_FALSE(std::filesystem::exists(file + ".part"));

  Capture capture(node.netns(), "box", "lo", "", file);
  node.send_udp(53);
  std::vector<std::string> lost;
  capture.drain(lost);
  EXPECT_FALSE(std::filesystem::exists(file));
  capture.finish(lost);
  EXPECT_THAT(lost, IsEmpty());
  // The file's header, one packet's header, and an Ethernet frame of 44 bytes.
  EXPECT_EQ(std::filesystem::file_size(file), 24u + 16u + 44u);
  std::filesystem::remove(file);
}

TEST(Capture, NamesTheNodeAndTheDevThatCannotBeOpened) {
  const TestNode node;
  try {
    const Capture capture(node.netns(), "box", "eth7", "", "");
    FAIL();
  } catch (const MachineError& error) {
    EXPECT_STREQ(error.what(), "capture on node 'box' dev 'eth7': No such device exists");
  }
}

/// What a capture lost of 200 large packets that were sent before it took the first.
std::vector<std::string> lost_of_many(size_t ring) {
  const TestNode node;
  Capture capture(node.netns(), "box", "lo", "", "", ring);
  const UniqueFd receiver = node.udp(53);
  const UniqueFd sender = node.udp(5000);
  connect_loopback(sender.get(), 53, false);
  const std::string payload(30'000, 'x');
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(send(sender.get(), payload.data(), payload.size(), 0),
              static_cast<ssize_t>(payload.size()));
  std::vector<std::string> lost;
  capture.drain(lost);
  EXPECT_THAT(lost, IsEmpty());
  capture.finish(lost);
  return lost;
}

TEST(Capture, TellsHowManyPacketsWereLost) {
  EXPECT_THAT(lost_of_many(kRing), testing::ElementsAre(testing::MatchesRegex(
                                       "node 'box' dev 'lo': the capture lost [0-9]+ packets")));
}

TEST(Capture, HasRoomForWhatProgramsSendAtOnce) {
  EXPECT_THAT(lost_of_many(kLargeRing), IsEmpty());
}

}  // namespace
}  // namespace fwproof::observe
