// fwproof new, as its users meet it.
#include <gtest/gtest.h>

#include <fstream>

#include "run/cli.h"
#include "run/one_case.h"
#include "run/test_program.h"

namespace fwproof::run {
namespace {

using parse::TestFolder;

constexpr const char* kNewLanCase = R"(# What must be true, in one line.
topology: lan
# Rules that the nodes load: iptables-save text, nft files.
# rules:
#   M: M.rules
#   W: W.rules
flows:
  M to W tcp 22: tcp M -> W:22
  M to W udp 53: udp M -> W:53
# What is true without rules. Take it away, and 'fwproof run --record' writes what is true with
# them.
checks:
  M to W tcp 22: {outcome: connected}
  M to W udp 53: {outcome: answered}
# A change that must turn the case red: 'fwproof run --mutants' tries it.
# mutant: {NODE: {remove: filter FORWARD rule 1}}
)";

TEST(New, PrintsACaseThatRuns) {
  const Ended ended = run_fwproof({"new", "lan"});
  EXPECT_EQ(ended.status, kPassed) << ended.error;
  EXPECT_EQ(ended.output, kNewLanCase);
}

TEST(New, WritesACaseThatRunsForEachShippedTopology) {
  const TestFolder folder;
  for (const std::string name : {"lan", "nat-gateway", "office", "ipv6-router", "loopback"}) {
    const std::string file = folder.path(name + ".yaml");
    const Ended ended = run_fwproof({"new", name, file});
    EXPECT_EQ(ended.status, kPassed) << ended.error;
    EXPECT_EQ(run_fwproof({"validate", file}).output, "1 case is good\n");
  }
  const Ended ended = run_fwproof({"run", folder.path("")});
  EXPECT_EQ(ended.status, kPassed) << ended.output;
}

TEST(New, NamesATopologyFromWhereTheCaseIs) {
  const TestFolder folder;
  folder.write("nets/two.yaml", R"(nodes:
  a: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}
  b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}
links: [{endpoints: ["a:eth0", "b:eth0"]}]
)");
  folder.write("cases/other.txt", "");
  const Ended ended =
      run_fwproof({"new", folder.path("nets/two.yaml"), folder.path("cases/a.yaml")});
  EXPECT_EQ(told(folder, ended), "written  cases/a.yaml, with 2 flows\n");
  const std::string text = read_whole(folder.path("cases/a.yaml"));
  EXPECT_NE(text.find("topology: ../nets/two.yaml\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  a to b ping: icmp a -> b\n"), std::string::npos) << text;
  EXPECT_EQ(run_fwproof({"run", folder.path("cases")}).status, kPassed);
}

TEST(New, OverwritesNothing) {
  const TestFolder folder;
  const std::string file = folder.write("a.yaml", "mine\n");
  const Ended ended = run_fwproof({"new", "lan", file});
  EXPECT_EQ(ended.status, kBadInput);
  EXPECT_EQ(told(folder, ended),
            "a.yaml: error: the file exists already\nhint: name another, or take it away\n");
  EXPECT_EQ(read_whole(file), "mine\n");
}

TEST(New, SaysWhereItCannotWrite) {
  const Ended ended = run_fwproof({"new", "lan", "/proc/none/a.yaml"});
  EXPECT_EQ(ended.status, kMachine);
  EXPECT_EQ(ended.error,
            "error: write '/proc/none/a.yaml': No such file or directory\n"
            "hint: name a place that exists and that you may write to\n");
}

TEST(New, WritesOnlyWhatIsFoundAsACase) {
  const TestFolder folder;
  const Ended ended = run_fwproof({"new", "lan", folder.path("a.yml.txt")});
  EXPECT_EQ(ended.status, kBadInput);
  EXPECT_EQ(told(folder, ended), "a.yml.txt: error: a case is a file that ends in .yaml\n");
}

TEST(New, SaysThatNobodyReachesAnybody) {
  const TestFolder folder;
  const std::string file = folder.write("a.yaml", "nodes: {a: {}, b: {}}\n");
  const Ended ended = run_fwproof({"new", file});
  EXPECT_EQ(ended.status, kBadInput);
  EXPECT_EQ(
      told(folder, ended),
      "a.yaml: error: no node of the topology has a route to another\nhint: give it addresses "
      "and routes\n");
}

}  // namespace
}  // namespace fwproof::run
