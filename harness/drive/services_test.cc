#include "drive/services.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>

#include "drive/socket.h"
#include "nl/link.h"
#include "nl/socket.h"

namespace fwproof::drive {
namespace {

/// A host with a UDP service, and a client on it.
class ServicesTest : public testing::Test {
 protected:
  ServicesTest() : netns_(nl::Netns::create()) {
    const nl::NetnsScope inside(netns_);
    nl::Socket route(NETLINK_ROUTE);
    nl::bring_up(route, 1, "bring up lo");
    const Endpoint at{*IpAddress::parse("127.0.0.1"), 53};
    services_.listen(netns_, "host",
                     {.transport = Transport::udp, .port = 53, .address = at.address}, false);
    client_ = open_socket(netns_, "host", AF_INET, SOCK_DGRAM, 0);
    const SocketAddress service(at);
    EXPECT_EQ(connect(client_.get(), service.get(), service.length), 0);
  }

  void say(std::string_view text) {
    EXPECT_EQ(send(client_.get(), text.data(), text.size(), 0), ssize_t(text.size()));
  }

  /// Empty if no answer is there.
  std::string hear() {
    std::array<char, 64> buffer{};
    const ssize_t length = recv(client_.get(), buffer.data(), buffer.size(), 0);
    EXPECT_TRUE(length >= 0 || errno == EAGAIN);
    return {buffer.data(), length < 0 ? 0 : size_t(length)};
  }

  nl::Netns netns_;
  Services services_;
  UniqueFd client_;
};

TEST_F(ServicesTest, AnswerAllButAnswers) {
  say("ping");
  EXPECT_TRUE(services_.advance());
  EXPECT_EQ(hear(), "pong");
  say("pong");
  EXPECT_TRUE(services_.advance());
  EXPECT_EQ(hear(), "");
  EXPECT_EQ(services_.requests().size(), 2u);
}

/// What comes faster than it can be answered leaves time for all else.
TEST_F(ServicesTest, TakeSoManyAtOnceAndNoMore) {
  for (int i = 0; i < 100; ++i) say("ping");
  EXPECT_TRUE(services_.advance());
  EXPECT_EQ(services_.requests().size(), 64u);
  EXPECT_TRUE(services_.advance());
  EXPECT_EQ(services_.requests().size(), 100u);
  EXPECT_FALSE(services_.advance());
}

}  // namespace
}  // namespace fwproof::drive
