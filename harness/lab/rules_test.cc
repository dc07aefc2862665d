#include "lab/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "base/unique_fd.h"
#include "lab/child.h"
#include "lab/lab.h"
#include "lab/program.h"
#include "lab/test_children.h"
#include "lab/test_networks.h"

namespace fwproof::lab {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

RulesFile iptables(const std::string& text) { return {.path = "gw.rules", .text = text}; }
RulesFile nft(const std::string& text) {
  return {.kind = RulesFile::Kind::nft, .path = "gw.nft", .text = text};
}

std::string load_error(const Lab& lab, Backend backend, const RulesFile& file) {
  try {
    load_rules(lab.netns("host"), "host", backend, file);
  } catch (const BadInput& error) {
    return error.what();
  }
  return "no error";
}

std::string load_error(Backend backend, const RulesFile& file) {
  return load_error(Lab(one_node()), backend, file);
}

std::string output_of(const Lab& lab, const std::vector<std::string>& argv) {
  return run_program(lab.netns("host"), "host", {.argv = argv},
                     Deadline::after(std::chrono::seconds(10)))
      .output;
}

constexpr const char* kUnknownOption =
    "*filter\n"
    ":INPUT ACCEPT [0:0]\n"
    "-A INPUT -p tcp --dprt 22 -j ACCEPT\n"
    "COMMIT\n";

constexpr const char* kOnlyInNat =
    "*filter\n"
    ":INPUT ACCEPT [0:0]\n"
    "-A INPUT -j DNAT --to-destination 1.2.3.4\n"
    "COMMIT\n";

TEST(LoadRules, ByIptablesNftNamesLineAndReason) {
  EXPECT_EQ(load_error(Backend::iptables_nft, iptables(kUnknownOption)),
            "gw.rules:3:1: error: iptables-nft-restore: unknown option \"--dprt\"\n"
            "      -A INPUT -p tcp --dprt 22 -j ACCEPT\n"
            "      ^");
  EXPECT_EQ(load_error(Backend::iptables_nft, iptables(kOnlyInNat)),
            "gw.rules:3:1: error: iptables-nft-restore: RULE_APPEND failed (Invalid argument): "
            "rule in chain INPUT\n"
            "      -A INPUT -j DNAT --to-destination 1.2.3.4\n"
            "      ^");
  EXPECT_EQ(load_error(Backend::iptables_nft, iptables("*filter\n-A NOPE -j ACCEPT\nCOMMIT\n")),
            "gw.rules:2:1: error: iptables-nft-restore: line 2 failed: "
            "No chain/target/match by that name.\n"
            "      -A NOPE -j ACCEPT\n"
            "      ^");
  EXPECT_EQ(load_error(Backend::iptables_nft,
                       iptables("*filter\n-A INPUT -j ACCEPT\n-A INPUT -j NOPE\n-A OUTPUT -g "
                                "NOPE\nCOMMIT\n")),
            "gw.rules:3:1: error: iptables-nft-restore: Chain 'NOPE' does not exist\n"
            "      -A INPUT -j NOPE\n"
            "      ^");
  EXPECT_EQ(load_error(Backend::iptables_nft, iptables("*nope\nCOMMIT\n")),
            "gw.rules:1:1: error: iptables-nft-restore: table name 'nope' invalid\n"
            "      *nope\n"
            "      ^");
}

TEST(LoadRules, ByIptablesLegacyNamesLineAndReason) {
  EXPECT_EQ(load_error(Backend::iptables_legacy, iptables(kUnknownOption)),
            "gw.rules:3:1: error: iptables-legacy-restore: unknown option \"--dprt\"\n"
            "      -A INPUT -p tcp --dprt 22 -j ACCEPT\n"
            "      ^");
  EXPECT_EQ(load_error(Backend::iptables_legacy, iptables(kOnlyInNat)),
            "gw.rules:4:1: error: iptables-legacy-restore: line 4 failed\n"
            "      COMMIT\n"
            "      ^\n"
            "hint: a legacy table is loaded as a whole, at COMMIT: iptables-nft would name the "
            "rule");
  EXPECT_EQ(load_error(Backend::iptables_legacy,
                       iptables("*filter\n-A INPUT -m bogus -j DROP\nCOMMIT\n")),
            "gw.rules:2:1: error: iptables-legacy-restore: Couldn't load match `bogus':"
            "No such file or directory\n"
            "      -A INPUT -m bogus -j DROP\n"
            "      ^");
  EXPECT_EQ(load_error(Backend::iptables_legacy, iptables("*filter\n-A INPUT -j DROP\n")),
            "gw.rules:2:1: error: iptables-legacy-restore: COMMIT expected at line 3\n"
            "      -A INPUT -j DROP\n"
            "      ^");
}

TEST(LoadRules, TellsWhatManyRulesTake) {
  const Diagnostics told = restore_diagnostics(
      "iptables-nft-restore",
      "iptables-nft-restore v1.8.9 (nf_tables): sendmsg() failed: Message too long\n"
      "iptables-nft-restore: line 1 failed: Message too long.\n",
      iptables("-A INPUT -j DROP\n"));
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(to_string(told[0]),
            "gw.rules:1:1: error: iptables-nft-restore: sendmsg() failed: Message too long; line 1 "
            "failed: Message too long.\n"
            "      -A INPUT -j DROP\n"
            "      ^\n"
            "hint: so many rules at once take a larger buffer than an ordinary user may have: run "
            "as root, or sysctl -w net.core.wmem_default=16777216");
  const Diagnostics by_nft = nft_diagnostics(
      "netlink: Error: Could not process rule: Message too long\n", "", nft("table ip t {}"));
  ASSERT_EQ(by_nft.size(), 1u);
  EXPECT_EQ(to_string(by_nft[0]),
            "gw.nft: error: nft: netlink: Error: Could not process rule: Message too long\n"
            "hint: so many rules at once take a larger buffer than an ordinary user may have: run "
            "as root, or sysctl -w net.core.wmem_default=16777216");
}

TEST(LoadRules, TellsOfLinesThatEndAsOnWindows) {
  EXPECT_EQ(
      load_error(Backend::iptables_nft, iptables("*filter\r\n-A INPUT -j DROP\r\nCOMMIT\r\n")),
      "gw.rules:1:1: error: iptables-nft-restore: table name 'filter\\x0d' invalid\n"
      "      *filter\n"
      "      ^\n"
      "hint: its lines end in CR LF: 'dos2unix' mends that");
}

TEST(LoadRules, TellsOfFormsThatNoToolReads) {
  const std::string mark = "\xef\xbb\xbf";
  const std::string hint =
      "\n      ^\nhint: it begins with a byte order mark, as editors on Windows write: save it "
      "without one";
  EXPECT_THAT(load_error(Backend::nft, nft(mark + "table ip t {}\n")), testing::EndsWith(hint));
  EXPECT_EQ(
      load_error(Backend::iptables_nft, iptables(mark + "*filter\nCOMMIT\n")),
      "gw.rules:1:1: error: iptables-nft-restore: line 1 failed\n      " + mark + "*filter" + hint);
  EXPECT_EQ(load_error(Backend::nft, nft("{\"nftables\": []}\n")),
            "gw.nft:1:1: error: nft: syntax error, unexpected '{'\n"
            "      {\"nftables\": []}\n"
            "      ^\n"
            "hint: this looks like JSON: write it as 'nft list ruleset' does, without -j");
}

TEST(LoadRules, ByIp6tablesIsNamedSo) {
  RulesFile file = iptables("*filter\n-A INPUT -s 1.2.3.4 -j DROP\nCOMMIT\n");
  file.family = Family::ip6;
  EXPECT_EQ(load_error(Backend::iptables_nft, file),
            "gw.rules:2:1: error: ip6tables-nft-restore: host/network `1.2.3.4' not found\n"
            "      -A INPUT -s 1.2.3.4 -j DROP\n"
            "      ^");
}

TEST(LoadRules, ByNftNamesEveryMistake) {
  const std::string text =
      "table inet fw {\n"
      "  chain in {\n"
      "    type filter hook input priority 0;\n"
      "    tcp dprt 22 accept\n"
      "    ip saddr 1.2.3.400 drop\n"
      "  }\n"
      "}\n";
  EXPECT_EQ(load_error(Backend::nft, nft(text)),
            "gw.nft:4:9: error: nft: syntax error, unexpected string\n"
            "          tcp dprt 22 accept\n"
            "              ^\n"
            "gw.nft:5:14: error: nft: Could not resolve hostname: Name or service not known\n"
            "          ip saddr 1.2.3.400 drop\n"
            "                   ^");
}

TEST(LoadRules, ByNftNamesWhatTheKernelRefuses) {
  const std::string text =
      "table ip f {\n"
      "  chain c {\n"
      "    type nat hook forward priority 0;\n"
      "  }\n"
      "}\n";
  EXPECT_THAT(
      load_error(Backend::nft, nft(text)),
      AnyOf("gw.nft:2:9: error: nft: Could not process rule: Operation not supported\n"
            "        chain c {\n"
            "              ^",
            // nftables 1.1 has words of its own for it.
            "gw.nft:3:5: error: nft: Chain of type \"nat\" is not supported, perhaps kernel "
            "support is missing?\n"
            "          type nat hook forward priority 0;\n"
            "          ^"));
  EXPECT_EQ(load_error(Backend::nft, nft("table ip f { }\ndelete table ip nope\n")),
            "gw.nft:2:17: error: nft: Could not process rule: No such file or directory\n"
            "      delete table ip nope\n"
            "                      ^");
  EXPECT_EQ(load_error(Backend::nft, nft("include \"nope.nft\"\n")),
            "gw.nft:1:1: error: nft: File not found: nope.nft\n"
            "      include \"nope.nft\"\n"
            "      ^");
}

/// A folder of files for one test, gone with it.
class Folder {
 public:
  Folder() { EXPECT_NE(mkdtemp(path_.data()), nullptr); }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "fwproof-lab-XXXXXX").string();
};

