#include <gtest/gtest.h>

#include "judge/seen_builder.h"

namespace fwproof::judge {
namespace {

using Says = StepPattern::Says;

StepPattern pattern(const std::string& text) {
  const auto words = split_words(text);
  StepPattern p;
  p.table = words.at(0);
  p.chain = words.at(1);
  p.text = text;
  size_t i = 2;
  if (i < words.size() && words[i] == "rule") {
    p.says = Says::rule;
    p.rule_number = static_cast<unsigned>(std::stoul(words.at(i + 1)));
    i += 2;
  } else if (i < words.size() && (words[i] == "policy" || words[i] == "return")) {
    p.says = words[i] == "policy" ? Says::policy : Says::return_;
    ++i;
  }
  for (; i < words.size(); ++i) p.target += (p.target.empty() ? "" : " ") + words[i];
  return p;
}

WalkCheck walk_check(ListMode mode, const std::vector<std::string>& steps,
                     const std::string& packet = "syn") {
  WalkCheck check;
  check.node = "gw";
  check.packet = packet;
  check.mode = mode;
  for (const std::string& step : steps) check.steps.push_back(pattern(step));
  check.at = kAt;
  return check;
}

std::string run(const WalkCheck& check, const FlowSeen& went, const Seen& seen = {}) {
  FlowChecks checks;
  checks.walks = {check};
  const Flow flow = tcp_flow();
  Judgement judgement;
  check_walks({flow, checks, went}, seen, judgement);
  return text_of(judgement);
}

FlowSeen forwarded() {
  return connected_to_web({policy("mangle", "FORWARD"),
                           rule("filter", "FORWARD", 1, "jump DOCKER", Verdict::jump),
                           rule("filter", "DOCKER", 1, "LOG", Verdict::continue_),
                           returned("filter", "DOCKER"), policy("filter", "FORWARD")});
}

TEST(ExactWalk, HoldsForWhatItsOwnNotationSays) {
  EXPECT_EQ(run(walk_check(ListMode::exact,
                           {"mangle FORWARD", "filter FORWARD rule 1 jump DOCKER",
                            "filter DOCKER rule 1 LOG", "filter DOCKER return", "filter FORWARD"}),
                forwarded()),
            "");
}

TEST(ExactWalk, TakesAChainForAWholeVisitAndIgnoresLetterCaseOfTargets) {
  EXPECT_EQ(run(walk_check(ListMode::exact, {"mangle FORWARD policy accept", "filter FORWARD",
                                             "filter DOCKER", "filter FORWARD"}),
                forwarded()),
            "");
}

TEST(ExactWalk, ShowsTheFirstDifferenceAndTheWholeWalk) {
  EXPECT_EQ(run(walk_check(ListMode::exact, {"mangle FORWARD", "filter FORWARD rule 1 ACCEPT"}),
                forwarded()),
            "walk gw syn\n"
            "asserted [mangle FORWARD, filter FORWARD rule 1 ACCEPT]\n"
            "seen     [mangle FORWARD,\n"
            " filter FORWARD rule 1 jump DOCKER,\n"
            " filter DOCKER rule 1 LOG,\n"
            " filter DOCKER return,\n"
            " filter FORWARD]\n"
            "note     differs at step 2: asserted 'filter FORWARD rule 1 ACCEPT', seen 'filter "
            "FORWARD rule 1 jump DOCKER'\n"
            "packet   syn\n");
}

TEST(ExactWalk, AllowsNothingMoreAndNothingLess) {
  const FlowSeen seen =
      connected_to_web({policy("mangle", "FORWARD"), policy("filter", "FORWARD")});
  EXPECT_EQ(run(walk_check(ListMode::exact, {"mangle FORWARD"}), seen),
            "walk gw syn\n"
            "asserted [mangle FORWARD]\n"
            "seen     [mangle FORWARD, filter FORWARD]\n"
            "note     differs at step 2: asserted nothing more, seen 'filter FORWARD policy "
            "ACCEPT'\n"
            "packet   syn\n");
  EXPECT_EQ(
      run(walk_check(ListMode::exact, {"mangle FORWARD", "filter FORWARD", "security FORWARD"}),
          seen),
      "walk gw syn\n"
      "asserted [mangle FORWARD, filter FORWARD, security FORWARD]\n"
      "seen     [mangle FORWARD, filter FORWARD]\n"
      "note     differs at step 3: asserted 'security FORWARD', seen nothing more\n"
      "packet   syn\n");
}

TEST(ExactWalk, CountsTheSameChainInTwoHooksAsTwoVisits) {
  Walk looped = syn_to_web();
  looped.visits = {
      {"gw", {hook(Hook::forward, "in eth0 out eth1", {policy("filter", "FORWARD")})}},
      {"gw", {hook(Hook::forward, "in eth1 out eth2", {policy("filter", "FORWARD")})}}};
  const FlowSeen seen = seen_flow(FlowResult::Socket::pending, {looped});
  EXPECT_EQ(run(walk_check(ListMode::exact, {"filter FORWARD", "filter FORWARD"}), seen), "");
  EXPECT_NE(run(walk_check(ListMode::exact, {"filter FORWARD"}), seen), "");
}

TEST(ContainsWalk, FindsThePatternsInTheirOrder) {
  EXPECT_EQ(run(walk_check(ListMode::contains, {"filter DOCKER rule 1", "filter FORWARD policy"}),
                forwarded()),
            "");
  EXPECT_EQ(run(walk_check(ListMode::contains, {"filter DOCKER", "mangle FORWARD"}),
                connected_to_web({policy("mangle", "FORWARD"), policy("filter", "DOCKER")})),
            "walk gw syn\n"
            "asserted {contains: [filter DOCKER, mangle FORWARD]}\n"
            "seen     [mangle FORWARD, filter DOCKER]\n"
            "note     there is no 'mangle FORWARD' after 'filter DOCKER'\n"
            "packet   syn\n");
}

TEST(NeverWalk, HoldsOnlyWhereNoStepFits) {
  const FlowSeen seen = connected_to_web({policy("filter", "FORWARD")});
  EXPECT_EQ(run(walk_check(ListMode::never, {"nat POSTROUTING"}), seen), "");
  EXPECT_EQ(run(walk_check(ListMode::never, {"nat POSTROUTING", "filter FORWARD"}), seen),
            "walk gw syn\n"
            "asserted {never: [nat POSTROUTING, filter FORWARD]}\n"
            "seen     [filter FORWARD]\n"
            "note     there is 'filter FORWARD policy ACCEPT'\n"
            "packet   syn\n");
}

TEST(NeverWalk, ProvesNothingOfAPacketThatWasNotThere) {
  EXPECT_EQ(run(walk_check(ListMode::never, {"nat POSTROUTING"}, "ack"), connected_to_web()),
            "walk gw ack\n"
            "asserted {never: [nat POSTROUTING]}\n"
            "seen     no packet 'ack' was seen; seen: syn, syn-ack\n");
  WalkCheck elsewhere = walk_check(ListMode::never, {"nat POSTROUTING"}, "all");
  elsewhere.node = "internet";
  EXPECT_EQ(run(elsewhere, connected_to_web()),
            "walk internet all\n"
            "asserted {never: [nat POSTROUTING]}\n"
            "seen     no packet of the flow was seen at 'internet'; seen: syn, syn-ack\n");
}

/// gw has filter FORWARD: two rules, policy DROP.
Seen rules_of_gw() {
  Seen seen;
  seen.rulesets["gw"].tables = {filter_forward({"ACCEPT", "jump DOCKER"})};
  return seen;
}

TEST(NeverWalk, IsAnErrorForARuleThatDoesNotExist) {
  const FlowSeen went = connected_to_web({rule("filter", "FORWARD", 1, "ACCEPT")});
  const auto never = [&](const std::string& text) {
    return run(walk_check(ListMode::never, {text}), went, rules_of_gw());
  };
  const auto error = [](const std::string& what, const std::string& instead) {
    return "error: node 'gw': " + what + " of 'never' does not exist: " + instead +
           " (case.yaml:12)\n";
  };
  EXPECT_EQ(never("filter FORWARD rule 2"), "");
  EXPECT_EQ(never("filter FORWARD policy DROP"), "");
  EXPECT_EQ(never("filter FORWARD DROP"), "");
  EXPECT_EQ(never("filter FORWARD rule 9"),
            error("the rule 'filter FORWARD rule 9'", "filter FORWARD has 2 rules"));
  EXPECT_EQ(never("filter FORWARD rule 2 DORP"),
            error("the rule 'filter FORWARD rule 2 DORP'", "its target is 'jump DOCKER'"));
  EXPECT_EQ(never("filter FORWARD policy ACCEPT"),
            error("'filter FORWARD policy ACCEPT'", "the policy of filter FORWARD is 'drop'"));
  EXPECT_EQ(never("filter FORWARD LOG"),
            error("'filter FORWARD LOG'", "nothing in filter FORWARD says that"));
  EXPECT_EQ(never("nat PREROUTING rule 1"),
            error("the rule 'nat PREROUTING rule 1'", "there is no chain nat PREROUTING"));
}

TEST(NeverWalk, IsAnErrorForACommentOrALineThatNoRuleHas) {
  const FlowSeen went = connected_to_web({rule("filter", "FORWARD", 1, "ACCEPT")});
  WalkCheck check = walk_check(ListMode::never, {"filter FORWARD"});
  check.steps[0].rule_comment = "nope";
  check.steps[0].text = "filter FORWARD rule \"nope\"";
  EXPECT_EQ(
      run(check, went, rules_of_gw()),
      "error: node 'gw': the rule 'filter FORWARD rule \"nope\"' of 'never' does not exist: no "
      "rule of filter FORWARD has that comment (case.yaml:12)\n");
  check = walk_check(ListMode::never, {"filter FORWARD"});
  check.steps[0].rule_file = "gw.rules";
  check.steps[0].rule_line = 77;
  check.steps[0].text = "filter FORWARD rule gw.rules:77";
  EXPECT_EQ(
      run(check, went, rules_of_gw()),
      "error: node 'gw': the rule 'filter FORWARD rule gw.rules:77' of 'never' does not exist: "
      "no rule of filter FORWARD is at that line (case.yaml:12)\n");
}

TEST(NeverWalk, AllowsAnyTargetWhereARuleHasNone) {
  Seen seen = rules_of_gw();
  seen.rulesets["gw"].tables[0].chains[0].rules[1].target.clear();
  const FlowSeen went = connected_to_web({policy("filter", "FORWARD")});
  EXPECT_EQ(run(walk_check(ListMode::never, {"filter FORWARD rule 2 continue"}), went, seen), "");
}

TEST(NeverWalk, IsAnErrorWhereThePacketWasLostInsideTheHook) {
  Walk syn = syn_to_web();
  syn.visits.pop_back();
  syn.visits.back().hooks.back() =
      hook(Hook::forward, "in eth0 out eth1", {policy("mangle", "FORWARD")});
  syn.visits.back().hooks.back().passed = false;
  syn.end = {.kind = WalkEnd::Kind::lost, .node = "gw", .hook = Hook::forward};
  const FlowSeen went = seen_flow(FlowResult::Socket::pending, {syn});
  Seen seen = rules_of_gw();
  EXPECT_EQ(run(walk_check(ListMode::never, {"filter FORWARD rule 1"}), went, seen),
            "error: packet 'syn' was lost in gw inside FORWARD: what it met there after the last "
            "step is not known (case.yaml:12)\n");
  // What belongs to another hook it cannot have met.
  seen.rulesets["gw"].tables[0].chains[0].base->hook = Hook::postrouting;
  EXPECT_EQ(run(walk_check(ListMode::never, {"filter FORWARD rule 1"}), went, seen), "");
}

TEST(WalkOfAPacket, IsAnErrorWhereTheLinesOfTheRulesAreNotKnown) {
  Seen seen = rules_of_gw();
  for (Rule& r : seen.rulesets["gw"].tables[0].chains[0].rules) r.at = {};
  for (const ListMode mode : {ListMode::exact, ListMode::contains, ListMode::never}) {
    WalkCheck check = walk_check(mode, {"filter FORWARD"});
    check.steps[0].rule_file = "gw.rules";
    check.steps[0].rule_line = 11;
    EXPECT_EQ(run(check, connected_to_web({policy("filter", "FORWARD")}), seen),
              "error: node 'gw': the lines of the rules of 'filter FORWARD' are not known "
              "(case.yaml:12)\n");
  }
}

TEST(WalkOfAPacket, SaysWhereItEndedWhenItNeverCameToTheNode) {
  WalkCheck check = walk_check(ListMode::exact, {"filter INPUT"});
  check.node = "web";
  const FlowSeen seen = seen_flow(FlowResult::Socket::pending,
                                  {syn_dropped_at_gw(policy("filter", "FORWARD", Verdict::drop))});
  EXPECT_EQ(run(check, seen),
            "walk web syn\n"
            "asserted [filter INPUT]\n"
            "seen     packet 'syn' was not seen at 'web'\n"
            "note     dropped at gw filter FORWARD policy DROP\n"
            "packet   syn\n");
  EXPECT_EQ(run(check, seen_flow(FlowResult::Socket::pending)),
            "walk web syn\n"
            "asserted [filter INPUT]\n"
            "seen     no packet of the flow was seen\n");
}

TEST(WalkOfAll, MakesAFindingForEachPacketThatDiffers) {
  FlowSeen seen = connected_to_web({policy("filter", "FORWARD")});
  EXPECT_EQ(run(walk_check(ListMode::exact, {"filter FORWARD"}, "all"), seen),
            "walk gw all\n"
            "asserted [filter FORWARD]\n"
            "seen     []\n"
            "note     'syn-ack': differs at step 1: asserted 'filter FORWARD', seen nothing more\n"
            "packet   syn-ack\n");
}

TEST(StepPattern, NamesWhatTheRuleFoundInASet) {
  Step step = rule("filter", "FORWARD", 2, "ACCEPT");
  step.elements = {{.set = "staff", .key = "10.0.1.7", .element = "10.0.1.0/28"},
                   {.set = "__set0", .key = "22", .element = "22 : jump ssh"}};
  const auto asked = [&](const std::string& element, ListMode mode = ListMode::exact) {
    WalkCheck check = walk_check(mode, {"filter FORWARD"});
    check.steps[0].element = element;
    check.steps[0].text = "filter FORWARD element '" + element + "'";
    return run(check, connected_to_web({step}));
  };
  EXPECT_EQ(asked("10.0.1.0/28"), "");
  EXPECT_EQ(asked("22"), "");
  EXPECT_EQ(asked("22 : jump ssh"), "");
  EXPECT_EQ(asked("22 : accept"),
            "walk gw syn\n"
            "asserted ['filter FORWARD element ''22 : accept''']\n"
            "seen     ['filter FORWARD rule 2 ACCEPT (element 10.0.1.0/28, 22 : jump ssh)']\n"
            "note     differs at step 1: asserted 'filter FORWARD element '22 : accept'', seen "
            "'filter FORWARD rule 2 ACCEPT (element 10.0.1.0/28, 22 : jump ssh)'\n"
            "packet   syn\n");
  step.elements[1].element.clear();
  EXPECT_EQ(asked("10.0.1.0/28"), "");
  for (const ListMode mode : {ListMode::exact, ListMode::contains, ListMode::never})
    EXPECT_EQ(
        asked("22", mode),
        "error: node 'gw': what 'filter FORWARD rule 2 ACCEPT' found in its set is not known: "
        "the set is one that packets change or whose elements time out, it has changed since, "
        "its key is none that fwproof knows, or asking took more than 10 s (case.yaml:12)\n");
}

TEST(StepPattern, NamesARuleByCommentOrByFileAndLine) {
  Step step = rule("filter", "FORWARD", 2, "ACCEPT");
  step.comment = "ssh from the office";
  const FlowSeen seen = connected_to_web({step});
  WalkCheck check = walk_check(ListMode::exact, {"filter FORWARD"});
  check.steps[0].rule_comment = "ssh from the office";
  EXPECT_EQ(run(check, seen), "");
  check = walk_check(ListMode::exact, {"filter FORWARD"});
  check.steps[0].rule_file = "gw.rules";
  check.steps[0].rule_line = 12;
  EXPECT_EQ(run(check, seen), "");
  check.steps[0].rule_file = "w.rules";
  check.steps[0].text = "filter FORWARD rule w.rules:12";
  EXPECT_EQ(run(check, seen),
            "walk gw syn\n"
            "asserted [filter FORWARD rule w.rules:12]\n"
            "seen     [filter FORWARD rule 2 ACCEPT]\n"
            "note     differs at step 1: asserted 'filter FORWARD rule w.rules:12', seen 'filter "
            "FORWARD rule 2 ACCEPT (fixtures/rulesets/gw.rules:12)'\n"
            "packet   syn\n");
}

TEST(StepPattern, ComparesDevicesAndFamilyOnlyWhereTheyAreSaid) {
  const FlowSeen seen = connected_to_web({policy("filter", "FORWARD")});
  WalkCheck check = walk_check(ListMode::exact, {"filter FORWARD"});
  check.steps[0].in_dev = "eth0";
  check.steps[0].family = Family::ip;
  EXPECT_EQ(run(check, seen), "");
  check.steps[0].in_dev = "eth1";
  check.steps[0].text = "filter FORWARD in eth1";
  EXPECT_EQ(run(check, seen),
            "walk gw syn\n"
            "asserted [filter FORWARD in eth1]\n"
            "seen     [filter FORWARD]\n"
            "note     differs at step 1: asserted 'filter FORWARD in eth1', seen 'filter FORWARD "
            "in eth0 policy ACCEPT'\n"
            "packet   syn\n");
  check = walk_check(ListMode::exact, {"filter FORWARD"});
  check.steps[0].family = Family::inet;
  EXPECT_NE(run(check, seen), "");
}

TEST(StepPattern, FitsTheFirstWordsOfATarget) {
  const FlowSeen seen = connected_to_web({rule("filter", "FORWARD", 2, "jump DOCKER")});
  EXPECT_EQ(run(walk_check(ListMode::exact, {"filter FORWARD jump DOCKER"}), seen), "");
  EXPECT_EQ(run(walk_check(ListMode::exact, {"filter FORWARD rule 2 jump"}), seen), "");
  EXPECT_NE(run(walk_check(ListMode::exact, {"filter FORWARD jump DOCK"}), seen), "");
}

std::string run(const HooksCheck& check) {
  FlowChecks checks;
  checks.hooks = {check};
  const Flow flow = tcp_flow();
  const FlowSeen seen = connected_to_web();
  Judgement judgement;
  check_hooks({flow, checks, seen}, judgement);
  return text_of(judgement);
}

TEST(HooksCheck, ComparesHooksAndTheirDevices) {
  HooksCheck check;
  check.node = "web";
  check.packet = "syn";
  check.hooks = {{Hook::prerouting, "", "", "PREROUTING", kAt},
                 {Hook::input, "eth0", "", "INPUT in eth0", kAt}};
  EXPECT_EQ(run(check), "");
  check.hooks[1] = {Hook::input, "lo", "", "INPUT in lo", kAt};
  EXPECT_EQ(run(check),
            "hooks web syn\n"
            "asserted [PREROUTING, INPUT in lo]\n"
            "seen     [PREROUTING in eth0, INPUT in eth0]\n"
            "note     differs at step 2: asserted 'INPUT in lo', seen 'INPUT in eth0'\n"
            "packet   syn\n");
}

TEST(HooksCheck, ContainsAndNeverLookForSingleHooks) {
  HooksCheck check;
  check.node = "gw";
  check.packet = "all";
  check.hooks = {{Hook::forward, "", "", "FORWARD", kAt}};
  check.mode = ListMode::contains;
  EXPECT_EQ(run(check), "");
  check.mode = ListMode::never;
  EXPECT_EQ(run(check),
            "hooks gw all\n"
            "asserted {never: [FORWARD]}\n"
            "seen     [FORWARD in eth0 out eth1]\n"
            "note     'syn': there is 'FORWARD in eth0 out eth1'\n"
            "packet   syn\n"
            "hooks gw all\n"
            "asserted {never: [FORWARD]}\n"
            "seen     [FORWARD in eth1 out eth0]\n"
            "note     'syn-ack': there is 'FORWARD in eth1 out eth0'\n"
            "packet   syn-ack\n");
}

}  // namespace
}  // namespace fwproof::judge
