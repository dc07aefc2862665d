// The program where its surroundings are against it: streams that are closed or full, privilege,
// tools and limits that are missing, a signal that ends it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "parse/test_folder.h"
#include "run/cli.h"
#include "run/one_case.h"
#include "run/test_program.h"

namespace fwproof::run {
namespace {

using parse::TestFolder;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

void close_input() { close(STDIN_FILENO); }

TEST(Surroundings, LoadsRulesWhereItsInputIsClosed) {
  const OneCase one(kRulesWithoutSsh);
  const Ended ended = run_fwproof({"run", one.path}, close_input);
  EXPECT_EQ(ended.status, kFailed) << ended.output << ended.error;
  EXPECT_THAT(ended.output, HasSubstr("0 passed, 2 failed, 0 errors"));
}

void close_output() { close(STDOUT_FILENO); }
void fill_output() { dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), STDOUT_FILENO); }
void close_error() { close(STDERR_FILENO); }

TEST(Surroundings, ExitsWith3WhereItsOutputIsLost) {
  const OneCase one;
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"run", one.path}, {"list", one.path}, {"--help"}}) {
    const Ended closed = run_fwproof(command, close_output);
    EXPECT_EQ(closed.status, kMachine);
    EXPECT_EQ(closed.error, "error: write to standard output: Bad file descriptor\n");
    const Ended full = run_fwproof(command, fill_output);
    EXPECT_EQ(full.status, kMachine);
    EXPECT_EQ(full.error, "error: write to standard output: No space left on device\n");
  }
}

TEST(Surroundings, ExitsAsEverWhereNobodyHearsItsErrors) {
  EXPECT_EQ(run_fwproof({"run", "/nowhere"}, close_error).status, kBadInput);
}

TEST(Surroundings, TriesItsOutputsBeforeItRuns) {
  const OneCase one;
  for (const std::string option : {"--junit", "--json", "--keep"}) {
    const Ended ended = run_fwproof({"run", option, "/proc/nowhere/out", one.path});
    EXPECT_EQ(ended.status, kMachine);
    EXPECT_EQ(ended.output, "");
    EXPECT_EQ(ended.error,
              "error: write '/proc/nowhere/out': No such file or directory\n"
              "hint: name a place that exists and that you may write to\n");
  }
}

TEST(Surroundings, WritesOneReportThoughTheOtherFails) {
  const OneCase one;
  const std::string json = one.folder.path("out.json");
  const Ended ended = run_fwproof({"run", "--junit", "/dev/full", "--json", json, one.path});
  EXPECT_EQ(ended.status, kMachine);
  EXPECT_THAT(ended.error, StartsWith("error: write '/dev/full': No space left on device\n"));
  EXPECT_THAT(read_whole(json), HasSubstr("\"syn-ack\""));
}

/// In the child: root of a user namespace that may do nothing and make no other.
void lose_all_privilege() {
  if (unshare(CLONE_NEWUSER) != 0) _exit(126);
  const int most = open("/proc/sys/user/max_user_namespaces", O_WRONLY | O_CLOEXEC);
  if (most < 0 || write(most, "0", 1) != 1) _exit(125);
  for (int capability = 0; capability <= CAP_LAST_CAP; ++capability)
    prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

TEST(Surroundings, ExitsWith3AndTheCureWithoutPrivilege) {
  const OneCase one;
  const Ended ended = run_fwproof({"run", one.path}, lose_all_privilege);
  EXPECT_EQ(ended.status, kMachine);
  EXPECT_THAT(ended.error,
              AllOf(StartsWith("error: enter a user namespace: "),
                    HasSubstr("hint: run as root, or let users make user namespaces")));
}

/// In the child: a user whom user_namespaces(7) lets make no namespace, since he has no number in
/// that of his own, and in whose view of the machine `settings` is /proc/sys/kernel.
std::function<void()> settings_of_a_kernel(const std::string& settings) {
  return [settings] {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) _exit(126);
    if (mount(settings.c_str(), "/proc/sys/kernel", nullptr, MS_BIND, nullptr) != 0) _exit(123);
  };
}