TEST(LoadRules, ByNftShowsTheMistakeInAnIncludedFile) {
  const Folder folder;
  std::ofstream(folder / "part.nft")
      << "table ip f {\n  chain c {\n    tcp dprt 22 accept\n  }\n}\n";
  RulesFile file = nft("include \"part.nft\"\n");
  file.path = folder / "gw.nft";
  EXPECT_EQ(load_error(Backend::nft, file),
            (folder / "part.nft") +
                ":3:9: error: nft: syntax error, unexpected string\n"
                "          tcp dprt 22 accept\n"
                "              ^");
  std::ofstream(folder / "part.nft") << "table ip f { }\n";
  EXPECT_EQ(load_error(Backend::nft, file), "no error");
}

TEST(LoadRules, TakesTheDeathOfTheToolForNoMistakeOfTheFile) {
  const Folder folder;
  const std::string tool = folder / "iptables-nft-restore";
  std::ofstream(tool) << "#!/bin/sh\nkill -9 $$\n";
  chmod(tool.c_str(), 0755);
  const std::string path = getenv("PATH");
  setenv("PATH", (folder / "").c_str(), 1);
  const Lab lab(one_node());
  try {
    load_rules(lab.netns("host"), "host", Backend::iptables_nft, iptables("*filter\nCOMMIT\n"));
    ADD_FAILURE() << "it was loaded";
  } catch (const MachineError& error) {
    EXPECT_STREQ(error.what(),
                 "node 'host': load 'gw.rules' by iptables-nft-restore: it was ended by signal 9");
  }
  setenv("PATH", path.c_str(), 1);
}

