// What is large: it loads, runs, loses nothing and is told right, in time and memory that grow as
// it does (ci/bench growth measures how).
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "parse/test_folder.h"
#include "run/cli.h"
#include "run/test_program.h"

namespace fwproof::run {
namespace {

using parse::TestFolder;
using testing::AllOf;
using testing::HasSubstr;

constexpr unsigned kManyRules = 10'000;
constexpr unsigned kManyElements = 100'000;

std::string address(unsigned number) {
  return fmt::format("10.{}.{}.{}", number >> 16, number >> 8 & 0xff, number & 0xff);
}

/// Rules that drop others, then one that takes ssh, which is the last of `kManyRules`.
std::string many_rules_of_iptables() {
  std::string text = "*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n";
  for (unsigned i = 1; i < kManyRules; ++i)
    text += fmt::format("-A INPUT -s {} -p tcp --dport 22 -j DROP\n", address(i));
  return text + "-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n";
}

std::string many_rules_of_nft() {
  std::string text = "table ip filter {\n  chain INPUT {\n    type filter hook input priority 0\n";
  for (unsigned i = 1; i < kManyRules; ++i)
    text += fmt::format("    ip saddr {} tcp dport 22 drop\n", address(i));
  return text + "    tcp dport 22 accept\n  }\n}\n";
}

/// What a tool hands the kernel at once must fit into its socket (net.core.wmem_max); only root's
/// may be larger.
constexpr const char* kTooLarge = "an ordinary user's socket does not take so much at once";

TEST(Growth, FollowsAPacketPastTenThousandRules) {
  if (geteuid() != 0) GTEST_SKIP() << kTooLarge;
  const TestFolder folder;
  folder.write("w.rules", many_rules_of_iptables());
  folder.write("w.nft", many_rules_of_nft());
  const std::string path = folder.write("many.yaml", R"(# The last of very many rules decides.
topology: lan
rules: {W: {iptables: w.rules, nft: w.nft}}
flows: {ssh: tcp M -> W:22}
checks: {ssh: {outcome: connected, walk: {W: {syn: {contains: filter INPUT rule 10000}}}}}
mutant: {W: {remove: filter INPUT rule 10000}}
)");
  const Ended ended = run_fwproof({"run", "-j", "1", "-v", path});
  EXPECT_EQ(ended.status, kPassed) << ended.output << ended.error;
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr("filter INPUT rule 10000 ACCEPT  " + folder.path("w.rules:10004\n")),
                    HasSubstr("filter INPUT rule 10000 accept  " + folder.path("w.nft:10003\n")),
                    HasSubstr("3 passed, 0 failed, 0 errors, 0 skipped in")));
}

TEST(Growth, LooksAPacketUpAmongAHundredThousandElements) {
  if (geteuid() != 0) GTEST_SKIP() << kTooLarge;
  const TestFolder folder;
  std::string elements;
  for (unsigned i = 1; i < kManyElements; ++i) elements += address(i) + ",\n";
  folder.write("w.nft", "table ip filter {\n  set known {\n    type ipv4_addr\n    elements = {\n" +
                            elements +
                            "192.168.11.104 }\n  }\n  chain INPUT {\n    type filter hook input "
                            "priority 0; policy drop;\n    ip saddr @known accept\n  }\n}\n");
  const std::string path = folder.write("set.yaml", R"(# Who is last in a very large set is known.
topology: lan
rules: {W: {nft: w.nft}}
flows: {ssh: tcp M -> W:22}
checks: {ssh: {outcome: connected, walk: {W: {syn: {contains: filter INPUT rule 1}}}}}
mutant: {W: {remove: filter INPUT rule 1}}
)");
  const Ended ended = run_fwproof({"run", "-v", path});
  EXPECT_EQ(ended.status, kPassed) << ended.output << ended.error;
  EXPECT_THAT(ended.output,
              HasSubstr("filter INPUT rule 1 accept  " + folder.path("w.nft:100008\n")));
}

// What their packets say together is more than the taps' sockets hold at once where the machine
// gives an ordinary user little room (net.core.rmem_max).
TEST(Growth, LosesNothingOfAFlood) {
  const TestFolder folder;
  const std::string path = folder.write("flood.yaml", R"(# Each of very many packets has its walk.
topology: lan
flows: {flood: {send: udp M -> W:53, count: 500}, crafted: {send: udp M -> W:53, ttl: 3, count: 500}}
checks: {flood: {outcome: answered}, crafted: {outcome: answered}}
mutant: {W: {service: udp/53}}
)");
  const Ended ended = run_fwproof({"run", "--backend", "nft", "-v", path});
  EXPECT_EQ(ended.status, kPassed) << ended.output.substr(0, 2000) << ended.error;
  EXPECT_THAT(ended.output, HasSubstr("\nreply data 500  "));
}

}  // namespace
}  // namespace fwproof::run
