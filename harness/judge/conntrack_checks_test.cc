#include <gtest/gtest.h>

#include <utility>

#include "judge/seen_builder.h"

namespace fwproof::judge {
namespace {

using Kind = ConntrackEvent::Kind;

ConntrackEntry entry(const std::string& state, const std::vector<std::string>& status) {
  ConntrackEntry e = entry_at_gw(
      kProtocolTcp, {.source = endpoint("1.2.3.4:60000"), .destination = endpoint("10.0.0.5:80")},
      {.source = endpoint("10.0.0.5:80"), .destination = endpoint("203.0.113.1:60000")});
  e.state = state;
  e.status = status;
  return e;
}

/// A connection from its SYN on, open at the end.
Seen open_connection() {
  Seen seen;
  seen.conntrack_events = {{Kind::new_, entry("SYN_SENT", {"CONFIRMED"})},
                           {Kind::update, entry("SYN_RECV", {"SEEN_REPLY", "CONFIRMED"})},
                           {Kind::update, entry("ESTABLISHED", {"SEEN_REPLY", "ASSURED"})}};
  seen.conntrack_at_end = {entry("ESTABLISHED", {"SEEN_REPLY", "ASSURED"})};
  seen.conntrack_active = {{"gw", true}};
  return seen;
}

std::string run(const ConntrackCheck& check, const Seen& seen,
                const FlowSeen& went = connected_to_web()) {
  FlowChecks checks;
  checks.conntrack = {check};
  const Flow flow = tcp_flow();
  Judgement judgement;
  check_conntrack({flow, checks, went}, seen, judgement);
  return text_of(judgement);
}

TEST(ConntrackCheck, HoldsWhenAllThatItSaysIsTrue) {
  ConntrackCheck check = check_of_gw();
  check.original = {endpoint("1.2.3.4:60000"), endpoint("10.0.0.5:80")};
  check.reply = {endpoint("10.0.0.5:80"), endpoint("203.0.113.1")};
  check.state = "ESTABLISHED";
  check.status = {"SEEN_REPLY", "!DYING"};
  check.mark = 0;
  check.zone = 0;
  check.events = {{"NEW SYN_SENT !SEEN_REPLY", "UPDATE", "UPDATE ASSURED ESTABLISHED"}};
  EXPECT_EQ(run(check, open_connection()), "");
}

TEST(ConntrackCheck, FindsTheEntryByTheTupleTheFlowCameWith) {
  ConntrackCheck check = check_of_gw();
  check.reply = {endpoint("10.0.0.5:80"), endpoint("1.2.3.4:60000")};
  EXPECT_EQ(run(check, open_connection()),
            "conntrack gw\n"
            "asserted {reply: 10.0.0.5:80 -> 1.2.3.4:60000}\n"
            "seen     {original: 1.2.3.4:60000 -> 10.0.0.5:80, reply: 10.0.0.5:80 -> "
            "203.0.113.1:60000, state: ESTABLISHED, status: [SEEN_REPLY, ASSURED]}\n"
            "note     differs in reply: asserted '10.0.0.5:80 -> 1.2.3.4:60000', seen "
            "'10.0.0.5:80 -> 203.0.113.1:60000'\n");
}

TEST(ConntrackCheck, NamesTheFirstFieldThatDiffers) {
  ConntrackCheck check = check_of_gw();
  check.status = {"SEEN_REPLY", "!ASSURED"};
  EXPECT_EQ(run(check, open_connection()),
            "conntrack gw\n"
            "asserted {status: [SEEN_REPLY, '!ASSURED']}\n"
            "seen     {original: 1.2.3.4:60000 -> 10.0.0.5:80, reply: 10.0.0.5:80 -> "
            "203.0.113.1:60000, state: ESTABLISHED, status: [SEEN_REPLY, ASSURED]}\n"
            "note     differs in status: asserted '!ASSURED', seen 'SEEN_REPLY ASSURED'\n");
}

TEST(ConntrackCheck, ComparesTheEventsInOrderAndNumber) {
  ConntrackCheck check = check_of_gw();
  check.events = {{"NEW", "UPDATE ASSURED"}};
  EXPECT_EQ(run(check, open_connection()),
            "conntrack gw\n"
            "asserted {events: [NEW, UPDATE ASSURED]}\n"
            "seen     {original: 1.2.3.4:60000 -> 10.0.0.5:80, reply: 10.0.0.5:80 -> "
            "203.0.113.1:60000, state: ESTABLISHED, status: [SEEN_REPLY, ASSURED], events: [NEW "
            "SYN_SENT CONFIRMED,\n"
            " UPDATE SYN_RECV SEEN_REPLY CONFIRMED,\n"
            " UPDATE ESTABLISHED SEEN_REPLY ASSURED]}\n"
            "note     differs at event 2: asserted 'UPDATE ASSURED', seen 'UPDATE SYN_RECV "
            "SEEN_REPLY CONFIRMED'\n");
}

TEST(ConntrackCheck, SaysThatAnEntryWasDestroyedBeforeTheEnd) {
  Seen seen = open_connection();
  seen.conntrack_events.push_back({Kind::destroy, entry("CLOSE", {"DYING"})});
  seen.conntrack_at_end.clear();
  ConntrackCheck check = check_of_gw();
  check.state = "CLOSE";
  EXPECT_EQ(run(check, seen),
            "conntrack gw\n"
            "asserted {state: CLOSE}\n"
            "seen     {original: 1.2.3.4:60000 -> 10.0.0.5:80, reply: 10.0.0.5:80 -> "
            "203.0.113.1:60000, state: CLOSE, status: [DYING]} (destroyed)\n"
            "note     the entry was destroyed before the end\n");
  check.state.reset();
  check.events = {{"NEW", "UPDATE", "UPDATE", "DESTROY"}};
  EXPECT_EQ(run(check, seen), "");
}

TEST(ConntrackCheck, ShowsTheFlowsEntryWhenItsOriginalTupleIsAnother) {
  ConntrackCheck check = check_of_gw();
  check.original = {endpoint("1.2.3.4:60001"), endpoint("10.0.0.5:80")};
  EXPECT_EQ(run(check, open_connection()),
            "conntrack gw\n"
            "asserted {original: 1.2.3.4:60001 -> 10.0.0.5:80}\n"
            "seen     {original: 1.2.3.4:60000 -> 10.0.0.5:80, reply: 10.0.0.5:80 -> "
            "203.0.113.1:60000, state: ESTABLISHED, status: [SEEN_REPLY, ASSURED]}\n"
            "note     differs in original: asserted '1.2.3.4:60001 -> 10.0.0.5:80', seen "
            "'1.2.3.4:60000 -> 10.0.0.5:80'\n");
}

TEST(ConntrackCheck, TakesNoEntryOfAnotherFlowThoughItFits) {
  Seen seen = open_connection();
  for (ConntrackEvent& event : seen.conntrack_events) event.entry.original.source.port = 60001;
  for (ConntrackEvent& event : seen.conntrack_events) event.entry.reply.destination.port = 60001;
  seen.conntrack_at_end = {seen.conntrack_events.back().entry};
  ConntrackCheck check = check_of_gw();
  check.original = {endpoint("1.2.3.4"), endpoint("10.0.0.5:80")};
  EXPECT_EQ(run(check, seen),
            "conntrack gw\n"
            "asserted {original: 1.2.3.4 -> 10.0.0.5:80}\n"
            "seen     none\n"
            "note     the node has other entries: {original: 1.2.3.4:60001 -> 10.0.0.5:80, reply: "
            "10.0.0.5:80 -> 203.0.113.1:60001, state: ESTABLISHED, status: [SEEN_REPLY, "
            "ASSURED]}\n");
}

TEST(ConntrackCheck, FindsTheEntryByTheAnswerWhereOnlyAnswersComeBy) {
  Seen seen = open_connection();
  for (ConntrackEvent& event : seen.conntrack_events)
    std::swap(event.entry.original, event.entry.reply);
  ConntrackEntry& at_end = seen.conntrack_at_end[0];
  std::swap(at_end.original, at_end.reply);
  for (ConntrackEvent& event : seen.conntrack_events)
    event.entry.original.destination = endpoint("1.2.3.4:60000");
  at_end.original.destination = endpoint("1.2.3.4:60000");
  FlowSeen went = connected_to_web();
  went.walks.erase(went.walks.begin());
  ConntrackCheck check = check_of_gw();
  check.state = "ESTABLISHED";
  EXPECT_EQ(run(check, seen, went), "");
}

TEST(ConntrackCheck, TellsEchoRequestsApartByTheirId) {
  const Flow ping = [] {
    Flow flow = tcp_flow();
    flow.kind = FlowKind::icmp;
    return flow;
  }();
  Walk request = syn_to_web();
  Packet packet = icmp_packet("1.2.3.4", "10.0.0.5", 8);
  packet.icmp_id = 5;
  request = walk("echo-request", Direction::original, packet, request.visits);
  Seen seen;
  ConntrackEntry echo;
  echo.node = "gw";
  echo.original = {.protocol = kProtocolIcmp,
                   .source = endpoint("1.2.3.4"),
                   .destination = endpoint("10.0.0.5"),
                   .icmp_id = 6,
                   .icmp_type = 8};
  echo.reply = echo.original;
  seen.conntrack_events = {{Kind::new_, echo}};
  seen.conntrack_at_end = {echo};
  FlowChecks checks;
  checks.conntrack = {check_of_gw()};
  checks.conntrack[0].none = true;
  const FlowSeen went = seen_flow(FlowResult::Socket::completed, {request});
  Judgement judgement;
  check_conntrack({ping, checks, went}, seen, judgement);
  EXPECT_EQ(text_of(judgement), "");
  seen.conntrack_events[0].entry.original.icmp_id = 5;
  seen.conntrack_at_end[0].original.icmp_id = 5;
  check_conntrack({ping, checks, went}, seen, judgement);
  EXPECT_EQ(judgement.findings.size(), 1u);
}

TEST(ConntrackNone, HoldsOnlyWithoutAnEntryOfTheFlow) {
  ConntrackCheck check = check_of_gw();
  check.none = true;
  EXPECT_EQ(run(check, open_connection()),
            "conntrack gw\n"
            "asserted none\n"
            "seen     {original: 1.2.3.4:60000 -> 10.0.0.5:80, reply: 10.0.0.5:80 -> "
            "203.0.113.1:60000, state: ESTABLISHED, status: [SEEN_REPLY, ASSURED]}\n");
  Seen other = open_connection();
  for (ConntrackEvent& event : other.conntrack_events) event.entry.original.source.port = 1;
  other.conntrack_at_end[0].original.source.port = 1;
  EXPECT_EQ(run(check, other), "");
}

TEST(ConntrackNone, HoldsWhereNothingNeedsTracking) {
  ConntrackCheck check = check_of_gw();
  check.none = true;
  EXPECT_EQ(run(check, {}), "");
}

TEST(ConntrackCheck, IsAnErrorWhereNothingNeedsTracking) {
  EXPECT_EQ(run(check_of_gw(), {}),
            "error: conntrack check on 'gw': no rule there needs connection tracking, so the "
            "kernel keeps none (case.yaml:12); set 'conntrack: true' on the node\n");
}

TEST(ConntrackCheck, IsAnErrorWhenAnEntryVanishedWithoutAnEvent) {
  Seen seen = open_connection();
  seen.conntrack_at_end.clear();
  ConntrackCheck check = check_of_gw();
  check.events = {{"NEW", "UPDATE", "UPDATE"}};
  EXPECT_EQ(run(check, seen),
            "error: conntrack of 'gw': the entry '1.2.3.4:60000 -> 10.0.0.5:80' is not there at "
            "the end, but no DESTROY event was seen (case.yaml:12)\n");
}

Expectation expectation_of(const char* master) {
  Expectation e;
  e.node = "gw";
  e.master = {
      .protocol = kProtocolTcp, .source = endpoint(master), .destination = endpoint("10.0.0.5:80")};
  e.expected = {.protocol = kProtocolTcp,
                .source = endpoint("1.2.3.4"),
                .destination = endpoint("10.0.0.5:30000")};
  e.helper = "ftp";
  return e;
}

std::string run(const ExpectationCheck& check, const std::vector<Expectation>& expectations) {
  FlowChecks checks;
  checks.expectations = {check};
  const Flow flow = tcp_flow();
  Judgement judgement;
  Seen seen;
  seen.expectations = expectations;
  seen.flows = {connected_to_web()};
  check_conntrack({flow, checks, seen.flows.front()}, seen, judgement);
  return text_of(judgement);
}

TEST(ExpectationCheck, HoldsForWhatTheFlowsOwnPacketsMadeAHelperExpect) {
  ExpectationCheck check;
  check.node = "gw";
  check.at = kAt;
  check.expected = {endpoint("1.2.3.4"), endpoint("10.0.0.5:30000")};
  check.helper = "ftp";
  EXPECT_EQ(run(check, {expectation_of("1.2.3.4:60000")}), "");
  EXPECT_EQ(run(check, {expectation_of("1.2.3.4:60001")}),
            "expectations gw\n"
            "asserted {expected: 1.2.3.4 -> 10.0.0.5:30000, helper: ftp}\n"
            "seen     none\n");
  check.helper = "irc";
  EXPECT_EQ(run(check, {expectation_of("1.2.3.4:60000")}),
            "expectations gw\n"
            "asserted {expected: 1.2.3.4 -> 10.0.0.5:30000, helper: irc}\n"
            "seen     {expected: 1.2.3.4 -> 10.0.0.5:30000, helper: ftp}\n");
}

TEST(ExpectationCheck, OfNoneHoldsWhereThereWasNone) {
  ExpectationCheck check;
  check.node = "gw";
  check.at = kAt;
  check.none = true;
  EXPECT_EQ(run(check, {}), "");
  EXPECT_EQ(run(check, {expectation_of("1.2.3.4:60000")}),
            "expectations gw\n"
            "asserted none\n"
            "seen     {expected: 1.2.3.4 -> 10.0.0.5:30000, helper: ftp}\n");
}

/// A connection to the web server whose packets gw saw in FORWARD, the first at `order`.
FlowSeen connected_at(const std::string& flow, uint64_t order) {
  FlowSeen seen = connected_to_web();
  seen.flow = flow;
  for (Walk& walk : seen.walks)
    for (NodeVisit& visit : walk.visits)
      if (visit.node == "gw")
        for (HookVisit& hook : visit.hooks) hook.order = order++;
  return seen;
}

/// The checks of `visit` and then of `again`, whose connection has the same addresses and ports and
/// comes later: its packets at gw are told as 10 and 11, those of `visit` as 1 and 2.
std::string run_of_two(const ExpectationCheck& check, uint64_t expected_at) {
  FlowChecks checks;
  checks.expectations = {check};
  Seen seen;
  seen.flows = {connected_at("visit", 1), connected_at("again", 10)};
  seen.expectations = {expectation_of("1.2.3.4:60000")};
  seen.expectations.back().order = expected_at;
  std::string text;
  for (const FlowSeen& went : seen.flows) {
    Flow flow = tcp_flow();
    flow.name = went.flow;
    Judgement judgement;
    check_conntrack({flow, checks, went}, seen, judgement);
    text += went.flow + ": " + text_of(judgement);
  }
  return text;
}

TEST(ExpectationCheck, IsAboutThoseThatTheFlowsOwnPacketsMadeAndNotOnesOfTheSameAddressesAndPorts) {
  ExpectationCheck none;
  none.node = "gw";
  none.at = kAt;
  none.none = true;
  const std::string there =
      "expectations gw\n"
      "asserted none\n"
      "seen     {expected: 1.2.3.4 -> 10.0.0.5:30000, helper: ftp}\n";
  EXPECT_EQ(run_of_two(none, 3), "visit: " + there + "again: ");
  EXPECT_EQ(run_of_two(none, 12), "visit: again: " + there);
  const std::string unclear =
      "error: expectations of 'gw': no packet was seen that made a helper expect {expected: "
      "1.2.3.4 -> 10.0.0.5:30000, helper: ftp} (case.yaml:12)\n";
  EXPECT_EQ(run_of_two(none, 0), "visit: " + unclear + "again: " + unclear);
}

}  // namespace
}  // namespace fwproof::judge