TEST(LoadRules, ByNftEndsAFileThatNeverEnds) {
  const Folder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0666), 0);
  for (const std::string& text :
       {"include \"" + (folder / "pipe") + "\"\n", std::string("monitor\n")}) {
    const Lab lab(one_node());
    try {
      load_rules(lab.netns("host"), "host", Backend::nft, nft(text),
                 Deadline::after(std::chrono::milliseconds(200)));
      ADD_FAILURE() << text;
    } catch (const MachineError& error) {
      EXPECT_STREQ(error.what(),
                   "node 'host': load 'gw.nft' by libnftables: it did not end in time");
      EXPECT_EQ(error.hint(),
                "an 'include' of a pipe or a device, or a command like 'monitor', never ends");
    } catch (const BadInput& error) {  // nftables 1.1 opens no pipe
      EXPECT_THAT(text, HasSubstr("/pipe"));
      EXPECT_THAT(error.what(), HasSubstr("error: nft: Not a regular file: "));
    }
  }
}

/// The process that libnftables runs in: the only child that a test has once a load is over.
pid_t nft_process() {
  const auto all = children();
  return all.size() == 1 ? *all.begin() : -1;
}

TEST(LoadRules, ByNftKeepsNothingOfOneLoadOpenForTheNext) {
  const Lab lab(one_node());
  ASSERT_EQ(load_error(lab, Backend::nft, nft("table ip f { }\n")), "no error");
  ASSERT_NE(load_error(lab, Backend::nft, nft("no rule\n")), "no error");
  const std::filesystem::path process = "/proc/" + std::to_string(nft_process());
  std::set<std::string> open;
  for (const auto& fd : std::filesystem::directory_iterator(process / "fd"))
    open.insert(fd.path().filename());
  EXPECT_THAT(open, testing::ElementsAre("0", "1", "2", "3", "5"));
  EXPECT_EQ(std::filesystem::read_symlink(process / "fd/2"), "/dev/null");
  EXPECT_EQ(std::filesystem::read_symlink(process / "fd/5"),
            std::filesystem::read_symlink("/proc/self/ns/net"));
  EXPECT_EQ(std::filesystem::read_symlink(process / "ns/net"),
            std::filesystem::read_symlink("/proc/self/ns/net"));
}

