#include "report/layout.h"

#include <gtest/gtest.h>

namespace fwproof::report {
namespace {

TEST(Paint, IsNothingWithoutColour) {
  EXPECT_EQ(paint({}, Paint::red, "FAIL"), "FAIL");
  EXPECT_EQ(paint({.colour = true}, Paint::red, "FAIL"), "\x1b[31mFAIL\x1b[0m");
}

TEST(Labelled, PutsFurtherLinesUnderTheFirst) {
  EXPECT_EQ(labelled("seen", "[raw PREROUTING,\n filter INPUT]", 10),
            "seen      [raw PREROUTING,\n"
            "           filter INPUT]\n");
  EXPECT_EQ(labelled("gateway:", "none", 4), "gateway:  none\n");
}

TEST(Wrapped, BreaksAListAtItsCommas) {
  EXPECT_EQ(wrapped("one, two, three", 9), "one, two,\nthree");
  EXPECT_EQ(wrapped("one, two, three", 10), "one, two,\nthree");
  EXPECT_EQ(wrapped("a-long-word, two", 5), "a-long-word,\ntwo");
  EXPECT_EQ(wrapped("a-long-word", 5), "a-long-word");
}

TEST(Indented, LeavesEmptyLinesEmpty) {
  EXPECT_EQ(indented("a\n\nb", 2), "  a\n\n  b\n");
  EXPECT_EQ(indented("", 2), "");
}

TEST(Place, SaysNoMoreThanIsKnown) {
  EXPECT_EQ(place({"gw.rules", 5, 3}), "gw.rules:5");
  EXPECT_EQ(place({"gw.rules", 0, 0}), "gw.rules");
  EXPECT_EQ(place({}), "");
}

}  // namespace
}  // namespace fwproof::report
