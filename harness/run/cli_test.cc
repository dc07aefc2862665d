// The program as its users meet it: what it prints, how it exits, what it leaves behind.
#include "run/cli.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <set>

#include "base/text.h"
#include "parse/test_folder.h"
#include "run/one_case.h"
#include "run/test_program.h"

namespace fwproof::run {
namespace {

using parse::TestFolder;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST(CommandLine, ExitsWith0AndALineForEachBackendWhenGreen) {
  const OneCase one;
  const Ended ended = run_fwproof({"run", one.path});
  EXPECT_EQ(ended.status, kPassed) << ended.output << ended.error;
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr("pass  ssh [iptables-nft]"), HasSubstr("pass  ssh [iptables-legacy]"),
                    HasSubstr("2 passed, 0 failed, 0 errors, 0 skipped in")));
  EXPECT_EQ(ended.error, "");
}

TEST(CommandLine, ExitsWith1AndTheStoryWhenRed) {
  const OneCase one(kRulesWithoutSsh);
  const Ended ended = run_fwproof({"run", "--backend", "iptables-nft", one.path});
  EXPECT_EQ(ended.status, kFailed);
  EXPECT_THAT(ended.output, AllOf(HasSubstr("asserted  connected"), HasSubstr("seen      dropped"),
                                  HasSubstr("dropped at W filter INPUT policy DROP (" +
                                            one.folder.path("w.rules") + ":2)")));
}

TEST(CommandLine, ExitsWith4WhereNoCaseIs) {
  const TestFolder empty;
  const Ended ended = run_fwproof({"run", empty.path("")});
  EXPECT_EQ(ended.status, kNothingRan);
  EXPECT_EQ(ended.error, "error: nothing to run: no case (*.yaml) lies there\n");
}

TEST(CommandLine, ExitsWith4WhereTheFilterLeavesNone) {
  const OneCase one;
  const Ended ended = run_fwproof({"run", "--filter", "nat", one.path});
  EXPECT_EQ(ended.status, kNothingRan);
  EXPECT_EQ(ended.error, "error: nothing to run: no case is left by --filter and --backend\n");
}

TEST(CommandLine, ExitsWith4WhereAllAreSkipped) {
  const TestFolder folder;
  folder.write("w.rules", kRules);
  folder.write("ssh.yaml", std::string(kCase) + "needs: [perl]\n");
  const Ended ended = run_fwproof({"run", folder.path("")}, [] { setenv("PATH", "/nowhere", 1); });
  EXPECT_EQ(ended.status, kNothingRan) << ended.output << ended.error;
  EXPECT_THAT(ended.output, HasSubstr("0 passed, 0 failed, 0 errors, 2 skipped in"));
}

TEST(CommandLine, SaysThatNoCaseHasAMutant) {
  std::string text = kCase;
  text.resize(text.find("mutant:"));
  const OneCase one(kRules, text);
  const Ended ended = run_fwproof({"run", "--mutants", one.path});
  EXPECT_EQ(ended.status, kNothingRan);
  EXPECT_EQ(ended.error,
            "error: nothing to run: no case that is left has a mutant\n"
            "hint: 'mutant' in a case names a change that must turn it red\n");
}

TEST(CommandLine, GivesTheSameResultsInTheSameOrderHoweverManyRunAtATime) {
  const TestFolder folder;
  folder.write("w.rules", kRules);
  for (const char* name : {"a", "b", "c", "d"}) folder.write(std::string(name) + ".yaml", kCase);
  const auto outcomes = [&](const std::string& jobs) {
    const Ended ended = run_fwproof({"run", "-j", jobs, folder.path("")});
    EXPECT_EQ(ended.status, kPassed) << ended.output << ended.error;
    std::vector<std::string> lines;
    for (const std::string& line : split_lines(ended.output))
      lines.push_back(line.substr(0, line.find(']')));
    lines.pop_back();  // the summary
    return lines;
  };
  const auto one_by_one = outcomes("1");
  EXPECT_EQ(one_by_one.size(), 8);
  EXPECT_EQ(outcomes("5"), one_by_one);
}

