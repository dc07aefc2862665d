#include <gtest/gtest.h>

#include "judge/seen_builder.h"

namespace fwproof::judge {
namespace {

using Socket = FlowResult::Socket;

Range exactly(uint64_t n) { return {n, n, std::to_string(n)}; }

/// Three connections of 'visits': two stand, the last is dropped.
struct Visits {
  Case c;
  Seen seen;
  FlowChecks checks;

  Visits() {
    for (const char* name : {"visits 1", "visits 2", "visits 3"}) {
      Flow flow = tcp_flow();
      flow.name = name;
      flow.connection_of = "visits";
      c.flows.push_back(flow);
    }
    seen.flows = {connected_to_web(), connected_to_web(),
                  seen_flow(Socket::pending,
                            {syn_dropped_at_gw(policy("filter", "FORWARD", Verdict::drop))})};
    for (size_t i = 0; i < c.flows.size(); ++i) seen.flows[i].flow = c.flows[i].name;
    checks.flow = "visits";
  }

  std::string run(std::vector<std::pair<std::string, Range>> outcomes) {
    checks.connections = ConnectionsCheck{std::move(outcomes), kAt};
    Judgement judgement;
    check_connections(c, checks, seen, judgement);
    return text_of(judgement);
  }
};

TEST(ConnectionOutcomes, AreCountedByTheirOutcomes) {
  EXPECT_EQ(Visits().run({{"connected", exactly(2)}, {"dropped", exactly(1)}}), "");
  EXPECT_EQ(Visits().run({{"connected", {1, 2, "1..2"}}, {"dropped", {1, 3, ">= 1"}}}), "");
}

TEST(ConnectionOutcomes, AFindingShowsTheFirstThatWasNotExpected) {
  EXPECT_EQ(Visits().run({{"connected", exactly(3)}}), R"(outcome
asserted connected: 3
seen     connected: 2, dropped: 1
note     'visits 3' is dropped: 'syn' dropped at gw filter FORWARD policy DROP
packet   syn
)");
  EXPECT_EQ(Visits().run({{"connected", exactly(1)}, {"dropped", exactly(2)}}), R"(outcome
asserted connected: 1, dropped: 2
seen     connected: 2, dropped: 1
note     'visits 2' is connected: 'syn' delivered to web
packet   syn
)");
}

}  // namespace
}  // namespace fwproof::judge
