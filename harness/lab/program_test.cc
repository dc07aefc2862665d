#include "lab/program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/error.h"
#include "base/text.h"
#include "lab/hosts.h"
#include "lab/lab.h"
#include "lab/test_children.h"
#include "lab/test_networks.h"

namespace fwproof::lab {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ProgramTest : public testing::TestWithParam<bool> {
 protected:
  ProgramSpec spec(std::vector<std::string> argv) const {
    return {.argv = std::move(argv), .own_pid_namespace = GetParam()};
  }
  ProgramResult run(const ProgramSpec& spec, milliseconds wait = seconds(20)) const {
    return run_program(lab_.netns("host"), "host", spec, Deadline::after(wait));
  }
  /// Of a program that never ends: with a deadline that lets it write `output` bytes first, which
  /// on a busy machine takes its time.
  ProgramResult run_past_deadline(const ProgramSpec& spec, size_t output) const {
    ProgramResult result;
    for (milliseconds wait(200); result.output.size() < output && wait < seconds(20); wait *= 2)
      result = run(spec, wait);
    return result;
  }
  Program start(const ProgramSpec& spec) const { return {lab_.netns("host"), "host", spec}; }

  Lab lab_{one_node()};
};

/// Reads until the program has written a whole line.
std::string first_line(Program& program) {
  const auto deadline = Deadline::after(seconds(20));
  while (program.output().find('\n') == std::string::npos) {
    pollfd polled{.fd = program.fds().front(), .events = POLLIN, .revents = 0};
    EXPECT_EQ(poll(&polled, 1, deadline.poll_timeout()), 1);
    if (program.advance() || deadline.passed()) break;
  }
  return program.output().substr(0, program.output().find('\n'));
}

/// A named pipe: as long as any process has it open for writing, it is not at its end.
class Fifo {
 public:
  Fifo()
      : folder_(testing::TempDir() + "fwproof-" + std::to_string(getpid())),
        path_(folder_ + "/life") {
    EXPECT_EQ(mkdir(folder_.c_str(), 0700), 0);
    EXPECT_EQ(mkfifo(path_.c_str(), 0600), 0);
    read_end_.reset(open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    EXPECT_TRUE(read_end_.valid());
  }
  ~Fifo() {
    unlink(path_.c_str());
    rmdir(folder_.c_str());
  }
  Fifo(const Fifo&) = delete;
  Fifo& operator=(const Fifo&) = delete;

  const std::string& folder() const { return folder_; }
  const std::string& path() const { return path_; }
  bool all_writers_end() const {
    pollfd polled{.fd = read_end_.get(), .events = POLLIN, .revents = 0};
    return poll(&polled, 1, Deadline::after(seconds(10)).poll_timeout()) == 1 &&
           polled.revents == POLLHUP;
  }

 private:
  std::string folder_;
  std::string path_;
  UniqueFd read_end_;
};

TEST_P(ProgramTest, FindsTheHostsItIsGiven) {
  if (!GetParam()) GTEST_SKIP() << "only a process namespace has files of its own";
  ProgramSpec cat = spec({"sh", "-c", "cat /etc/hosts; test -r /proc/self/status || echo no proc"});
  cat.hosts = hosts_file(nat_gateway());
  EXPECT_EQ(run(cat).output,
            "127.0.0.1 localhost\n10.0.0.5 inside\n10.0.0.1 gw\n203.0.113.1 gw\n"
            "203.0.113.254 remote\n8.8.8.8 remote\n");
  EXPECT_NE(run(spec({"cat", "/etc/hosts"})).output, cat.hosts);
}

TEST_P(ProgramTest, GivesOutputErrorAndExitStatus) {
  const auto result = run(spec({"sh", "-c", "echo out; echo err >&2; exit 3"}));
  EXPECT_EQ(result.exit_status, 3);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.error, "err\n");
  EXPECT_FALSE(result.timed_out);
}

TEST_P(ProgramTest, GivesTheSignalThatEndedIt) {
  EXPECT_EQ(run(spec({"sh", "-c", "kill -SEGV $$"})).exit_status, 128 + SIGSEGV);
}

TEST_P(ProgramTest, GivesItsInputAndEnvironment) {
  auto with_input = spec({"sh", "-c", "cat; echo $XTABLES_LOCKFILE"});
  with_input.input = "one\ntwo\n";
  with_input.environment = {{"XTABLES_LOCKFILE", "/proc/self/ns/net"}};
  EXPECT_EQ(run(with_input).output, "one\ntwo\n/proc/self/ns/net\n");
  EXPECT_EQ(run(spec({"cat"})).output, "");
  auto changed = spec({"env"});
  changed.environment = {{"HOME", "/nowhere"}};
  const auto lines = split_lines(run(changed).output);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "HOME=/nowhere"), 1);
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                          [](const std::string& line) { return line.starts_with("HOME="); }),
            1);
}

TEST_P(ProgramTest, RunsInTheNode) {
  const auto result = run(spec({"readlink", "/proc/self/ns/net"}));
  const auto inode = std::filesystem::read_symlink("/proc/self/ns/net").string();
  EXPECT_EQ(result.output.substr(0, 5), "net:[");
  EXPECT_NE(result.output, inode + "\n");
}