TEST(CommandLine, RunsInAnOrderThatANumberDecides) {
  const TestFolder folder;
  folder.write("w.rules", kRules);
  for (const char* name : {"a", "b", "c", "d", "e", "f"})
    folder.write(std::string(name) + ".yaml", kCase);
  const auto order = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"run", "--backend", "iptables-nft"});
    words.push_back(folder.path(""));
    std::string names;
    for (const std::string& line : split_lines(run_fwproof(words).output))
      if (line.starts_with("pass")) names += split_words(line)[1];
    return names;
  };
  EXPECT_EQ(order({}), "abcdef");
  const std::string shuffled = order({"--shuffle", "1"});
  EXPECT_NE(shuffled, "abcdef");
  EXPECT_EQ(shuffled.size(), 6);
  EXPECT_EQ(order({"--shuffle", "1", "-j", "3"}), shuffled);
}

TEST(CommandLine, RunsAsAnotherUserWhereRootSaysSo) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may become somebody else";
  const TestFolder folder;
  chmod(folder.path("").c_str(), 0755);
  // A checkout in root's home is closed to him.
  folder.write("lan.yaml", read_whole(FWPROOF_SOURCE_DIR "/topologies/lan.yaml"));
  const std::string path = folder.write("id.yaml", R"(# Who a program is, for the machine.
topology: lan
flows:
  id: {exec: [sh, -c, "cat /proc/self/uid_map; touch /var/tmp/fwproof-y"], in: M}
checks:
  id: {outcome: exited, exit: 1, output: " 65534 ", error output: Read-only file system}
mutant: {M: {forwarding: true}}
)");
  const Ended ended = run_fwproof({"run", "--user", "nobody", path});
  EXPECT_EQ(ended.status, kPassed) << ended.output << ended.error;
}

TEST(CommandLine, SaysThatThereIsNoSuchUser) {
  const Ended ended = run_fwproof({"run", "--user", "no such", "x"});
  EXPECT_EQ(ended.status, kBadInput);
  EXPECT_EQ(ended.error,
            "command line: error: no user 'no such'\nhint: 'getent passwd' lists them\n");
}

TEST(CommandLine, SaysThatOnlyRootBecomesSomebodyElse) {
  // Root without a number in his own user namespace may do nothing but still reach the program.
  const Ended ended = run_fwproof({"run", "--user", "daemon", "x"}, [] {
    if (geteuid() == 0 && unshare(CLONE_NEWUSER) != 0) _exit(126);
  });
  EXPECT_EQ(ended.status, kMachine);
  EXPECT_EQ(ended.error,
            "error: become user 'daemon': Operation not permitted\n"
            "hint: --user is for root: who is not, leaves it out\n");
}

TEST(CommandLine, RefusesANumberOfJobsThatIsNone) {
  const Ended ended = run_fwproof({"run", "-j", "0", "x"});
  EXPECT_EQ(ended.status, kBadInput);
  // As the CLI11 of Debian 12 words it, and that of 13.
  EXPECT_THAT(
      ended.error,
      testing::AnyOf(
          "--jobs: Value 0 not in range 1 to 256\nRun with --help for more information.\n",
          "--jobs: Value 0 not in range [1 - 256]\nRun with --help for more information.\n"));
}

TEST(CommandLine, ReportsTheMistakesOfAllFilesAndRunsNone) {
  const OneCase one;
  const std::string first = one.folder.write("a.yaml", "topology: lna\n");
  const std::string second = one.folder.write("b.yaml", "topology: lan\nflwos: {}\n");
  const Ended ended = run_fwproof({"run", one.folder.path("")});
  EXPECT_EQ(ended.status, kBadInput);
  EXPECT_EQ(ended.output, "");
  EXPECT_THAT(ended.error, AllOf(HasSubstr(first + ":1:11: error: "), HasSubstr("'lna'"),
                                 HasSubstr(second + ":2:1: error: "), HasSubstr("'flwos'")));
}

