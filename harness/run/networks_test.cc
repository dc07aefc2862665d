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
  EXPECT_EQ(networks({}), "networks: 2 built, 1 kept from an earlier case");
  EXPECT_EQ(networks({"--isolate"}), "networks: 3 built, 0 kept from an earlier case");
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
            "networks: 2 built, 0 kept from an earlier case");
}

}  // namespace
}  // namespace fwproof::run
