#include <gtest/gtest.h>

#include "judge/seen_builder.h"

namespace fwproof::judge {
namespace {

const std::vector<std::string> kLocal{
    "local 127.0.0.1 dev lo proto kernel scope host src 127.0.0.1",
    "local 203.0.113.2 dev wan1 proto kernel scope host src 203.0.113.2"};

std::string run(const RouteCheck& check, const RouteAnswer& answer) {
  Judgement judgement;
  check_routes({&check, 1}, {&answer, 1}, judgement);
  return text_of(judgement);
}

TEST(RouteCheck, FindsTheWordsInTheirOrder) {
  const RouteAnswer table{"router", "table local", kLocal};
  EXPECT_EQ(run({"router", {}, "local", true, "local 203.0.113.2 dev wan1", kAt}, table), "");
  EXPECT_EQ(run({"router", {}, "local", true, "local 203.0.113.2 src 203.0.113.2", kAt}, table),
            "");
  EXPECT_EQ(run({"router", {}, "local", true, "local 203.0.113.2 dev lo", kAt}, table),
            "routes router table local\n"
            "asserted has: local 203.0.113.2 dev lo\n"
            "seen     local 127.0.0.1 dev lo proto kernel scope host src 127.0.0.1\n"
            "local 203.0.113.2 dev wan1 proto kernel scope host src 203.0.113.2\n");
}

TEST(RouteCheck, LacksIsAboutEveryRouteOfTheTable) {
  const RouteAnswer table{"router", "table local", kLocal};
  EXPECT_EQ(run({"router", {}, "local", false, "dev wan2", kAt}, table), "");
  EXPECT_EQ(run({"router", {}, "local", false, "dev lo", kAt}, table),
            "routes router table local\n"
            "asserted lacks: dev lo\n"
            "seen     local 127.0.0.1 dev lo proto kernel scope host src 127.0.0.1\n"
            "local 203.0.113.2 dev wan1 proto kernel scope host src 203.0.113.2\n"
            "note     there is 'local 127.0.0.1 dev lo proto kernel scope host src 127.0.0.1'\n");
}

TEST(RouteCheck, ComparesTheAnswerToIpRouteGet) {
  const RouteCheck check{"router", address("203.0.113.2"),     "",
                         true,     "local 203.0.113.2 dev lo", kAt};
  EXPECT_EQ(run(check, {"router", "get 203.0.113.2", {"local 203.0.113.2 dev lo src 203.0.113.2"}}),
            "");
  EXPECT_EQ(run(check, {"router", "get 203.0.113.2", {}}),
            "routes router get 203.0.113.2\n"
            "asserted is: local 203.0.113.2 dev lo\n"
            "seen     no route\n");
}

TEST(RouteCheck, IsAnErrorWhenItWasNotAnswered) {
  EXPECT_EQ(run({"router", {}, "local", false, "dev wan2", kAt}, {"router", "table main", {}}),
            "error: route check on 'router': 'table local' was not answered (case.yaml:12)\n");
}

}  // namespace
}  // namespace fwproof::judge
