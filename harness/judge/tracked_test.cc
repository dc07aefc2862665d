#include "judge/tracked.h"

#include <gtest/gtest.h>

#include "judge/seen_builder.h"

namespace fwproof::judge {
namespace {

using Kind = ConntrackEvent::Kind;

ConntrackEntry entry(uint32_t id, uint16_t zone, uint32_t mark) {
  ConntrackEntry e = entry_at_gw(
      kProtocolUdp, {.source = endpoint("10.0.0.2:4000"), .destination = endpoint("10.0.1.2:53")},
      {.source = endpoint("10.0.1.2:53"), .destination = endpoint("10.0.0.2:4000")});
  e.id = id;
  e.mark = mark;
  e.zone = zone;
  return e;
}

/// What the trace tells of a request at gw: when its last message of POSTROUTING, or of FORWARD if
/// it was dropped there, came, and the id of the packet's entry.
struct Sight {
  uint64_t order = 0;
  std::optional<uint32_t> id;
  bool dropped = false;
};

FlowSeen request(const std::string& flow, const Sight& sight) {
  std::vector<HookVisit> hooks{hook(Hook::prerouting, "in eth0"),
                               hook(Hook::forward, "in eth0 out eth1")};
  if (sight.dropped) {
    hooks.back().steps = {policy("filter", "FORWARD", Verdict::drop)};
  } else {
    hooks.push_back(hook(Hook::postrouting, "out eth1"));
  }
  uint64_t order = sight.order - hooks.size();
  for (HookVisit& visit : hooks) {
    visit.order = ++order;
    visit.conntrack_id = sight.id;
  }
  FlowSeen seen = seen_flow(FlowResult::Socket::pending,
                            {walk("data", Direction::original,
                                  udp_packet("10.0.0.2:4000", "10.0.1.2:53"), {{"gw", hooks}})});
  seen.flow = flow;
  return seen;
}

ConntrackCheck none_at_gw() {
  ConntrackCheck check = check_of_gw();
  check.none = true;
  return check;
}

ConntrackCheck mark_at_gw(uint32_t mark) {
  ConntrackCheck check = check_of_gw();
  check.mark = mark;
  return check;
}

std::string run(const ConntrackCheck& check, const Seen& seen, size_t flow) {
  FlowChecks checks;
  checks.conntrack = {check};
  Flow of;
  of.name = seen.flows[flow].flow;
  of.kind = FlowKind::udp;
  Judgement judgement;
  check_conntrack({of, checks, seen.flows[flow]}, seen, judgement);
  return text_of(judgement);
}

/// Request `one` is dropped, then `two` of the same port begins an entry. Both get the same id.
Seen port_used_again(std::optional<uint32_t> id) {
  Seen seen;
  seen.flows = {request("one", {.order = 10, .id = id, .dropped = true}),
                request("two", {.order = 20, .id = id})};
  seen.conntrack_events = {{Kind::new_, entry(7, 0, 9), 21}};
  seen.conntrack_at_end = {entry(7, 0, 9)};
  seen.conntrack_active = {{"gw", true}};
  return seen;
}

TEST(OwnEntries, AreNotThoseOfALaterFlowOfTheSamePort) {
  for (const std::optional<uint32_t> id : {std::optional<uint32_t>(7), {}}) {
    const Seen seen = port_used_again(id);
    EXPECT_EQ(run(none_at_gw(), seen, 0), "");
    EXPECT_EQ(run(mark_at_gw(9), seen, 0),
              "conntrack gw\n"
              "asserted {mark: 0x9}\n"
              "seen     none\n"
              "note     the node has other entries: {original: 10.0.0.2:4000 -> 10.0.1.2:53, "
              "reply: 10.0.1.2:53 -> 10.0.0.2:4000, status: [], mark: 0x9}\n");
    EXPECT_EQ(run(mark_at_gw(9), seen, 1), "");
  }
}

TEST(OwnEntries, AreNotThoseThatWereDestroyedBeforeTheFlowCame) {
  Seen seen;
  seen.flows = {request("one", {.order = 10, .id = 7}), request("two", {.order = 20, .id = 7})};
  seen.conntrack_events = {{Kind::new_, entry(7, 0, 1), 11},
                           {Kind::destroy, entry(7, 0, 1), 15},
                           {Kind::new_, entry(7, 0, 2), 21}};
  seen.conntrack_at_end = {entry(7, 0, 2)};
  seen.conntrack_active = {{"gw", true}};
  ConntrackCheck events = check_of_gw();
  events.events = {{"NEW", "DESTROY"}};
  EXPECT_EQ(run(events, seen, 0), "");
  EXPECT_NE(run(mark_at_gw(2), seen, 0), "");
  events.events = {{"NEW"}};
  EXPECT_EQ(run(events, seen, 1), "");
  EXPECT_EQ(run(mark_at_gw(2), seen, 1), "");
}

TEST(OwnEntries, WhoseEndWasNotToldAreMissingEvidence) {
  Seen seen;
  seen.flows = {request("one", {.order = 10, .id = 7}), request("two", {.order = 20, .id = 7})};
  seen.conntrack_events = {{Kind::new_, entry(7, 0, 1), 11}, {Kind::new_, entry(7, 0, 2), 21}};
  seen.conntrack_at_end = {entry(7, 0, 2)};
  seen.conntrack_active = {{"gw", true}};
  ConntrackCheck check = check_of_gw();
  check.events = {{"NEW"}};
  EXPECT_EQ(run(check, seen, 0),
            "error: conntrack of 'gw': the entry '10.0.0.2:4000 -> 10.0.1.2:53' is not there at "
            "the end, but no DESTROY event was seen (case.yaml:12)\n");
}

/// `first` and `second` have the same addresses and ports, in zone 1 and in zone 2.
Seen two_zones(bool ids_told) {
  const auto id = [&](uint32_t of) { return ids_told ? std::optional(of) : std::nullopt; };
  Seen seen;
  seen.flows = {request("first", {.order = 10, .id = id(7)}),
                request("second", {.order = 20, .id = id(8)})};
  seen.conntrack_events = {{Kind::new_, entry(7, 1, 5), 11}, {Kind::new_, entry(8, 2, 6), 21}};
  seen.conntrack_at_end = {entry(7, 1, 5), entry(8, 2, 6)};
  seen.conntrack_active = {{"gw", true}};
  return seen;
}

TEST(OwnEntries, OfSeveralZonesAreToldApartByTheirIds) {
  const Seen seen = two_zones(true);
  EXPECT_EQ(run(mark_at_gw(5), seen, 0), "");
  EXPECT_EQ(run(mark_at_gw(6), seen, 1), "");
  EXPECT_EQ(run(mark_at_gw(6), seen, 0),
            "conntrack gw\n"
            "asserted {mark: 0x6}\n"
            "seen     {original: 10.0.0.2:4000 -> 10.0.1.2:53, reply: 10.0.1.2:53 -> "
            "10.0.0.2:4000, status: [], mark: 0x5, zone: 1}\n"
            "note     differs in mark: asserted '0x6', seen '0x5'\n");
  EXPECT_NE(run(mark_at_gw(5), seen, 1), "");
}

TEST(OwnEntries, OfSeveralZonesThatNothingTellsApartMakeACheckAnErrorAndNeverAPass) {
  const Seen seen = two_zones(false);
  const std::string doubt =
      "error: conntrack check on 'gw': entries of several zones have the addresses and ports of "
      "this flow and of another, and the kernel's trace does not tell which is whose (since Linux "
      "6.16 it does) (case.yaml:12)\n"
      "{original: 10.0.0.2:4000 -> 10.0.1.2:53, reply: 10.0.1.2:53 -> 10.0.0.2:4000, status: [], "
      "mark: 0x5, zone: 1}\n"
      "{original: 10.0.0.2:4000 -> 10.0.1.2:53, reply: 10.0.1.2:53 -> 10.0.0.2:4000, status: [], "
      "mark: 0x6, zone: 2}\n";
  EXPECT_EQ(run(mark_at_gw(5), seen, 0), doubt);
  EXPECT_EQ(run(mark_at_gw(6), seen, 0), doubt);
  EXPECT_EQ(run(none_at_gw(), seen, 0), doubt);
  EXPECT_EQ(run(check_of_gw(), seen, 0), "");     // true of both
  EXPECT_NE(run(mark_at_gw(7), seen, 0), doubt);  // of none
}

TEST(OwnEntries, OfSeveralZonesAreAllTheFlowsWhereNoOtherFlowHasItsPorts) {
  Seen seen = two_zones(false);
  seen.flows.pop_back();
  EXPECT_EQ(run(mark_at_gw(5), seen, 0), "");
}

TEST(OwnEntries, OfUntrackedPacketsAreNone) {
  Seen seen = two_zones(true);
  for (HookVisit& visit : seen.flows[1].walks[0].visits[0].hooks) visit.conntrack_id.reset();
  EXPECT_EQ(run(none_at_gw(), seen, 1), "");
}

}  // namespace
}  // namespace fwproof::judge
