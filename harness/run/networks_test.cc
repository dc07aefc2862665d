// How many networks a run builds, as it tells its users.
#include <gtest/gtest.h>

#include "base/text.h"
#include "run/one_case.h"
#include "run/test_program.h"

namespace fwproof::run {
namespace {

using parse::TestFolder;

TEST(CommandLine, TellsHowManyNetworksWereBuilt) {
  const TestFolder folder;
  folder.write("w.rules", kRules);
  folder.write("a.yaml", kCase);
  folder.write("b.yaml", kCase);
  folder.write("c.yaml", kCase + std::string("isolate: true\n"));
  const auto networks = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"run", "-v", "-j", "1", "--backend", "iptables-nft"});
    words.push_back(folder.path(""));
    return split_lines(run_fwproof(words).output).back();
  };
  EXPECT_EQ(networks({}),
            "networks: 2 built, 1 kept from an earlier case, 1 of them with its rules");
  EXPECT_EQ(networks({"--isolate"}),
            "networks: 3 built, 0 kept from an earlier case, 0 of them with its rules");
}

TEST(CommandLine, BuildsAnewForRulesInANodeThatHadNone) {
  const TestFolder folder;
  folder.write("w.rules", kRules);
  folder.write("m.rules", "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n");
  folder.write("a.yaml",
               "topology: lan\nrules: {M: m.rules}\nflows: {ssh: 'tcp M:40000 -> W:22'}\n"
               "checks: {ssh: {outcome: connected}}\n");
  folder.write("b.yaml", kCase);
  EXPECT_EQ(split_lines(
                run_fwproof({"run", "-v", "-j", "1", "--backend", "iptables-nft", folder.path("")})
                    .output)
                .back(),
            "networks: 2 built, 0 kept from an earlier case, 0 of them with its rules");
}

TEST(CommandLine, CountsForEachCaseAnewWhereRulesAreKept) {
  const TestFolder folder;
  folder.write("w.rules", kRules);
  folder.write("limited.rules",
               "*filter\n-A INPUT -p tcp --dport 22 -m limit --limit 1/hour --limit-burst 1 -j "
               "ACCEPT\n-A INPUT -p tcp --dport 22 -m conntrack --ctstate NEW -j DROP\nCOMMIT\n");
  const std::string counts = kCase + std::string("counters: {W: {filter INPUT rule 1: 6}}\n");
  folder.write("a.yaml", counts);
  folder.write("b.yaml", counts);
  std::string limited = kCase;
  limited.replace(limited.find("w.rules"), 7, "limited.rules");
  folder.write("c.yaml", limited);
  folder.write("d.yaml", limited);
  const Ended ended =
      run_fwproof({"run", "-v", "-j", "1", "--backend", "iptables-nft", folder.path("")});
  EXPECT_EQ(ended.status, 0) << ended.output;
  EXPECT_EQ(split_lines(ended.output).back(),
            "networks: 1 built, 3 kept from an earlier case, 1 of them with its rules");
}

/// The set is written in the rule, and each of its elements has a limit of its own.
TEST(CommandLine, LoadsRulesAnewWhoseElementsLimit) {
  const TestFolder folder;
  folder.write(
      "w.nft",
      "table ip fw {\n  chain in {\n    type filter hook input priority 0; policy accept;\n"
      "    udp dport 53 ip saddr { 192.168.11.104 limit rate 1/hour burst 1 packets, "
      "192.168.11.105 limit rate 1/hour burst 1 packets } counter drop\n  }\n}\n");
  const std::string dropped =
      "topology: lan\nrules: {W: {nft: w.nft}}\nflows: {ask: 'udp M -> W:53'}\n"
      "checks: {ask: {outcome: dropped}}\n";
  folder.write("a.yaml", dropped);
  folder.write("b.yaml", dropped);
  const Ended ended = run_fwproof({"run", "-v", "-j", "1", "--backend", "nft", folder.path("")});
  EXPECT_EQ(ended.status, 0) << ended.output;
  EXPECT_EQ(split_lines(ended.output).back(),
            "networks: 1 built, 1 kept from an earlier case, 0 of them with its rules");
}

}  // namespace
}  // namespace fwproof::run
