#include "judge/notation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "judge/seen_builder.h"

namespace fwproof::judge {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Notation, WritesAChainThatOnlyAcceptedByItsNameAlone) {
  const Walk w = syn_to_web({policy("mangle", "FORWARD"), rule("filter", "FORWARD", 1, "ACCEPT")});
  EXPECT_THAT(notation(w, "gw"), ElementsAre("mangle FORWARD", "filter FORWARD rule 1 ACCEPT"));
}

TEST(Notation, WritesEveryStepOfAChainThatSaidMore) {
  const Walk w = syn_to_web({rule("filter", "FORWARD", 1, "jump DOCKER", Verdict::jump),
                             returned("filter", "DOCKER"), policy("filter", "FORWARD")});
  EXPECT_THAT(notation(w, "gw"), ElementsAre("filter FORWARD rule 1 jump DOCKER",
                                             "filter DOCKER return", "filter FORWARD"));
}

TEST(Notation, WritesAPolicyThatDrops) {
  const Walk w = syn_dropped_at_gw(policy("filter", "FORWARD", Verdict::drop));
  EXPECT_THAT(notation(w, "gw"), ElementsAre("filter FORWARD policy DROP"));
}

TEST(Notation, IsEmptyForANodeThePacketNeverCameTo) {
  EXPECT_THAT(notation(syn_to_web(), "elsewhere"), IsEmpty());
}

}  // namespace
}  // namespace fwproof::judge
