#include "run/progress.h"

#include <gtest/gtest.h>

namespace fwproof::run {
namespace {

std::string shown(bool live) {
  testing::internal::CaptureStdout();
  {
    Progress progress(3, live);
    progress.count(false);
    progress.print("pass  a\n");
    progress.count(true);
    progress.count(false);
    progress.print("FAIL  b\npass  c\n");
  }
  return testing::internal::GetCapturedStdout();
}

TEST(Progress, IsTheResultsAloneWhereNobodyWatches) {
  EXPECT_EQ(shown(false), "pass  a\nFAIL  b\npass  c\n");
}

TEST(Progress, CountsOnALineBelowTheResults) {
  const std::string clear = "\r\x1b[K";
  EXPECT_EQ(shown(true), "1 of 3" + clear + "pass  a\n1 of 3" + clear + "2 of 3, 1 red" + clear +
                             "FAIL  b\npass  c\n");
}

TEST(Progress, TakesItsLineAwayThoughNotAllHaveEnded) {
  testing::internal::CaptureStdout();
  { Progress(2, true).count(false); }
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "1 of 2\r\x1b[K");
}

}  // namespace
}  // namespace fwproof::run
