#include "report/told.h"

#include <gtest/gtest.h>

#include "report/json.h"
#include "report/junit.h"
#include "report/samples_test.h"
#include "report/terminal.h"
#include "report/walk.h"

namespace fwproof::report {
namespace {

TEST(Told, HoldsThePartsThatAreWanted) {
  const CaseResult result = failed_case();
  const Told told = tell(result, {});
  EXPECT_EQ(told.outcome, Outcome::fail);
  EXPECT_EQ(told.terminal, story(result, {}) + "\n");
  EXPECT_EQ(told.junit + told.json, "");
  EXPECT_EQ(tell(result, {.junit = true}).junit, junit_case(result));
  EXPECT_EQ(tell(result, {.json = true}).json, json_case(result));
}

TEST(Told, HoldsTheWalksOfAGreenCaseWhereTheyAreWanted) {
  CaseResult result = failed_case();
  result.outcome = Outcome::pass;
  result.seen.flows[0].walks = {delivered_syn_ack()};
  EXPECT_EQ(tell(result, {}).terminal, one_line(result, {}) + "\n");
  EXPECT_EQ(tell(result, {.walks = true}).terminal,
            one_line(result, {}) + "\n" + walk_text(delivered_syn_ack(), {}) + "\n");
}

TEST(Told, ComesBackWholeFromAPipe) {
  const std::string every_byte = [] {
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
    return bytes;
  }();
  const Told told{.outcome = Outcome::error,
                  .bad_input = true,
                  .ran_in = RanIn::kept_network_and_rules,
                  .took = std::chrono::microseconds(1'234'567'890'123),
                  .terminal = every_byte,
                  .junit = "",
                  .json = every_byte + every_byte};
  const Told back = unpacked(packed(told));
  EXPECT_EQ(back.outcome, told.outcome);
  EXPECT_EQ(back.bad_input, told.bad_input);
  EXPECT_EQ(back.ran_in, told.ran_in);
  EXPECT_EQ(back.took, told.took);
  EXPECT_EQ(back.terminal, told.terminal);
  EXPECT_EQ(back.junit, told.junit);
  EXPECT_EQ(back.json, told.json);
}

}  // namespace
}  // namespace fwproof::report