TEST(LoadRules, ByNftUsesOneProcessUntilItEnds) {
  const Lab lab(one_node());
  ASSERT_EQ(load_error(lab, Backend::nft, nft("table ip a { }\n")), "no error");
  const pid_t first = nft_process();
  ASSERT_EQ(load_error(lab, Backend::nft, nft("table ip b { }\n")), "no error");
  EXPECT_EQ(nft_process(), first);
  const UniqueFd pidfd = open_pidfd(first);
  kill(first, SIGKILL);
  pollfd ended{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(poll(&ended, 1, 10'000), 1);
  ASSERT_EQ(load_error(lab, Backend::nft, nft("table ip c { }\n")), "no error");
  EXPECT_NE(nft_process(), first);
  EXPECT_THAT(output_of(lab, {"nft", "list", "tables"}),
              testing::AllOf(HasSubstr("ip a"), HasSubstr("ip b"), HasSubstr("ip c")));
}

TEST(LoadRules, ByNftIsTheForkedProcessesOwn) {
  const Lab lab(one_node());
  ASSERT_EQ(load_error(lab, Backend::nft, nft("table ip a { }\n")), "no error");
  const pid_t forked = fork();
  if (forked == 0) _exit(load_error(lab, Backend::nft, nft("table ip b { }\n")) != "no error");
  int status = -1;
  ASSERT_EQ(waitpid(forked, &status, 0), forked);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(load_error(lab, Backend::nft, nft("delete table ip b\n")), "no error");
}

TEST(LoadRules, LeavesNothingOfAFileThatFailsHalfway) {
  const std::string text =
      "*nat\n"
      ":PREROUTING ACCEPT [0:0]\n"
      "-A PREROUTING -p tcp -j DNAT --to-destination 1.2.3.4\n"
      "COMMIT\n"
      "*filter\n"
      ":INPUT DROP [0:0]\n"
      "-A INPUT -s 1.2.3.400 -j DROP\n"
      "COMMIT\n";
  for (const auto backend : {Backend::iptables_nft, Backend::iptables_legacy}) {
    const Lab lab(one_node());
    EXPECT_THAT(load_error(lab, backend, iptables(text)), HasSubstr("gw.rules:7:1: error: "));
    const bool legacy = backend == Backend::iptables_legacy;
    const auto saved = output_of(lab, {legacy ? "iptables-legacy-save" : "iptables-nft-save"});
    EXPECT_THAT(saved, Not(HasSubstr("DNAT"))) << to_string(backend);
    EXPECT_THAT(saved, Not(HasSubstr("DROP"))) << to_string(backend);
  }
}

TEST(LoadRules, LoadsWhatIsRight) {
  const std::string text = "*filter\n:INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n";
  for (const auto backend : {Backend::iptables_nft, Backend::iptables_legacy}) {
    const Lab lab(one_node());
    ASSERT_EQ(load_error(lab, backend, iptables(text)), "no error");
    const bool legacy = backend == Backend::iptables_legacy;
    const auto saved = output_of(lab, {legacy ? "iptables-legacy-save" : "iptables-nft-save"});
    EXPECT_THAT(saved, HasSubstr(":INPUT DROP [0:0]\n"));
    EXPECT_THAT(saved, HasSubstr("-A INPUT -i lo -j ACCEPT\n"));
  }
  const Lab lab(one_node());
  ASSERT_EQ(load_error(lab, Backend::nft,
                       nft("flush ruleset\ntable inet fw {\n  chain a {\n    accept\n  }\n}\n")),
            "no error");
  EXPECT_THAT(output_of(lab, {"nft", "list", "ruleset"}), HasSubstr("table inet fw"));
}

/// plan/mutate.h relies on these forms: a policy and a rule by its position, after all others.
TEST(LoadRules, TakesPoliciesAndPositionsAtTheEnd) {
  const std::string text =
      "*filter\n-A INPUT -s 1.1.1.1 -j DROP\n-A INPUT -s 1.1.1.2 -j DROP\n"
      "-P INPUT DROP\n-I INPUT 2 -s 1.1.1.3 -j DROP\nCOMMIT\n";
  for (const auto backend : {Backend::iptables_nft, Backend::iptables_legacy}) {
    const Lab lab(one_node());
    ASSERT_EQ(load_error(lab, backend, iptables(text)), "no error");
    const bool legacy = backend == Backend::iptables_legacy;
    const auto saved = output_of(lab, {legacy ? "iptables-legacy-save" : "iptables-nft-save"});
    EXPECT_THAT(saved, HasSubstr(":INPUT DROP [0:0]\n"));
    EXPECT_THAT(saved, HasSubstr("-A INPUT -s 1.1.1.1/32 -j DROP\n-A INPUT -s 1.1.1.3/32 -j DROP\n"
                                 "-A INPUT -s 1.1.1.2/32 -j DROP\n"));
  }
  const Lab lab(one_node());
  const std::string nft_text =
      "table ip f {\n  chain c {\n    type filter hook input priority 0\n"
      "    udp dport 1 drop\n    udp dport 2 drop\n  }\n}\n"
      "insert rule ip f c index 1 udp dport 3 drop\nadd chain ip f c { policy drop; }\n";
  ASSERT_EQ(load_error(lab, Backend::nft, nft(nft_text)), "no error");
  EXPECT_THAT(output_of(lab, {"nft", "list", "ruleset"}),
              HasSubstr("policy drop;\n\t\tudp dport 1 drop\n\t\tudp dport 3 drop\n"
                        "\t\tudp dport 2 drop\n"));
}

TEST(RestoreProgram, FollowsBackendAndFamily) {
  EXPECT_EQ(restore_program(Backend::iptables_nft, Family::ip), "iptables-nft-restore");
  EXPECT_EQ(restore_program(Backend::iptables_legacy, Family::ip6), "ip6tables-legacy-restore");
}

}  // namespace
}  // namespace fwproof::lab
