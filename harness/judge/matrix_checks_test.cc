#include <gtest/gtest.h>

#include "judge/seen_builder.h"

namespace fwproof::judge {
namespace {

using Socket = FlowResult::Socket;

/// client and gw to web: the client's SYN is dropped, gw is served.
Case office() {
  Case c;
  for (const char* name : {"one", "two"}) {
    Flow flow = tcp_flow();
    flow.name = name;
    c.flows.push_back(flow);
  }
  c.matrices = {{"tcp/80",
                 {"web", "gw"},
                 {{"client", {{"yes", "one"}, {"-", ""}}}, {"gw", {{"yes", "two"}, {"-", ""}}}},
                 kAt}};
  return c;
}

Seen went() {
  Seen seen;
  seen.flows = {
      seen_flow(Socket::pending, {syn_dropped_at_gw(policy("filter", "FORWARD", Verdict::drop))}),
      connected_to_web()};
  seen.flows[0].flow = "one";
  seen.flows[1].flow = "two";
  return seen;
}

std::string run(const Case& c, const Seen& seen) {
  Judgement judgement;
  check_matrices(c, seen, judgement);
  return text_of(judgement);
}

TEST(Matrix, ShowsBothTablesAndTheWrongCellsInWords) {
  EXPECT_EQ(run(office(), went()), R"(matrix tcp/80
asserted from    web  gw
client  yes  -
gw      yes  -
seen     from    web      gw
client  dropped  -
gw      yes      -
note     client to web: asserted yes, seen dropped, 'syn' dropped at gw filter FORWARD policy DROP
packet   syn
)");
}

TEST(Matrix, HoldsByTheWordsThatFitTheOutcome) {
  Case c = office();
  for (const char* word : {"no", "dropped"}) {
    c.matrices[0].rows[0].cells[0].asserted = word;
    EXPECT_EQ(run(c, went()), "") << word;
  }
  c.matrices[0].rows[0].cells[0].asserted = "refused";
  EXPECT_NE(run(c, went()), "");
  c.matrices[0].rows[0].cells[0].asserted = "no";
  c.matrices[0].rows[1].cells[0].asserted = "connected";
  EXPECT_EQ(run(c, went()), "");
}

}  // namespace
}  // namespace fwproof::judge
