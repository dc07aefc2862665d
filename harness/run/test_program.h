// Runs the fwproof program as its users do, for the tests of its command line.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/unique_fd.h"

namespace fwproof::run {

struct Ended {
  int status = -1;  // exit code, or 128 + signal
  std::string output;
  std::string error;
};

/// The program under way. Its output goes to files in memory, so that it never waits for a reader.
class TestProgram {
 public:
  /// `prepare` runs in the child before the program takes over; only system calls belong there.
  explicit TestProgram(const std::vector<std::string>& arguments,
                       const std::function<void()>& prepare = {});
  ~TestProgram();
  TestProgram(const TestProgram&) = delete;
  TestProgram& operator=(const TestProgram&) = delete;
  TestProgram(TestProgram&&) = delete;
  TestProgram& operator=(TestProgram&&) = delete;

  pid_t pid() const { return pid_; }
  std::string output() const;
  /// Waits for the end; kills the program at the deadline.
  Ended wait(Deadline deadline);

 private:
  pid_t pid_ = -1;
  UniqueFd output_;
  UniqueFd error_;
};

/// Runs to the end, at most 60 s.
Ended run_fwproof(const std::vector<std::string>& arguments,
                  const std::function<void()>& prepare = {});

std::string read_whole(const std::string& path);

}  // namespace fwproof::run
