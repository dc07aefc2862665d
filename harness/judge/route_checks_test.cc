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

TEST(RouteCheck, FindsTheWords) {
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

/// Does a route of table main lack the words?
bool lacks(const std::string& words, const std::string& route) {
  return run({"router", {}, "main", false, words, kAt}, {"router", "table main", {route}}).empty();
}

TEST(RouteCheck, ComparesWhatWordsMean) {
  const std::string route = "10.0.0.1 via 10.0.1.1 dev eth0 proto static metric 100 linkdown";
  for (const char* same : {"10.0.0.1/32", "dev eth0 via 10.0.1.1", "metric 100 10.0.0.1", "proto 4",
                           "unicast", "scope global", "linkdown dev eth0", ""})
    EXPECT_FALSE(lacks(same, route)) << same;
  for (const char* other : {"10.0.0.0/24", "via 10.0.0.1", "local", "metric 10", "dead",
                            "proto boot", "scope link", "nexthop via 10.0.1.1"})
    EXPECT_TRUE(lacks(other, route)) << other;
  EXPECT_FALSE(lacks("0.0.0.0/0", "default via 10.0.1.1 dev eth0"));
  EXPECT_FALSE(lacks("2001:DB8:0::/48", "2001:db8::/48 dev eth0 metric 1024"));
  EXPECT_FALSE(lacks("proto boot", "default via 10.0.1.1 dev eth0"));
  EXPECT_FALSE(lacks("via 2001:db8::1", "10.9.0.0/16 via inet6 2001:db8::1 dev eth0"));
}

TEST(RouteCheck, TakesAWayOfSeveralByItself) {
  const std::string route =
      "default proto static nexthop via 10.0.0.1 dev eth0 weight 1 nexthop via 10.0.1.1 dev eth1 "
      "weight 2 dead linkdown";
  for (const char* there : {"default via 10.0.1.1 dev eth1", "dead", "nexthop dev eth0 weight 1",
                            "default nexthop via 10.0.0.1 nexthop via 10.0.1.1 linkdown"})
    EXPECT_FALSE(lacks(there, route)) << there;
  for (const char* mixed : {"via 10.0.0.1 dev eth1", "nexthop via 10.0.0.1 weight 2",
                            "dev eth0 dead", "nexthop via 10.0.2.1"})
    EXPECT_TRUE(lacks(mixed, route)) << mixed;
}

TEST(RouteCheck, IsAnErrorWhenARouteIsNotUnderstood) {
  EXPECT_EQ(run({"router", {}, "main", false, "dev wan2", kAt},
                {"router", "table main", {"default dev eth0 mtu 1400"}}),
            "error: route check on 'router': 'default dev eth0 mtu 1400' is not understood: 'mtu' "
            "is no word of a route that fwproof reads (case.yaml:12)\n");
}

TEST(RouteCheck, ComparesTheKernelsRefusal) {
  const RouteAnswer refused{
      "router", "get 203.0.113.2", {"RTNETLINK answers: Network is unreachable"}};
  const auto is = [&](const char* words) {
    return run({"router", address("203.0.113.2"), "", true, words, kAt}, refused).empty();
  };
  EXPECT_TRUE(is("RTNETLINK answers: Network is unreachable"));
  EXPECT_FALSE(is("RTNETLINK answers: No route to host"));
  EXPECT_FALSE(is("dev eth0"));
}

TEST(RouteCheck, IsAnErrorWhenItWasNotAnswered) {
  EXPECT_EQ(run({"router", {}, "local", false, "dev wan2", kAt}, {"router", "table main", {}}),
            "error: route check on 'router': 'table local' was not answered (case.yaml:12)\n");
}

}  // namespace
}  // namespace fwproof::judge
