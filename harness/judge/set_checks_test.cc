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
  for (SetSeen& set : seen.sets)
    for (const auto* named : {&check.has, &check.lacks})
      for (const SetElement& element : *named)
        set.readings.try_emplace(element.written, SetReading{{element}, "", ""});
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

TEST(SetChecks, CompareWhatElementsAreToTheSet) {
  SetSeen marks = banned({"0x00000007", "0x00000009"});
  marks.readings = {{"7", {elements({"0x00000007"}), "", ""}},
                    {"8", {elements({"0x00000008"}), "", ""}},
                    {"7-9", {elements({"0x00000007", "0x00000009"}), "", ""}}};
  SetCheck check = all_it_holds({"7-9"});
  EXPECT_THAT(findings(check, {marks}), IsEmpty());
  check = {.node = "gw", .name = "banned", .lacks = elements({"7"}), .text = "banned"};
  EXPECT_THAT(findings(check, {marks}),
              ElementsAre("sets gw inet fw banned: {lacks: [7]}: [0x00000007, 0x00000009] "
                          "(it has 7)"));
  check.lacks = elements({"8"});
  EXPECT_THAT(findings(check, {marks}), IsEmpty());
  check.lacks = {};
  check.has = elements({"7", "8"});
  EXPECT_THAT(findings(check, {marks}),
              ElementsAre("sets gw inet fw banned: {has: [7, 8]}: [0x00000007, 0x00000009] "
                          "(it lacks 8)"));
}

TEST(SetChecks, LackNothingThatALargerElementHolds) {
  SetSeen nets = banned({"10.0.0.0/24"});
  nets.readings = {{"10.0.0.9", {elements({"10.0.0.9"}), "10.0.0.0/24", ""}}};
  const SetCheck check{
      .node = "gw", .name = "banned", .lacks = elements({"10.0.0.9"}), .text = "banned"};
  EXPECT_THAT(findings(check, {nets}),
              ElementsAre("sets gw inet fw banned: {lacks: [10.0.0.9]}: [10.0.0.0/24] (it has "
                          "10.0.0.9 in 10.0.0.0/24)"));
}

TEST(SetChecks, AreErrorsWhereTheSetCanHaveNoSuchElement) {
  SetSeen ports = banned({});
  ports.readings = {{"htpp", {{}, "", "Could not resolve service"}}};
  const SetCheck check{
      .node = "gw", .name = "banned", .lacks = elements({"htpp"}), .text = "banned"};
  EXPECT_THAT(findings(check, {ports}),
              ElementsAre("set check on 'gw' 'banned': 'htpp' is no element for 'inet fw banned': "
                          "Could not resolve service"));
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
