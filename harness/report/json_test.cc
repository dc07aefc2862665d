#include "report/json.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/samples_test.h"

namespace fwproof::report {
namespace {

nlohmann::json parsed(const CaseResult& result) {
  return nlohmann::json::parse(json({tell(result, {.json = true})})).at("cases").at(0);
}

TEST(Json, OfNothingIsAnEmptyListOfCases) {
  EXPECT_EQ(json({}), "{\n  \"format\": 1,\n  \"cases\": []\n}\n");
}

TEST(Json, HoldsTheFindings) {
  const auto finding = parsed(failed_case()).at("findings").at(0);
  EXPECT_EQ(finding, nlohmann::json::parse(R"({
    "flow": "visit", "check": "outcome", "asserted": "connected", "seen": "dropped", "note": "",
    "packet": "syn",
    "at": {"file": "cases/port-forward/real-client-address.yaml", "line": 9, "column": 5}})"));
}

TEST(Json, HoldsTheWalksDownToTheSteps) {
  const auto walk = parsed(failed_case()).at("seen").at("flows").at(0).at("walks").at(0);
  EXPECT_EQ(walk.at("direction"), "original");
  const auto gw = walk.at("visits").at(1);
  EXPECT_EQ(gw.at("node"), "gw");
  EXPECT_EQ(gw.at("hooks").at(0).at("at_end").at("destination"), "10.0.0.5:80");
  EXPECT_EQ(gw.at("hooks").at(1).at("steps").at(0), nlohmann::json::parse(R"({
    "text": "filter FORWARD policy DROP", "family": "ip", "table": "filter", "chain": "FORWARD",
    "kind": "policy", "rule_number": 0, "rule_handle": 0, "via": "", "rule_text": ":FORWARD DROP [0:0]", "comment": "",
    "at": {"file": "port-forward.rules", "line": 11, "column": 1}, "target": "DROP",
    "elements": [], "verdict": "drop", "legacy": false})"));
  EXPECT_EQ(walk.at("end").at("kind"), "dropped");
  EXPECT_EQ(walk.at("end").at("step").at("table"), "filter");
}

TEST(Json, HasNullWhereNothingIsKnown) {
  CaseResult result = failed_case();
  result.at = {};
  result.seen.flows[0].walks = {delivered_syn_ack()};
  const auto c = parsed(result);
  EXPECT_TRUE(c.at("at").is_null());
  const auto flow = c.at("seen").at("flows").at(0);
  EXPECT_TRUE(flow.at("result").at("seen_as").is_null());
  EXPECT_TRUE(flow.at("walks").at(0).at("end").at("step").is_null());
}

TEST(Json, HoldsWhatWasSeenBesideTheWalks) {
  CaseResult result = failed_case();
  ConntrackEntry entry;
  entry.node = "gw";
  entry.status = {"CONFIRMED"};
  entry.timeout = 120;
  result.seen.conntrack_events = {{ConntrackEvent::Kind::new_, entry}};
  result.seen.conntrack_active = {{"gw", true}};
  result.seen.captures = {{"gw", "eth1", "tcp", 1, {"a packet"}}};
  result.seen.routes = {{"gw", "table local", {"local 10.0.0.1 dev eth1"}}};
  result.seen.lost = {"two traces"};
  Rule counted;
  counted.number = 1;
  counted.counter = Counter{3, 180};
  Chain chain;
  chain.name = "FORWARD";
  chain.base = BaseChain{Hook::forward, 0, "filter"};
  chain.rules = {counted};
  Table table;
  table.name = "filter";
  table.chains = {chain};
  result.seen.rulesets["gw"].tables = {table};
  const auto seen = parsed(result).at("seen");
  EXPECT_EQ(seen.at("conntrack_events").at(0).at("kind"), "NEW");
  EXPECT_EQ(seen.at("conntrack_events").at(0).at("entry").at("timeout"), 120);
  EXPECT_EQ(seen.at("conntrack_active").at("gw"), true);
  EXPECT_EQ(seen.at("captures").at(0).at("first").at(0), "a packet");
  EXPECT_EQ(seen.at("routes").at(0).at("routes").at(0), "local 10.0.0.1 dev eth1");
  EXPECT_EQ(seen.at("lost").at(0), "two traces");
  const auto forward = seen.at("rulesets").at("gw").at("tables").at(0).at("chains").at(0);
  EXPECT_EQ(forward.at("base").at("hook"), "FORWARD");
  EXPECT_EQ(forward.at("rules").at(0).at("counter").at("packets"), 3);
}

TEST(Json, IsAsciiAndGivesControlCharactersAsEscapes) {
  CaseResult result = failed_case();
  result.error = "\x1b[31m \x7f \xc2\x9b caf\xc3\xa9 \xff";
  const std::string text = json({tell(result, {.json = true})});
  EXPECT_TRUE(std::all_of(text.begin(), text.end(),
                          [](char c) { return c == '\n' || (c >= ' ' && c < 0x7f); }));
  EXPECT_NE(text.find(R"("error": "\u001b[31m \u007f \u009b caf\u00e9 \ufffd")"),
            std::string::npos);
}

}  // namespace
}  // namespace fwproof::report
