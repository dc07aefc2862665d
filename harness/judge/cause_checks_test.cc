#include <gtest/gtest.h>

#include "judge/seen_builder.h"

namespace fwproof::judge {
namespace {

using Socket = FlowResult::Socket;

CauseCheck cause(Cause what, const std::string& node = "") {
  const std::string text(to_string(what));
  return {what, node, node.empty() ? text : text + " at " + node, kAt};
}

std::string run(const CauseCheck& check, const FlowSeen& seen) {
  const Flow flow = tcp_flow();
  FlowChecks checks;
  checks.cause = check;
  Judgement judgement;
  check_cause({flow, checks, seen}, judgement);
  return text_of(judgement);
}

Walk syn_lost_in_routing() {
  Walk syn = walk(
      "syn", Direction::original, tcp_packet("1.2.3.4:60000", "10.0.0.5:80", kTcpSyn),
      {{"client", {hook(Hook::output, "out eth0")}}, {"gw", {hook(Hook::prerouting, "in eth0")}}});
  syn.end = {.kind = WalkEnd::Kind::lost, .node = "gw", .hook = Hook::prerouting};
  return syn;
}

FlowSeen lost_by_rp_filter() {
  FlowSeen seen = seen_flow(Socket::pending, {syn_lost_in_routing()});
  seen.walks[0].end.cause =
      CauseFound{Cause::rp_filter, "gw", {"TcpExt IPReversePathFilter +1 on gw"}};
  return seen;
}

TEST(CauseCheck, HoldsWithAndWithoutItsNode) {
  EXPECT_EQ(run(cause(Cause::rp_filter), lost_by_rp_filter()), "");
  EXPECT_EQ(run(cause(Cause::rp_filter, "gw"), lost_by_rp_filter()), "");
}

TEST(CauseCheck, SaysWhichCauseItWasAndByWhichEvidence) {
  EXPECT_EQ(run(cause(Cause::no_route), lost_by_rp_filter()), R"(cause
asserted no route
seen     rp_filter at gw
note     TcpExt IPReversePathFilter +1 on gw
packet   syn
)");
  EXPECT_EQ(run(cause(Cause::rp_filter, "web"), lost_by_rp_filter()), R"(cause
asserted rp_filter at web
seen     rp_filter at gw
note     TcpExt IPReversePathFilter +1 on gw
packet   syn
)");
}

TEST(CauseCheck, SaysWhichRuleItWasInstead) {
  const FlowSeen seen =
      seen_flow(Socket::pending, {syn_dropped_at_gw(policy("filter", "FORWARD", Verdict::drop))});
  EXPECT_EQ(run(cause(Cause::no_route), seen), R"(cause
asserted no route
seen     none: no packet was lost but by a rule
note     'syn' dropped at gw filter FORWARD policy DROP
packet   syn
)");
}

TEST(CauseCheck, IsNotAnsweredWhereNothingTellsTheCause) {
  EXPECT_EQ(run(cause(Cause::rp_filter), seen_flow(Socket::pending, {syn_lost_in_routing()})),
            "error: cause of flow 'visit': 'syn' lost in gw after PREROUTING, by no verdict of a "
            "rule; no counter, no ICMP error and no drop reason of the kernel tells why "
            "(case.yaml:12)\n");
}

TEST(CauseCheck, KnowsWhyNothingWasSent) {
  FlowSeen seen = seen_flow(Socket::failed);
  seen.not_sent = CauseFound{Cause::no_route, "client", {"the socket of client says no"}};
  EXPECT_EQ(run(cause(Cause::no_route, "client"), seen), "");
  EXPECT_EQ(run(cause(Cause::mtu), seen), R"(cause
asserted fragmentation needed
seen     no route at client
note     the socket of client says no
)");
}

}  // namespace
}  // namespace fwproof::judge
