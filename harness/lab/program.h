// Programs run in a node: the tools that load rules, and the user's own as traffic. Each gets its
// own process group, reads its input from a file in memory, and dies with the thread that started
// it (PR_SET_PDEATHSIG).
//
// A user's program may daemonise. Such a one runs in a process namespace of its own, below a first
// process that only reaps: when the program ends or that first process is killed, the kernel ends
// all that is left in the namespace (pid_namespaces(7)).
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/unique_fd.h"
#include "nl/netns.h"

namespace fwproof::lab {

struct ProgramSpec {
  std::vector<std::string> argv;
  std::string input;                               // on standard input; empty: /dev/null
  std::map<std::string, std::string> environment;  // added to what fwproof itself was given
  bool own_pid_namespace = false;
  std::string hosts;  // what it finds as /etc/hosts, in a process namespace; empty: the machine's
  int mount_namespace = -1;     // descriptor of the one it runs in (lab/private_files.h); -1: ours
  std::string folder;           // it runs in; empty: ours
  std::string hint_if_missing;  // what to do where there is no such program
};

/// How much of standard output and of standard error is kept. More is read and thrown away.
inline constexpr size_t kKeptOutput = 1 << 20;

class Program {
 public:
  /// Starts it. Throws MachineError if it cannot be started.
  Program(const nl::Netns& netns, const std::string& node, const ProgramSpec& spec);
  Program(Program&& other) noexcept;
  Program& operator=(Program&&) = delete;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  /// To poll for reading: standard output and error while they are open, and the end.
  std::vector<int> fds() const;
  /// Reads what is there and reaps, without waiting. True once the program has ended.
  bool advance();
  /// Waits for the end, reading meanwhile. False if the deadline passed first.
  bool wait(Deadline deadline);
  /// Ends it if it still runs: TERM to its process group, and KILL when that does not help.
  /// Throws MachineError if even that does not; the destructor, which calls it, then terminates.
  void stop();

  /// 0..255, or 128 + signal. Only after it has ended.
  int exit_status() const { return exit_status_; }
  const std::string& output() const { return output_.kept; }
  const std::string& error() const { return error_.kept; }

 private:
  struct Stream {
    UniqueFd fd;
    std::string kept;
    void read_all();
  };
  pid_t pid_ = -1;
  UniqueFd pidfd_;
  Stream output_;
  Stream error_;
  bool ended_ = false;
  int exit_status_ = -1;
};

struct ProgramResult {
  int exit_status = -1;
  std::string output;
  std::string error;
  bool timed_out = false;

  /// What kept it from its end, if anything did: the deadline, or a signal. Empty if it ended by
  /// itself. For programs that never exit with 128 or more, as scripts may.
  std::string broken_off() const;
};

/// Runs it to its end, or ends it when the deadline has passed.
ProgramResult run_program(const nl::Netns& netns, const std::string& node, const ProgramSpec& spec,
                          Deadline deadline);

}  // namespace fwproof::lab
