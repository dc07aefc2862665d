#include "judge/record.h"

#include <gtest/gtest.h>

namespace fwproof::judge {
namespace {

Recorded scalar(std::vector<std::string> path, std::string value, std::string vaguer = {}) {
  return {std::move(path), {std::move(value)}, false, std::move(vaguer), true};
}

Recorded list(std::vector<std::string> path, std::vector<std::string> value) {
  return {std::move(path), std::move(value), true, "", true};
}

TEST(ChecksText, NestsWhatIsOfOneFlowAndNode) {
  Recorded unusual = scalar({"visit", "answered from"}, "8.8.8.8");
  unusual.usual = false;
  EXPECT_EQ(
      checks_text({scalar({"visit", "outcome"}, "connected"), unusual,
                   list({"visit", "walk", "gw", "syn"}, {"filter FORWARD rule 1 ACCEPT"}),
                   list({"visit", "walk", "gw", "ack"}, {std::string(60, 'x'), "a, b", "c: d"}),
                   list({"visit", "walk", "web", "syn"}, {"filter INPUT"}),
                   scalar({"visit", "conntrack", "gw", "original"}, "1.2.3.4 -> 10.0.0.5:80"),
                   scalar({"a: b", "outcome"}, "dropped")}),
      R"(checks:
  visit:
    outcome: connected
    walk:
      gw:
        syn: [filter FORWARD rule 1 ACCEPT]
        ack: [xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx, 'a, b', 'c: d']
      web:
        syn: [filter INPUT]
    conntrack:
      gw:
        original: 1.2.3.4 -> 10.0.0.5:80
  'a: b':
    outcome: dropped
)");
}

TEST(Agreed, KeepsWhatAllRunsSayAndNamesTheRest) {
  const Agreed all =
      agreed({{scalar({"a", "outcome"}, "connected"), scalar({"a", "reaches"}, "b:80"),
               scalar({"a", "seen as"}, "10.0.0.1:5", "10.0.0.1")},
              {scalar({"a", "outcome"}, "connected"), scalar({"a", "reaches"}, "c:80"),
               scalar({"a", "seen as"}, "10.0.0.1:6", "10.0.0.1"),
               scalar({"a", "dropped"}, "gw filter FORWARD policy DROP")}});
  ASSERT_EQ(all.checks.size(), 2u);
  EXPECT_EQ(all.find({"a", "outcome"})->value.front(), "connected");
  EXPECT_EQ(all.find({"a", "seen as"})->value.front(), "10.0.0.1");
  EXPECT_TRUE(all.differs({"a", "reaches"}));
  EXPECT_TRUE(all.differs({"a", "dropped"}));
  EXPECT_FALSE(all.differs({"a", "outcome"}));
}

}  // namespace
}  // namespace fwproof::judge
