#include "report/diff.h"

#include <gtest/gtest.h>

namespace fwproof::report {
namespace {

TEST(Diff, IsEmptyForOneText) { EXPECT_EQ(diff("a.yaml", "a\nb\n", "a\nb\n"), ""); }

TEST(Diff, ShowsThreeLinesAroundAChange) {
  EXPECT_EQ(diff("a.yaml", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            R"(--- a.yaml
+++ a.yaml
@@ -2,7 +2,7 @@
 2
 3
 4
-5
+five
 6
 7
 8
)");
}

TEST(Diff, ShowsChangesFarApartOneByOne) {
  EXPECT_EQ(
      diff("a.yaml", "a\n1\n2\n3\n4\n5\n6\n7\n8\n9\nb\n", "1\n2\n3\n4\n5\n6\n7\n8\n9\nb\nc\n"),
      R"(--- a.yaml
+++ a.yaml
@@ -1,4 +1,3 @@
-a
 1
 2
 3
@@ -9,3 +8,4 @@
 8
 9
 b
+c
)");
}

TEST(Diff, ShowsATextThatIsNew) {
  EXPECT_EQ(diff("a.yaml", "", "a\n"), "--- a.yaml\n+++ a.yaml\n@@ -1,0 +1,1 @@\n+a\n");
}

}  // namespace
}  // namespace fwproof::report