TEST(CommandLine, ExitsWith2AndTheToolsWordsForARuleThatDoesNotLoad) {
  const OneCase one("*filter\n-A INPUT -p tcp --dprot 22 -j ACCEPT\nCOMMIT\n");
  for (const std::string backend : {"iptables-nft", "iptables-legacy"}) {
    const Ended ended = run_fwproof({"run", "--backend", backend, one.path});
    EXPECT_EQ(ended.status, kBadInput);
    EXPECT_THAT(ended.output, AllOf(HasSubstr("w.rules:2:"), HasSubstr(backend + "-restore: "),
                                    HasSubstr("unknown option \"--dprot\"")));
  }
}

TEST(CommandLine, ExitsWith2ForACommandThatIsNone) {
  EXPECT_EQ(run_fwproof({"rnu"}).status, kBadInput);
  EXPECT_EQ(run_fwproof({}).status, kBadInput);
  EXPECT_EQ(run_fwproof({"--help"}).status, kPassed);
}

TEST(CommandLine, ValidatesWithoutPrivilege) {
  const OneCase one;
  EXPECT_EQ(run_fwproof({"validate", one.folder.path("")}).output,
            "1 case and 1 file of rules are good\n");
}

TEST(CommandLine, WritesJunitAndJson) {
  const OneCase one;
  const std::string junit = one.folder.path("out.xml");
  const std::string json = one.folder.path("out.json");
  run_fwproof({"run", "--junit", junit, "--json", json, one.path});
  EXPECT_THAT(read_whole(junit), AllOf(HasSubstr("<testsuite"), HasSubstr("tests=\"2\"")));
  EXPECT_THAT(read_whole(json), HasSubstr("\"syn-ack\""));
}

TEST(CommandLine, KeepsWholeEvidenceAndNothingElse) {
  const OneCase one;
  const std::string keep = one.folder.path("kept");
  const Ended ended = run_fwproof({"run", "--backend", "iptables-nft", "--keep", keep, one.path});
  EXPECT_EQ(ended.status, kPassed) << ended.output << ended.error;
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(keep + "/ssh.iptables-nft"))
    files.insert(entry.path().filename());
  EXPECT_EQ(files,
            (std::set<std::string>{"M-eth0.pcap", "M-lo.pcap", "W-eth0.pcap", "W-lo.pcap",
                                   "conntrack.txt", "rules-W.txt", "story.txt", "trace.txt"}));
  const std::string pcap = read_whole(keep + "/ssh.iptables-nft/W-eth0.pcap");
  const uint32_t magic = 0xa1b2c3d4;  // pcap-savefile(5)
  ASSERT_GT(pcap.size(), 24u);
  EXPECT_EQ(std::memcmp(pcap.data(), &magic, sizeof magic), 0);
}

TEST(CommandLine, CountsForAFlowOnlyWhatPassedDuringIt) {
  const TestFolder folder;
  const std::string path = folder.write("each.yaml", R"(# Captures of two flows.
topology: lan
flows:
  closed: tcp M:40001 -> W:23
  open: tcp M:40002 -> W:22
  closed again: tcp M:40003 -> W:23
checks:
  closed: {capture: [{at: "M:eth0", filter: "tcp[13] == 18", packets: none}]}
  open: {capture: [{at: "M:eth0", filter: "tcp[13] == 18", packets: 1}]}
  closed again: {capture: [{at: "M:eth0", filter: "tcp[tcpflags] & tcp-syn != 0", packets: 1}]}
mutant: {W: {forwarding: true}}
)");
  const Ended ended = run_fwproof({"run", path});
  EXPECT_EQ(ended.status, kPassed) << ended.output << ended.error;
}

constexpr const char* kTrackingTopology = R"(# Two hosts on one wire, of which one tracks.
nodes:
  M: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}
  W:
    conntrack: true
    interfaces: {eth0: {addresses: [10.0.0.2/24]}}
    services: [tcp/22]
links:
  - endpoints: [M:eth0, W:eth0]
)";

constexpr const char* kUntold =
    "node 'W': a conntrack entry exists that no event told of "
    "(net.netfilter.nf_conntrack_events is 0?)";

