#include "judge/yaml_text.h"

#include <gtest/gtest.h>

namespace fwproof::judge {
namespace {

TEST(YamlScalar, IsQuotedOnlyWhereItMustBe) {
  EXPECT_EQ(yaml_scalar("nat PREROUTING rule 1 DNAT"), "nat PREROUTING rule 1 DNAT");
  EXPECT_EQ(yaml_scalar("1.2.3.4:60000 -> 203.0.113.1:8080"), "1.2.3.4:60000 -> 203.0.113.1:8080");
  EXPECT_EQ(yaml_scalar("!ASSURED"), "'!ASSURED'");
  EXPECT_EQ(yaml_scalar("null"), "'null'");
  EXPECT_EQ(yaml_scalar(">= 1"), "'>= 1'");
  EXPECT_EQ(yaml_scalar("tcp[13] == 2"), "'tcp[13] == 2'");
  EXPECT_EQ(yaml_scalar("it's, so"), "'it''s, so'");
}

TEST(YamlList, BreaksIntoOneItemALineWhenItIsWide) {
  EXPECT_EQ(yaml_list({"raw OUTPUT", "nat OUTPUT"}), "[raw OUTPUT, nat OUTPUT]");
  const std::string wide(50, 'x');
  EXPECT_EQ(yaml_list({wide, wide}), "[" + wide + ",\n " + wide + "]");
}

TEST(Place, IsEmptyWhereItIsNotKnown) {
  EXPECT_EQ(place({"case.yaml", 12, 1}), " (case.yaml:12)");
  EXPECT_EQ(place({}), "");
}

}  // namespace
}  // namespace fwproof::judge