TEST(Surroundings, NamesTheSettingThatForbidsUserNamespaces) {
  const OneCase one;
  const auto told_where = [&](const std::string& name, const std::string& value) {
    const TestFolder settings;
    settings.write(name, value + "\n");
    return run_fwproof({"run", one.path}, settings_of_a_kernel(settings.path(""))).error;
  };
  const std::string begin =
      "error: enter a user namespace: Operation not permitted\n"
      "hint: run as root, or let users make user namespaces: sysctl -w ";
  EXPECT_EQ(told_where("unprivileged_userns_clone", "0"),
            begin + "kernel.unprivileged_userns_clone=1\n");
  EXPECT_EQ(told_where("apparmor_restrict_unprivileged_userns", "1"),
            begin +
                "kernel.apparmor_restrict_unprivileged_userns=0; in place of the one of AppArmor, "
                "a profile of this program will do (README.md)\n");
  EXPECT_EQ(told_where("apparmor_restrict_unprivileged_userns", "0"),
            begin +
                "user.max_user_namespaces=10000 and, where they exist, "
                "kernel.unprivileged_userns_clone=1 and "
                "kernel.apparmor_restrict_unprivileged_userns=0\n");
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

TEST(Surroundings, NamesThePackageOfAToolThatIsMissing) {
  const OneCase one;
  const Ended ended = run_fwproof({"run", "--backend", "iptables-legacy", one.path}, hide_sbin);
  EXPECT_EQ(ended.status, kMachine);
  EXPECT_THAT(ended.output, AllOf(HasSubstr("node 'W': run 'iptables-legacy-restore': no such "
                                            "program on PATH"),
                                  HasSubstr("apt-get install iptables")));
}

/// In the child: root of the machine's own user namespace, as it seems, but without capabilities,
/// and without the right to make user namespaces.
void lose_capabilities() {
  const std::string uid = std::to_string(geteuid());
  if (unshare(CLONE_NEWUSER) != 0) _exit(126);
  write_text("/proc/self/uid_map", "0 " + uid + " 1");
  write_text("/proc/sys/user/max_user_namespaces", "0");
  for (int capability = 0; capability <= CAP_LAST_CAP; ++capability)
    prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

TEST(Surroundings, TellsARootWithoutCapabilitiesWhatHeLacks) {
  const OneCase one;
  const Ended ended = run_fwproof({"run", one.path}, lose_capabilities);
  EXPECT_EQ(ended.status, kMachine);
  EXPECT_THAT(ended.error, AllOf(StartsWith("error: enter a user namespace: "),
                                 HasSubstr("hint: this root lacks the capability CAP_SYS_ADMIN")));
}

TEST(Surroundings, GoesOnWithTheDoctorWithoutPrivilege) {
  const Ended ended = run_fwproof({"doctor"}, lose_all_privilege);
  EXPECT_EQ(ended.status, kMachine);
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr("  missing  privilege: enter a user namespace: "),
                    HasSubstr("cure: run as root, or let users make user namespaces"),
                    HasSubstr("  unknown  veth devices: it takes a network namespace\n"),
                    HasSubstr("  ok       program iptables-nft-restore\n"),
                    HasSubstr("fwproof cannot run here until that is cured\n")));
}

TEST(Surroundings, SaysHowToSendWhatIsLargerThanTheMtu) {
  const OneCase one(kRules, R"(# A datagram for all that no device takes whole.
topology: lan
flows:
  shout: {send: "udp M -> 192.168.11.255:53", length: 2000}
checks: {shout: {outcome: delivered}}
)");
  const Ended ended = run_fwproof({"run", one.path});
  EXPECT_EQ(ended.status, kMachine);
  EXPECT_THAT(
      ended.output,
      HasSubstr("send flow 'shout': a packet of 2028 bytes, and the device it leaves by has "
                "a smaller MTU\n  hint: what is crafted goes out as it is: say with "
                "'fragments' how it is cut\n"));
}

/// In the child: a user namespace that may have one network namespace.
void allow_one_netns() {
  const std::string uid = std::to_string(geteuid());
  if (unshare(CLONE_NEWUSER) != 0) _exit(126);
  write_text("/proc/self/uid_map", "0 " + uid + " 1");
  write_text("/proc/sys/user/max_net_namespaces", "1");
}

TEST(Surroundings, SaysWhichLimitIsInTheWay) {
  const OneCase one;
  const Ended few_netns = run_fwproof({"run", one.path}, allow_one_netns);
  EXPECT_EQ(few_netns.status, kMachine);
  EXPECT_THAT(few_netns.output,
              AllOf(HasSubstr("make a network namespace: No space left on device"),
                    HasSubstr("hint: raise user.max_net_namespaces")));
  const Ended few_files = run_fwproof({"run", one.path}, [] {
    const rlimit limit{16, 16};
    setrlimit(RLIMIT_NOFILE, &limit);
  });
  EXPECT_EQ(few_files.status, kMachine);
  EXPECT_THAT(few_files.output, AllOf(HasSubstr("Too many open files"),
                                      HasSubstr("hint: raise the limit on open files: ulimit -n")));
}