/// `events` is 0 or 1.
std::string tracking_case(const TestFolder& folder, int events, const std::string& entry) {
  std::string topology = kTrackingTopology;
  topology.insert(
      topology.find("    interfaces"),
      "    sysctls: {net.netfilter.nf_conntrack_events: " + std::to_string(events) + "}\n");
  folder.write("tracking.yaml", topology);
  return folder.write("entry.yaml",
                      "# The entry of a connection.\ntopology: tracking.yaml\n"
                      "flows:\n  ssh: tcp M:40000 -> W:22\n"
                      "checks:\n  ssh: {conntrack: {W: " +
                          entry +
                          "}}\n"
                          "mutant: {W: {sysctl: {net.netfilter.nf_conntrack_events: 0}}}\n");
}

TEST(CommandLine, TakesNoEntryWithoutEventsForNoEntry) {
  const TestFolder folder;
  const Ended ended = run_fwproof({"run", tracking_case(folder, 0, "none")});
  EXPECT_EQ(ended.status, kMachine);
  EXPECT_THAT(ended.output, HasSubstr(kUntold));
}

TEST(CommandLine, DoesNotTakeAMutantForCaughtWhoseEvidenceWasLost) {
  const TestFolder folder;
  const Ended ended =
      run_fwproof({"run", "--mutants", tracking_case(folder, 1, "{events: [NEW]}")});
  EXPECT_EQ(ended.status, kMachine);
  EXPECT_THAT(ended.output, HasSubstr(kUntold));
}

TEST(CommandLine, TracesAFlowWithoutACase) {
  const OneCase one;
  const Ended ended = run_fwproof(
      {"trace", "lan", "--rules", "W=" + one.folder.path("w.rules"), "tcp M:40000 -> W:23"});
  EXPECT_EQ(ended.status, kPassed) << ended.error;
  EXPECT_THAT(ended.output, AllOf(HasSubstr("filter INPUT policy DROP"), HasSubstr("dropped")));
}

TEST(CommandLine, SaysWhichNodeATraceNamesWrongly) {
  const Ended ended = run_fwproof({"trace", "lan", "--rules", "w=w.rules", "tcp M -> W:22"});
  EXPECT_EQ(ended.status, kBadInput);
  EXPECT_EQ(ended.error,
            "command line: error: --rules: no node 'w' in topology 'lan' (did you mean 'W'?)\n"
            "hint: its nodes are M, W\n");
}

TEST(CommandLine, SuggestsTheCommandAndListsTheBackends) {
  EXPECT_THAT(run_fwproof({"rnu"}).error,
              StartsWith("command line: error: unknown command 'rnu' (did you mean 'run'?)\n"
                         "hint: the commands are run, trace, "));
  EXPECT_THAT(run_fwproof({"run", "--backend", "ntf", "."}).error,
              StartsWith("--backend: unknown backend 'ntf' (did you mean 'nft'?); the backends are "
                         "iptables-nft, iptables-legacy, nft\n"));
}

TEST(CommandLine, FindsAFilterThatIsNoneWithoutRunning) {
  const OneCase one(kRules, R"(# A filter with a slip.
topology: lan
flows: {ssh: tcp M -> W:22}
checks:
  ssh:
    capture:
      - {at: W:eth0, filter: tcp prt 22, packets: 1}
)");
  const Ended ended = run_fwproof({"validate", one.path});
  EXPECT_EQ(ended.status, kBadInput);
  EXPECT_THAT(ended.error,
              StartsWith(one.path + ":7:9: error: filter 'tcp prt 22': can't parse filter "
                                    "expression: syntax error\n"
                                    "            - {at: W:eth0, filter: tcp prt 22, packets: 1}\n"
                                    "              ^\n"));
}

TEST(CommandLine, SaysWhatTheBackendOfATraceCannotLoad) {
  const OneCase one;
  const std::string rules = one.folder.path("w.rules");
  const Ended ended =
      run_fwproof({"trace", "lan", "--rules", "W=" + rules, "--backend", "nft", "tcp M -> W:22"});
  EXPECT_EQ(ended.status, kBadInput);
  EXPECT_EQ(ended.error, "command line: error: '" + rules +
                             "' is iptables-save text, which backend nft cannot load\n"
                             "hint: leave --backend out, or name iptables-nft or "
                             "iptables-legacy\n");
}

