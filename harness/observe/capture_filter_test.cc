#include <gtest/gtest.h>

#include "observe/capture.h"

namespace fwproof::observe {
namespace {

TEST(CheckFilter, AcceptsWhatPcapFilterAccepts) {
  EXPECT_EQ(check_filter(""), "");
  EXPECT_EQ(check_filter("tcp[tcpflags] == tcp-syn and src host 1.2.3.4 and dst port 80"), "");
  EXPECT_EQ(check_filter("icmp6 or arp"), "");
}

TEST(CheckFilter, SaysInLibpcapsWordsWhatIsWrong) {
  EXPECT_EQ(check_filter("tcp prt 80"), "can't parse filter expression: syntax error");
  EXPECT_EQ(check_filter("host 300.1.1.1"), "invalid IPv4 address '300.1.1.1'");
}

}  // namespace
}  // namespace fwproof::observe