/// A named pipe that a program in a lab and its children hold open for writing.
class LifeLine {
 public:
  explicit LifeLine(const TestFolder& folder)
      : folder_(folder.path("")), path_(folder.path("life")) {
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

  /// For the child that becomes fwproof: what an ordinary user's programs see of /tmp is the folder
  /// that fwproof was started in.
  std::function<void()> enter() const {
    return [this] {
      if (chdir(folder_.c_str()) != 0) _exit(126);
    };
  }

 private:
  bool wait_for(short event) const {
    pollfd wait{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    return poll(&wait, 1, 30'000) == 1 && (wait.revents & event) != 0;
  }

  std::string folder_;
  std::string path_;
  UniqueFd fd_;
};

/// A program that never ends, with a child that has left it, while a connection is open.
std::string endless_case(const LifeLine& life) {
  return "# A program that never ends.\ntopology: lan\nflows:\n"
         "  endless: {exec: [bash, -c, \"exec 4>" +
         life.path() +
         "; setsid sleep 987654 & exec 3<>/dev/tcp/192.168.11.108/22; echo up >&4; wait\"], in: "
         "M, "
         "deadline: 60s}\n"
         "checks:\n  endless: {outcome: ended}\nmutant: {M: {forwarding: true}}\n";
}

// Namespaces have no name and are held by these processes alone: when they are gone, so is all
// else.
TEST(Surroundings, LeavesNothingBehindWhenItIsKilled) {
  for (const int signal : {SIGKILL, SIGTERM, SIGINT}) {
    const TestFolder folder;
    const LifeLine life(folder);
    TestProgram program({"run", folder.write("endless.yaml", endless_case(life))}, life.enter());
    ASSERT_TRUE(life.wait_for_start()) << program.output();
    kill(program.pid(), signal);
    program.wait(Deadline::after(std::chrono::seconds(10)));
    EXPECT_TRUE(life.wait_for_end()) << "signal " << signal;
  }
}

/// A case that ends at once, and one that never does, run one after the other with all reports.
struct EndedEarly {
  OneCase one;
  LifeLine life{one.folder};
  std::string keep = one.folder.path("kept");
  std::string junit = one.folder.path("out.xml");
  std::string json = one.folder.path("out.json");

  Ended by(const std::function<void(pid_t)>& end) {
    one.folder.write("zz-endless.yaml", endless_case(life));
    TestProgram program(
        {"run", "-j", "1", "--keep", keep, "--junit", junit, "--json", json, one.folder.path("")},
        life.enter());
    EXPECT_TRUE(life.wait_for_start()) << program.output();
    end(program.pid());
    Ended ended = program.wait(Deadline::after(std::chrono::seconds(20)));
    EXPECT_TRUE(life.wait_for_end());
    return ended;
  }

  std::vector<std::string> kept() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(keep))
      names.push_back(entry.path().filename().string());
    return names;
  }
};

TEST(Surroundings, ReportsWhatRanWhenASignalEndsIt) {
  for (const auto& [signal, name] :
       {std::pair{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"}}) {
    EndedEarly run;
    const Ended ended = run.by([number = signal](pid_t pid) { kill(pid, number); });
    EXPECT_EQ(ended.status, 128 + signal);
    EXPECT_EQ(ended.error, "error: ended by " + std::string(name) + ": 2 of 3 ran\n");
    EXPECT_THAT(ended.output, AllOf(StartsWith("pass  ssh [iptables-nft]"),
                                    HasSubstr("2 passed, 0 failed, 0 errors, 0 skipped in")));
    EXPECT_THAT(read_whole(run.junit), HasSubstr(" tests=\"2\" "));
    EXPECT_THAT(read_whole(run.json), HasSubstr("\"syn-ack\""));
    EXPECT_THAT(run.kept(),
                testing::UnorderedElementsAre("ssh.iptables-nft", "ssh.iptables-legacy"));
  }
}

TEST(Surroundings, TakesTheDeathOfAWorkerForAnErrorOfItsCase) {
  EndedEarly run;
  // Its children are who tidies up under --keep, by a clone, and the worker.
  const Ended ended = run.by([](pid_t pid) {
    const std::string id = std::to_string(pid);
    const std::string children = read_whole("/proc/" + id + "/task/" + id + "/children");
    kill(std::stoi(split_words(children).back()), SIGKILL);
  });
  EXPECT_EQ(ended.status, kMachine);
  EXPECT_THAT(ended.output,
              AllOf(StartsWith("pass  ssh [iptables-nft]"),
                    HasSubstr("run the case: its process was ended by signal 9 (Killed)"),
                    HasSubstr("2 passed, 0 failed, 1 error, 0 skipped in")));
  EXPECT_THAT(read_whole(run.junit), HasSubstr("errors=\"1\""));
  EXPECT_THAT(run.kept(), testing::UnorderedElementsAre("ssh.iptables-nft", "ssh.iptables-legacy"));
}

TEST(Surroundings, LeavesNoEvidenceTornWhenItIsKilled) {
  EndedEarly run;
  run.by([](pid_t pid) { kill(pid, SIGKILL); });
  const Deadline deadline = Deadline::after(std::chrono::seconds(10));
  while (run.kept().size() != 2 && !deadline.passed()) continue;
  EXPECT_THAT(run.kept(), testing::UnorderedElementsAre("ssh.iptables-nft", "ssh.iptables-legacy"));
}

TEST(Surroundings, EndsWhereNobodyReadsItsOutput) {
  const OneCase one;
  const std::string junit = one.folder.path("out.xml");
  const Ended ended = run_fwproof({"run", "-j", "1", "--junit", junit, one.path}, [] {
    int ends[2];
    if (pipe(ends) != 0) _exit(126);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
  });
  EXPECT_EQ(ended.status, kMachine);
  EXPECT_EQ(ended.error, "error: write to standard output: Broken pipe\n");
  EXPECT_THAT(read_whole(junit), HasSubstr(" tests=\"1\" "));
}

}  // namespace
}  // namespace fwproof::run