TEST(CommandLine, TellsAMistakeInTheRulesOfATraceOnce) {
  const OneCase one("*filter\n-A INPUT -p tcp --dprot 22 -j ACCEPT\nCOMMIT\n");
  const std::string rules = one.folder.path("w.rules");
  const Ended ended = run_fwproof({"trace", "lan", "--rules", "W=" + rules, "tcp M -> W:22"});
  EXPECT_EQ(ended.status, kBadInput);
  EXPECT_THAT(ended.error, StartsWith(rules + ":2:1: error: iptables-nft-restore: "));
}

std::set<std::string> names_in(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.insert(entry.path().filename());
  return names;
}

TEST(CommandLine, KeepsTheEvidenceOfCasesWithOneNameApart) {
  const TestFolder folder;
  std::vector<std::string> command{"run", "--backend", "nft", "--keep", folder.path("kept")};
  for (const std::string name : {"a/x.yaml", "b/x.yaml", "a/x.yaml"}) {
    folder.write(name,
                 "topology: lan\nflows: {ssh: tcp M -> W:22}\n"
                 "checks: {ssh: {outcome: connected}}\n");
    command.push_back(folder.path(name));
  }
  const Ended ended = run_fwproof(command);
  EXPECT_EQ(ended.status, kPassed) << ended.output << ended.error;
  EXPECT_THAT(ended.output, HasSubstr("2 passed"));
  EXPECT_EQ(names_in(folder.path("kept")).size(), 2u);
}

TEST(CommandLine, RunsSideBySideIntoOneFolderOfEvidence) {
  const OneCase one;
  const std::string keep = one.folder.path("kept");
  const std::vector<std::string> command{"run",    "--backend", "iptables-nft",
                                         "--keep", keep,        one.path};
  TestProgram first(command);
  TestProgram second(command);
  const Deadline deadline = Deadline::after(std::chrono::seconds(60));
  const Ended ends[] = {first.wait(deadline), second.wait(deadline)};
  for (const Ended& ended : ends) EXPECT_EQ(ended.status, kPassed) << ended.output << ended.error;
  EXPECT_EQ(names_in(keep), std::set<std::string>{"ssh.iptables-nft"});
  EXPECT_EQ(names_in(keep + "/ssh.iptables-nft").size(), 8u);
}

TEST(CommandLine, KeepsNoTerminalEscape) {
  const OneCase one(
      "*filter\n:INPUT DROP [0:0]\n"
      "-A INPUT -p tcp --dport 22 -m comment --comment \"\x1b[2J\" -j ACCEPT\nCOMMIT\n");
  const std::string keep = one.folder.path("kept");
  const Ended ended = run_fwproof({"run", "--backend", "iptables-nft", "--keep", keep, one.path});
  EXPECT_EQ(ended.status, kPassed) << ended.output << ended.error;
  const std::string rules = read_whole(keep + "/ssh.iptables-nft/rules-W.txt");
  EXPECT_THAT(rules, HasSubstr("--comment \"\\x1b[2J\" -j ACCEPT\n"));
  const std::string trace = read_whole(keep + "/ssh.iptables-nft/trace.txt");
  EXPECT_EQ((rules + trace).find('\x1b'), std::string::npos);
}

TEST(CommandLine, LetsNoNameForgeALine) {
  const OneCase one(kRules, R"(about: "one\npass  forged"
topology: lan
flows:
  run: {exec: ["no\npass  forged\e[2J"], in: M}
checks: {run: {outcome: exited 0}}
)");
  const Ended ended = run_fwproof({"run", one.path});
  EXPECT_EQ(ended.status, kMachine);
  EXPECT_THAT(
      ended.output,
      HasSubstr("flow 'run': node 'M': run 'no\\x0apass  forged\\x1b[2J': no such program on "
                "PATH\n  hint: install it, or write its path"));
  EXPECT_EQ(ended.output.find("\npass"), std::string::npos) << ended.output;
  const Ended listed = run_fwproof({"list", one.path});
  EXPECT_THAT(listed.output, HasSubstr("one\\x0apass  forged\n"));
}

}  // namespace
}  // namespace fwproof::run

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
