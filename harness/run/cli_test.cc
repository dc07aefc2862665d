// The program as its users meet it: what it prints, how it exits, what it leaves behind.
#include "run/cli.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <set>

#include "parse/test_folder.h"
#include "run/test_program.h"

namespace fwproof::run {
namespace {

using parse::TestFolder;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kCase = R"(# ssh is let in.
topology: lan
rules: {W: w.rules}
flows:
  ssh: tcp M:40000 -> W:22
checks:
  ssh: {outcome: connected}
mutant: {W: {remove: filter INPUT rule 1}}
)";

constexpr const char* kRules = R"(*filter
:INPUT DROP [0:0]
-A INPUT -p tcp --dport 22 -j ACCEPT
COMMIT
)";

constexpr const char* kRulesWithoutSsh = R"(*filter
:INPUT DROP [0:0]
-A INPUT -p tcp --dport 80 -j ACCEPT
COMMIT
)";

/// A case and its rules in a folder of their own. Topologies are found from the program's place.
struct OneCase {
  TestFolder folder;
  std::string path;
  explicit OneCase(const std::string& rules = kRules, const std::string& text = kCase) {
    folder.write("w.rules", rules);
    path = folder.write("ssh.yaml", text);
  }
};

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
            "1 cases and 0 topologies are well formed\n");
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

/// In the child: root of a user namespace that may do nothing and make no other.
void lose_all_privilege() {
  if (unshare(CLONE_NEWUSER) != 0) _exit(126);
  const int most = open("/proc/sys/user/max_user_namespaces", O_WRONLY | O_CLOEXEC);
  if (most < 0 || write(most, "0", 1) != 1) _exit(125);
  for (int capability = 0; capability <= CAP_LAST_CAP; ++capability)
    prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

TEST(CommandLine, ExitsWith3AndTheCureWithoutPrivilege) {
  const OneCase one;
  const Ended ended = run_fwproof({"run", one.path}, lose_all_privilege);
  EXPECT_EQ(ended.status, kMachine);
  EXPECT_THAT(ended.error,
              AllOf(StartsWith("error: enter a user namespace: "),
                    HasSubstr("hint: run as root, or let users make user namespaces")));
}

void write_text(const char* path, const std::string& text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    _exit(124);
  close(fd);
}

/// In the child: a view of the machine without the folder where iptables lives.
void hide_sbin() {
  const std::string uid = std::to_string(geteuid());
  const std::string gid = std::to_string(getegid());
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) _exit(126);
  write_text("/proc/self/setgroups", "deny");
  write_text("/proc/self/uid_map", "0 " + uid + " 1");
  write_text("/proc/self/gid_map", "0 " + gid + " 1");
  if (mount("none", "/usr/sbin", "tmpfs", 0, nullptr) != 0) _exit(123);
}

TEST(CommandLine, NamesThePackageOfAToolThatIsMissing) {
  const OneCase one;
  const Ended ended = run_fwproof({"run", "--backend", "iptables-legacy", one.path}, hide_sbin);
  EXPECT_EQ(ended.status, kMachine);
  EXPECT_THAT(ended.output, AllOf(HasSubstr("node 'W': run 'iptables-legacy-restore': no such "
                                            "program on PATH"),
                                  HasSubstr("apt-get install iptables")));
}

/// A named pipe that a program in a lab and its children hold open for writing.
class LifeLine {
 public:
  explicit LifeLine(const TestFolder& folder) : path_(folder.path("life")) {
    if (mkfifo(path_.c_str(), 0666) == 0)
      fd_ = UniqueFd(open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  }

  /// True once somebody has written; false at the deadline.
  bool wait_for_start() const { return wait_for(POLLIN); }

  /// True once nobody holds it any more.
  bool wait_for_end() const {
    char rest[64];
    while (read(fd_.get(), rest, sizeof rest) > 0) continue;
    return wait_for(POLLHUP);
  }

  const std::string& path() const { return path_; }

 private:
  bool wait_for(short event) const {
    pollfd wait{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    return poll(&wait, 1, 30'000) == 1 && (wait.revents & event) != 0;
  }

  std::string path_;
  UniqueFd fd_;
};

/// A program that never ends, with a child that has left it, while a connection is open.
std::string endless_case(const LifeLine& life) {
  return "# A program that never ends.\ntopology: lan\nflows:\n"
         "  endless: {exec: [bash, -c, \"exec 4>" +
         life.path() +
         "; setsid sleep 987654 & exec 3<>/dev/tcp/192.168.11.108/22; echo up >&4; wait\"], in: M, "
         "deadline: 60s}\n"
         "checks:\n  endless: {outcome: ended}\nmutant: {M: {forwarding: true}}\n";
}

// Namespaces have no name and are held by these processes alone: when they are gone, so is all
// else.
TEST(CommandLine, LeavesNothingBehindWhenItIsKilled) {
  for (const int signal : {SIGKILL, SIGTERM, SIGINT}) {
    const TestFolder folder;
    const LifeLine life(folder);
    TestProgram program({"run", folder.write("endless.yaml", endless_case(life))});
    ASSERT_TRUE(life.wait_for_start()) << program.output();
    kill(program.pid(), signal);
    program.wait(Deadline::after(std::chrono::seconds(10)));
    EXPECT_TRUE(life.wait_for_end()) << "signal " << signal;
  }
}

}  // namespace
}  // namespace fwproof::run

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