TEST_P(ProgramTest, StartsWithSignalsAsAShellGivesThem) {
  const auto result = run(spec({"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}));
  EXPECT_EQ(result.output, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_P(ProgramTest, LeaksNoDescriptorIntoIt) {
  const std::string script =
      "for n in 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do test -e /proc/$$/fd/$n && echo $n; done;"
      "test -e /proc/$$/fd/2 && echo end";
  EXPECT_EQ(run(spec({"sh", "-c", script})).output, "end\n");
}

TEST_P(ProgramTest, SaysWhatCannotBeStarted) {
  const auto before = children();
  const auto error_of = [&](const char* name) -> std::string {
    try {
      run(spec({name}));
    } catch (const MachineError& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(error_of("no-such-program"),
            "node 'host': run 'no-such-program': no such program on PATH");
  EXPECT_EQ(error_of("/etc/passwd"), "node 'host': run '/etc/passwd': Permission denied");
  EXPECT_EQ(error_of("/nowhere/at-all"),
            "node 'host': run '/nowhere/at-all': No such file or directory");
  EXPECT_EQ(children(), before);
}

TEST_P(ProgramTest, IsEndedWhenItsDeadlinePasses) {
  const auto result =
      run_past_deadline(spec({"sh", "-c", "echo begun; exec tail -f /dev/null"}), 1);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.output, "begun\n");
  EXPECT_EQ(result.exit_status, 128 + SIGTERM);
}

TEST_P(ProgramTest, IsKilledWhenItDoesNotHeedTerm) {
  auto program =
      start(spec({"sh", "-c", "trap '' TERM; echo deaf; tail -f /dev/null; tail -f /dev/null"}));
  EXPECT_EQ(first_line(program), "deaf");
  program.stop();
  EXPECT_EQ(program.exit_status(), 128 + SIGKILL);
}

TEST_P(ProgramTest, MayCleanUpOnTerm) {
  auto program =
      start(spec({"sh", "-c", "trap 'echo bye; exit 7' TERM; echo up; tail -f /dev/null & wait"}));
  EXPECT_EQ(first_line(program), "up");
  program.stop();
  EXPECT_EQ(program.output(), "up\nbye\n");
  EXPECT_EQ(program.exit_status(), 7);
}

TEST_P(ProgramTest, KeepsABoundedPartOfAFlood) {
  const auto result = run(spec({"head", "-c", "5000000", "/dev/zero"}));
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_EQ(result.output.size(), kKeptOutput);
}

TEST_P(ProgramTest, CanBeEndedWhileItFloods) {
  const auto result = run_past_deadline(spec({"yes"}), kKeptOutput);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.output.size(), kKeptOutput);
}

TEST_P(ProgramTest, LeavesNoChildOfTheTestBehind) {
  const auto before = children();
  { const auto program = start(spec({"tail", "-f", "/dev/null"})); }
  EXPECT_EQ(children(), before);
}

TEST_P(ProgramTest, TakesWhatItLeftInItsGroupAlong) {
  const auto result = run(spec({"sh", "-c", "tail -f /dev/null & echo done"}));
  EXPECT_EQ(result.output, "done\n");
  EXPECT_EQ(result.exit_status, 0);
}

TEST_P(ProgramTest, GivesTheHintOfWhatIsMissing) {
  auto missing = spec({"no-such-program"});
  missing.hint_if_missing = "apt-get install it";
  try {
    run(missing);
    FAIL();
  } catch (const MachineError& error) {
    EXPECT_EQ(error.hint(), "apt-get install it");
  }
}

INSTANTIATE_TEST_SUITE_P(Programs, ProgramTest, testing::Bool(), [](const auto& parameter) {
  return parameter.param ? "InAProcessNamespace" : "Plain";
});

TEST(ProgramInAProcessNamespace, TakesADaemonAlong) {
  const Lab lab(one_node());
  const Fifo fifo;
  const ProgramSpec spec{
      .argv = {"sh", "-c", "exec 3>" + fifo.path() + "; setsid tail -f /dev/null & exit 0"},
      .own_pid_namespace = true,
      .folder = fifo.folder()};
  const auto result = run_program(lab.netns("host"), "host", spec, Deadline::after(seconds(20)));
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_TRUE(fifo.all_writers_end());
}

TEST(ProgramInAProcessNamespace, SeesItsOwnProcessesOnly) {
  const Lab lab(one_node());
  const ProgramSpec spec{.argv = {"sh", "-c", "echo $$; test -d /proc/2 && readlink /proc/self"},
                         .own_pid_namespace = true};
  const auto result = run_program(lab.netns("host"), "host", spec, Deadline::after(seconds(20)));
  EXPECT_EQ(split_lines(result.output).front(), "2");
}

/// Starts the program from a process of its own, which then dies without a chance to clean up.
void start_and_die(const ProgramSpec& spec) {
  const pid_t starter = fork();
  ASSERT_GE(starter, 0);
  if (starter == 0) {
    const Lab lab(one_node());
    Program program(lab.netns("host"), "host", spec);
    first_line(program);
    kill(getpid(), SIGKILL);
  }
  waitpid(starter, nullptr, 0);
}

TEST(Program, DiesWithTheOneWhoStartedIt) {
  for (const bool own_pid_namespace : {false, true}) {
    const Fifo fifo;
    const std::string script = "exec 3>" + fifo.path() + "; echo up; exec tail -f /dev/null";
    start_and_die({.argv = {"sh", "-c", script},
                   .own_pid_namespace = own_pid_namespace,
                   .folder = fifo.folder()});
    EXPECT_TRUE(fifo.all_writers_end());
  }
}

}  // namespace
}  // namespace fwproof::lab
