#include "run/workers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <stdexcept>
#include <string>

#include "lab/processors.h"

namespace fwproof::run {
namespace {

using testing::ElementsAre;
using testing::Pair;

struct Done {
  std::map<size_t, std::string> answers;
  std::map<size_t, std::string> losses;
  int signal = 0;
};

Done in(size_t processes, size_t count, const std::function<std::string(size_t)>& piece) {
  Done done;
  Work work;
  work.count = count;
  work.processes = processes;
  work.piece = piece;
  work.answered = [&](size_t i, const std::string& text) {
    EXPECT_TRUE(done.answers.emplace(i, text).second) << i;
  };
  work.lost = [&](size_t i, const std::string& why) {
    EXPECT_TRUE(done.losses.emplace(i, why).second) << i;
  };
  done.signal = in_processes(work);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
  EXPECT_EQ(errno, ECHILD);
  return done;
}

TEST(Workers, AnswerEachPieceOnce) {
  for (const size_t processes : {1, 3, 200}) {
    const Done done = in(processes, 100, [](size_t i) { return std::to_string(i * i); });
    EXPECT_EQ(done.answers.size(), 100);
    EXPECT_EQ(done.answers.at(99), "9801");
    EXPECT_TRUE(done.losses.empty());
  }
  EXPECT_TRUE(in(2, 0, [](size_t) { return ""; }).answers.empty());
}

TEST(Workers, AreProcessesOfTheirOwn) {
  const std::string own = std::to_string(getpid());
  for (const auto& [i, pid] : in(2, 4, [](size_t) { return std::to_string(getpid()); }).answers)
    EXPECT_NE(pid, own);
}

TEST(Workers, SendLongAnswersWhole) {
  const auto text = [](size_t i) { return std::string((i + 1) << 20, static_cast<char>(i)); };
  const Done done = in(2, 5, text);
  for (size_t i = 0; i < 5; ++i) EXPECT_TRUE(done.answers.at(i) == text(i)) << i;
}

TEST(Workers, LoseThePieceThatThrows) {
  const Done done = in(2, 3, [](size_t i) -> std::string {
    if (i == 1) throw std::runtime_error("no such dev");
    return "done";
  });
  EXPECT_THAT(done.answers, ElementsAre(Pair(0, "done"), Pair(2, "done")));
  EXPECT_THAT(done.losses, ElementsAre(Pair(1, "no such dev")));
}

TEST(Workers, LoseThePieceOfAProcessThatDies) {
  for (const size_t processes : {1, 2}) {
    const Done done = in(processes, 5, [](size_t i) -> std::string {
      if (i == 1) raise(SIGKILL);
      if (i == 3) _exit(7);
      return "done";
    });
    EXPECT_THAT(done.answers, ElementsAre(Pair(0, "done"), Pair(2, "done"), Pair(4, "done")));
    EXPECT_THAT(done.losses, ElementsAre(Pair(1, "its process was ended by signal 9 (Killed)"),
                                         Pair(3, "its process ended with exit status 7")));
  }
}

TEST(Workers, WaitForWhatADeadProcessHasStarted) {
  const Done done = in(1, 2, [](size_t i) -> std::string {
    if (i == 1) return "done";
    const pid_t parent = getpid();
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      while (getppid() == parent) pause();
      _exit(EXIT_FAILURE);
    }
    raise(SIGKILL);
    return "";
  });
  EXPECT_THAT(done.answers, ElementsAre(Pair(1, "done")));
}

TEST(Workers, AreFewerWhereNoMoreCanBeMade) {
  const int lowest = dup(STDIN_FILENO);
  close(lowest);
  for (rlim_t room = 4; room < 16; ++room) {
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    const rlimit few{static_cast<rlim_t>(lowest) + room, before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &few);
    const Done done = in(8, 20, [](size_t) { return "done"; });
    setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_EQ(done.answers.size(), 20) << room;
  }
}

TEST(Workers, EndEarlyByASignal) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const pid_t parent = getpid();
    const Done done = in(2, 4, [&](size_t i) -> std::string {
      if (i != 1) return "done";
      kill(parent, signal);
      while (true) pause();
    });
    EXPECT_EQ(done.signal, signal);
    EXPECT_FALSE(done.answers.contains(1));
    EXPECT_TRUE(done.losses.empty());
  }
}

TEST(Workers, HearNothingOfCtrlC) {
  const Done done = in(1, 2, [](size_t) {
    raise(SIGINT);
    raise(SIGHUP);
    return "done";
  });
  EXPECT_EQ(done.answers.size(), 2);
}

TEST(Workers, StayOnAProcessorEachAndLetProgramsRunOnAll) {
  const auto allowed = [] {
    cpu_set_t all;
    EXPECT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
    return static_cast<size_t>(CPU_COUNT(&all));
  };
  const size_t before = allowed();
  const Done done = in(processors(), processors(), [&](size_t) {
    const size_t own = allowed();
    lab::run_on_all_processors();
    return std::to_string(own) + " " + std::to_string(allowed());
  });
  EXPECT_EQ(done.answers.size(), processors());
  for (const auto& [piece, told] : done.answers) EXPECT_EQ(told, "1 " + std::to_string(before));
}

TEST(Workers, TidyUpAfterTheirLastPiece) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  Work work;
  work.count = 4;
  work.processes = 2;
  work.piece = [](size_t) { return ""; };
  work.answered = [](size_t, const std::string&) {};
  work.at_end = [&] { EXPECT_EQ(write(pipe_ends[1], "x", 1), 1); };
  EXPECT_EQ(in_processes(work), 0);
  char said[8];
  EXPECT_EQ(read(pipe_ends[0], said, sizeof said), 2);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

}  // namespace
}  // namespace fwproof::run
