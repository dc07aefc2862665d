#include "run/keep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "base/error.h"
#include "parse/test_folder.h"

namespace fwproof::run {
namespace {

namespace fs = std::filesystem;

/// Names in the folder, the hidden too.
size_t entries(const std::string& folder) {
  return static_cast<size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(Keep, HidesWhatIsNotWholeAndDeletesIt) {
  const parse::TestFolder folder;
  const std::string path = folder.path("out/evidence");
  {
    const Keep keep(path);
    EXPECT_EQ(keep.folder(), path);
    EXPECT_EQ(fs::path(keep.under_way()).parent_path(), path);
    EXPECT_EQ(fs::path(keep.under_way()).filename().string()[0], '.');
    std::ofstream(keep.under_way() + "/half") << "half";
    EXPECT_EQ(entries(path), 1);
  }
  EXPECT_EQ(entries(path), 0);
}

TEST(Keep, LeavesOtherRunsAlone) {
  const parse::TestFolder folder;
  const Keep one(folder.path("out"));
  std::optional<Keep> other(folder.path("out"));
  EXPECT_NE(one.under_way(), other->under_way());
  other.reset();
  EXPECT_TRUE(fs::exists(one.under_way()));
}

TEST(Keep, DeletesWhatARunWithoutAnEndHasLeft) {
  const parse::TestFolder folder;
  folder.write("out/.fwproof-abcdef/nat.nft/story.txt", "half");
  folder.write("out/nat.nft/story.txt", "whole");
  const Keep keep(folder.path("out"));
  EXPECT_FALSE(fs::exists(folder.path("out/.fwproof-abcdef")));
  EXPECT_TRUE(fs::exists(folder.path("out/nat.nft/story.txt")));
}

TEST(Keep, SaysWhereItMayNotWrite) {
  try {
    const Keep keep("/proc/nowhere");
    FAIL() << "it was made";
  } catch (const MachineError& no) {
    EXPECT_STREQ(no.what(), "keep evidence in '/proc/nowhere': No such file or directory");
    EXPECT_EQ(no.hint(), "name a folder on a local file system that you may write to");
  }
}

/// In a child: keeps until it is killed. Says so by a byte; the janitor has the pipe too.
[[noreturn]] void keep_for_ever(const std::string& path, int pipe_end) {
  const Keep keep(path);
  std::ofstream(keep.under_way() + "/half") << "half";
  if (write(pipe_end, "x", 1) != 1) _exit(EXIT_FAILURE);
  while (true) pause();
}

TEST(Keep, DeletesWhatIsNotWholeThoughItsProcessIsKilled) {
  const parse::TestFolder folder;
  const std::string path = folder.path("out");
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) keep_for_ever(path, ends[1]);
  close(ends[1]);
  char said = 0;
  ASSERT_EQ(read(ends[0], &said, 1), 1);
  EXPECT_EQ(entries(path), 1);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  pollfd janitor{.fd = ends[0], .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll(&janitor, 1, 10'000), 1);
  EXPECT_EQ(entries(path), 0);
  close(ends[0]);
}

}  // namespace
}  // namespace fwproof::run
