// What a program of a case may take and touch, as it finds it.
#include "lab/confine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "lab/lab.h"
#include "lab/program.h"
#include "lab/test_networks.h"

namespace fwproof::lab {
namespace {

using testing::AllOf;
using testing::HasSubstr;

ProgramResult run(const std::string& script, const std::string& folder = "") {
  const Lab lab(one_node());
  const ProgramSpec spec{.argv = {"sh", "-c", script}, .own_pid_namespace = true, .folder = folder};
  return run_program(lab.netns("host"), "host", spec, Deadline::after(std::chrono::seconds(60)));
}

TEST(Confine, BoundsMemoryAndPrivilege) {
  const auto result =
      run("ulimit -d; ulimit -c; cat /proc/self/oom_score_adj; grep NoNewPrivs /proc/self/status");
  EXPECT_EQ(result.output, "2097152\n0\n1000\nNoNewPrivs:\t1\n") << result.error;
}

TEST(Confine, BoundsTheNumberOfProcesses) {
  if (!confinement().own_pid_max && !confinement().own_files)
    GTEST_SKIP() << "needs a kernel whose process namespaces have a kernel.pid_max each, for root";
  const auto result =
      run("i=0; while [ $i -lt 1100 ]; do sleep 1000 & i=$((i + 1)); done; echo all");
  EXPECT_EQ(result.output, "");
  EXPECT_THAT(result.error, HasSubstr("Cannot fork"));
}

TEST(Confine, LeavesTheLimitOfTheMachineAlone) {
  const auto limit = [] {
    std::string text;
    std::ifstream("/proc/sys/kernel/pid_max") >> text;
    return text;
  };
  const std::string before = limit();
  run("true");
  EXPECT_EQ(limit(), before);
}

TEST(Confine, LetsAnOrdinaryUsersProgramChangeNoFile) {
  if (!confinement().own_files) GTEST_SKIP() << "for root the machine's files are his";
  const std::string folder = testing::TempDir() + "fwproof-mine-" + std::to_string(getpid());
  ASSERT_EQ(mkdir(folder.c_str(), 0755), 0);
  std::ofstream(folder + "/mine") << "mine";
  // From "/", since the folder it starts in is shown, wherever that is.
  const auto own = run("ls -A /tmp /run /dev/shm; echo own >/tmp/a && cat /tmp/a", "/");
  EXPECT_EQ(own.output, "/dev/shm:\n\n/run:\n\n/tmp:\nown\n");
  const auto others = run("echo theirs >/var/tmp/fwproof-x; echo theirs >mine", folder);
  EXPECT_THAT(others.error, AllOf(HasSubstr("/var/tmp/fwproof-x: Read-only file system"),
                                  HasSubstr("mine: Read-only file system")));
  std::string left;
  std::ifstream(folder + "/mine") >> left;
  EXPECT_EQ(left, "mine");
  unlink((folder + "/mine").c_str());
  rmdir(folder.c_str());
}

TEST(Confine, ShowsTheFolderThatTheProgramStartsIn) {
  const std::string folder = testing::TempDir() + "fwproof-folder-" + std::to_string(getpid());
  ASSERT_EQ(mkdir(folder.c_str(), 0755), 0);
  std::ofstream(folder + "/data") << "seen\n";
  const auto result = run("cat data " + folder + "/data", folder);
  EXPECT_EQ(result.output, "seen\nseen\n") << result.error;
  unlink((folder + "/data").c_str());
  rmdir(folder.c_str());
}

TEST(Confine, LetsAProgramSetSysctlsOfItsNode) {
  const auto result =
      run("echo 77 >/proc/sys/net/ipv4/ip_default_ttl && cat /proc/sys/net/ipv4/ip_default_ttl");
  EXPECT_EQ(result.output, "77\n") << result.error;
}

}  // namespace
}  // namespace fwproof::lab
