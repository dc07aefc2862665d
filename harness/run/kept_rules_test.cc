// Rules that a kept network has from an earlier case, and somebody else changes: no case may take
// them for its own, nor count from what is not known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "lab/rules.h"
#include "parse/test_folder.h"
#include "run/live_lab.h"
#include "run/load.h"

namespace fwproof::run {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kRules =
    "table ip fw {\n  chain in {\n    type filter hook input priority 0; policy accept;\n"
    "    udp dport 53 counter accept\n  }\n}\n";

constexpr const char* kTopology =
    "nodes:\n  M: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}\n"
    "  W: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}, services: [udp/53]}\n"
    "links:\n  - endpoints: [M:eth0, W:eth0]\n";

constexpr const char* kCase =
    "topology: two\nrules: {W: {nft: w.nft}}\nflows: {ask: 'udp M -> W:53'}\n"
    "checks: {ask: {outcome: answered}}\n";

class KeptRules : public testing::Test {
 protected:
  LiveLab live(std::unique_ptr<Network> network) const {
    return LiveLab(std::move(network), case_.topology, Backend::nft, case_.rules.at(Backend::nft),
                   {}, {}, false, false, Loads::later_cases);
  }

  void ask(LiveLab& lab, Seen& seen) const {
    seen.flows.push_back(lab.send(case_.flows.front(), false));
  }

  /// The network of a first case, with its rules.
  std::unique_ptr<Network> kept() const {
    LiveLab first = live(nullptr);
    Seen seen;
    ask(first, seen);
    first.finish(seen);
    EXPECT_THAT(seen.lost, IsEmpty());
    return first.hand_on_network(case_, seen, Leak::nothing);
  }

  void expect_one_rule_that_counted_once(LiveLab& lab) const {
    Seen seen;
    ask(lab, seen);
    lab.finish(seen);
    EXPECT_THAT(seen.lost, IsEmpty());
    const Table* table = seen.rulesets.at("W").find_table(Family::ip, "fw", false);
    ASSERT_TRUE(table);
    const std::vector<Rule>& rules = table->find_chain("in")->rules;
    ASSERT_EQ(rules.size(), 1u);
    EXPECT_EQ(rules[0].counter->packets, 1u);
  }

  static void change_rules(Network& network) {
    lab::load_rules(network.lab().netns("W"), "W", Backend::nft,
                    {.kind = RulesFile::Kind::nft,
                     .path = "more.nft",
                     .text = "add rule ip fw in udp dport 54 counter accept\n"});
  }

 private:
  parse::TestFolder folder_;
  const std::string topology_ = folder_.write("two.yaml", kTopology);
  const std::string rules_ = folder_.write("w.nft", kRules);
  const Case case_ = load_cases({folder_.write("a.yaml", kCase)}).front();
};

TEST_F(KeptRules, ServeACaseThatCountsAnew) {
  LiveLab second = live(kept());
  EXPECT_EQ(second.ran_in(), RanIn::kept_network_and_rules);
  expect_one_rule_that_counted_once(second);
}

TEST_F(KeptRules, ThatSomebodyChangedBetweenTwoCasesAreLoadedAnew) {
  std::unique_ptr<Network> network = kept();
  change_rules(*network);
  LiveLab second = live(std::move(network));
  EXPECT_EQ(second.ran_in(), RanIn::kept_network);
  expect_one_rule_that_counted_once(second);
}

TEST_F(KeptRules, ThatSomebodyChangesUnderACaseAreAnError) {
  std::unique_ptr<Network> network = kept();
  Network& here = *network;
  LiveLab second = live(std::move(network));
  change_rules(here);
  Seen seen;
  ask(second, seen);
  second.finish(seen);
  EXPECT_THAT(seen.lost, ElementsAre("node 'W': its rules changed, though nothing in the case "
                                     "changes them, and what they counted before it is not known"));
}

}  // namespace
}  // namespace fwproof::run
