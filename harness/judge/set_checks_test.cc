#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "judge/checks.h"

namespace fwproof::judge {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<SetElement> elements(const std::vector<std::string>& texts) {
  std::vector<SetElement> all;
  for (const std::string& text : texts) all.push_back(read_set_element(text));
  return all;
}

SetSeen banned(const std::vector<std::string>& texts) {
  return {.node = "gw", .table = "fw", .name = "banned", .elements = elements(texts)};
}

/// One line for each finding: "SEEN (NOTE)".
std::vector<std::string> findings(const SetCheck& check, const std::vector<SetSeen>& sets) {
  Seen seen;
  seen.sets = sets;
  Judgement judgement;
  check_sets(std::vector{check}, seen, judgement);
  std::vector<std::string> all = judgement.unanswerable;
  for (const Finding& f : judgement.findings)
    all.push_back(f.check + ": " + f.asserted + ": " + f.seen + " (" + f.note + ")");
  return all;
}

SetCheck all_it_holds(const std::vector<std::string>& texts) {
  return {.node = "gw", .name = "banned", .whole = true, .has = elements(texts), .text = "banned"};
}

TEST(SetChecks, OfAllElementsAskForNoOrder) {
  EXPECT_THAT(findings(all_it_holds({"10.0.0.1", "10.0.0.2"}),
                       {banned({"10.0.0.2 expires 3s", "10.0.0.1 counter packets 1 bytes 2"})}),
              IsEmpty());
  EXPECT_THAT(findings(all_it_holds({"10.0.0.1", "10.0.0.2"}), {banned({"10.0.0.2", "10.0.0.3"})}),
              ElementsAre("sets gw inet fw banned: [10.0.0.1, 10.0.0.2]: [10.0.0.2, 10.0.0.3] "
                          "(it lacks 10.0.0.1; it has 10.0.0.3)"));
  EXPECT_THAT(findings(all_it_holds({}), {banned({})}), IsEmpty());
}

TEST(SetChecks, OfSomeElements) {
  SetCheck check = all_it_holds({"10.0.0.1"});
  check.whole = false;
  check.lacks = elements({"10.0.0.9"});
  EXPECT_THAT(findings(check, {banned({"10.0.0.1", "10.0.0.2"})}), IsEmpty());
  EXPECT_THAT(findings(check, {banned({"10.0.0.9"})}),
              ElementsAre("sets gw inet fw banned: {has: [10.0.0.1], lacks: [10.0.0.9]}: "
                          "[10.0.0.9] (it lacks 10.0.0.1; it has 10.0.0.9)"));
}

TEST(SetChecks, CompareTimeoutsOnlyWhereTheyAreSaid) {
  EXPECT_THAT(findings(all_it_holds({"10.0.0.1"}), {banned({"10.0.0.1 timeout 1m expires 9s"})}),
              IsEmpty());
  EXPECT_THAT(
      findings(all_it_holds({"10.0.0.1 timeout 1m"}), {banned({"10.0.0.1 timeout 5m expires 9s"})}),
      ElementsAre("sets gw inet fw banned: [10.0.0.1 timeout 1m]: [10.0.0.1 timeout 5m] "
                  "(it lacks 10.0.0.1; it has 10.0.0.1)"));
  SetSeen of_ipset = banned({"10.0.0.1 timeout 59"});
  of_ipset.kind = SetKind::ipset;
  EXPECT_THAT(findings(all_it_holds({"10.0.0.1 timeout 60"}), {of_ipset}),
              ElementsAre("set check on 'gw' 'banned': of 'ipset banned' the kernel tells only "
                          "what is left of a timeout"));
}

TEST(SetChecks, SayWhatSetsThereAre) {
  SetSeen other = banned({});
  other.name = "allowed";
  SetSeen second = banned({});
  second.kind = SetKind::ipset;
  EXPECT_THAT(findings(all_it_holds({}), {other}),
              ElementsAre("sets gw banned: none: no such set (the node has: inet fw allowed)"));
  EXPECT_THAT(findings(all_it_holds({}), {banned({}), second}),
              ElementsAre("set check on 'gw' 'banned': it may be 'inet fw banned' or "
                          "'ipset banned'; say which"));
}

}  // namespace
}  // namespace fwproof::judge
