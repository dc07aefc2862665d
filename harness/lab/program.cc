#include "lab/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// vfork(2) of Boost.Process 1.74, which takes it for gone since POSIX 2008 left it out.
#define BOOST_POSIX_HAS_VFORK 1

#include <algorithm>
#include <array>
#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/exe.hpp>
#include <boost/process/extend.hpp>
#include <boost/process/posix.hpp>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/programs.h"
#include "lab/child.h"
#include "lab/confine.h"
#include "lab/processors.h"

namespace fwproof::lab {
namespace {

namespace bp = boost::process;

constexpr std::chrono::milliseconds kTimeToHeedTerm{500};
constexpr std::chrono::milliseconds kTimeToDie{5000};
/// A pipe holds at most 1 MiB (pipe(7)), so this many reads empty it; a bound, since a program may
/// write as fast as it is read.
constexpr int kReadsAtOnce = 16;

UniqueFd open_input(const std::string& input, const std::string& attempt) {
  const bool none = input.empty();
  UniqueFd fd = above_standard(UniqueFd(none ? open("/dev/null", O_RDONLY | O_CLOEXEC)
                                             : memfd_create("fwproof input", MFD_CLOEXEC)),
                               attempt);
  for (size_t done = 0; done < input.size();) {
    const ssize_t written = write(fd.get(), input.data() + done, input.size() - done);
    if (written < 0) throw MachineError::from_errno(attempt, errno);
    done += static_cast<size_t>(written);
  }
  if (!none) lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Pipe make_pipe(const std::string& attempt) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw MachineError::from_errno(attempt, errno);
  UniqueFd read(ends[0]);
  UniqueFd write(ends[1]);
  Pipe made{above_standard(std::move(read), attempt), above_standard(std::move(write), attempt)};
  fcntl(made.read.get(), F_SETFL, O_NONBLOCK);  // the reader's end alone: programs want to block
  return made;
}

// From here to the end of enter_pid_namespace(): only async-signal-safe calls, since this runs
// between fork and exec of a process that may have other threads, and perhaps lends its memory.

void reset_signals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
}

/// The life of the first process of a process namespace: reaps, and ends as `program` ends.
[[noreturn]] void reap_until_end_of(pid_t program) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  close_range(0, ~0u, 0);
  while (true) {
    int status = 0;
    const pid_t ended = waitpid(-1, &status, 0);
    if (ended == program) _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    if (ended < 0 && errno != EINTR) _exit(EXIT_FAILURE);
  }
}

/// Puts a file with this text over /etc/hosts, in a mount namespace of its own. It lies in memory
/// mounted over /proc, which is taken away again: the file stays as long as something is mounted on
/// it. Where a container forbids such mounts the program sees the machine's /etc/hosts.
void put_hosts(const std::string& hosts) {
  if (mount("tmpfs", "/proc", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755") != 0) return;
  const int fd = open("/proc/hosts", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  size_t done = 0;
  while (fd >= 0 && done < hosts.size()) {
    const ssize_t written = write(fd, hosts.data() + done, hosts.size() - done);
    if (written <= 0) break;
    done += static_cast<size_t>(written);
  }
  if (fd >= 0) close(fd);
  if (done == hosts.size()) mount("/proc/hosts", "/etc/hosts", nullptr, MS_BIND, nullptr);
  umount2("/proc", MNT_DETACH);
}

/// Ends a child that cannot become the program it was made for; says why on standard error.
[[noreturn]] void give_up(std::string_view why) {
  static constexpr std::string_view kBegin = "fwproof: cannot ";
  ssize_t told = write(STDERR_FILENO, kBegin.data(), kBegin.size());
  told = write(STDERR_FILENO, why.data(), why.size());
  told = write(STDERR_FILENO, "\n", 1);
  _exit(told < 0 ? EXIT_FAILURE : 126);
}

/// Enters the files and the folder the program is to find.
void enter_files(int mount_namespace, const char* folder) {
  if (mount_namespace >= 0 && setns(mount_namespace, CLONE_NEWNS) != 0)
    give_up("enter the node's files");
  if (*folder && chdir(folder) != 0) give_up("enter the program's folder");
}

/// Makes the calling process the second one of a new process namespace, and tells its first one's
/// pid by `report`. The first is made a child of fwproof itself (CLONE_PARENT), who can so wait for
/// it and end all by ending it; the process that came here is no longer needed. fwproof cannot
/// simply unshare instead: an ordinary user may not return to the process namespace he came from.
/// The program sees a /proc of its own; where a container forbids the mount it sees the machine's.
void enter_pid_namespace(int parent_pidfd, int report, const Confinement& how, OwnMounts own,
                         const std::string& hosts) {
  const auto first = static_cast<pid_t>(
      syscall(SYS_clone, CLONE_NEWPID | CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, 0));
  if (first != 0) {
    const ssize_t told = first > 0 ? write(report, &first, sizeof first) : -1;
    _exit(told == sizeof first ? EXIT_SUCCESS : EXIT_FAILURE);
  }
  setpgid(0, 0);
  die_with(parent_pidfd);
  if (unshare(CLONE_NEWNS) == 0 &&
      mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0) {
    if (!hosts.empty()) put_hosts(hosts);
    own.proc = mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0;
  }
  if (const char* failed = confine(how, own)) give_up(failed);
  const pid_t program = _Fork();
  if (program < 0) _exit(EXIT_FAILURE);
  if (program > 0) reap_until_end_of(program);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/// fwproof's own environment with `added` in it, as execve(2) takes it. Not Boost.Process's:
/// looking for a name there reads past the end of any shorter entry (1.74).
class Environment {
 public:
  explicit Environment(const std::map<std::string, std::string>& added) {
    for (char** entry = environ; *entry; ++entry) {
      const std::string text = *entry;
      if (!added.contains(text.substr(0, text.find('=')))) entries_.push_back(text);
    }
    for (const auto& [name, value] : added) entries_.push_back(name + "=" + value);
    for (auto& entry : entries_) pointers_.push_back(entry.data());
    pointers_.push_back(nullptr);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  char** get() { return pointers_.data(); }

 private:
  std::vector<std::string> entries_;
  std::vector<char*> pointers_;
};

struct Started {
  pid_t pid = -1;
  std::error_code error;
};

/// The process to wait for: the one that was forked or, in a process namespace, the first there.
pid_t first_process(pid_t forked, const Pipe& report) {
  waitpid(forked, nullptr, 0);
  pid_t first = -1;
  const ssize_t length = read(report.read.get(), &first, sizeof first);
  return length == sizeof first ? first : -1;
}

/// Forks and executes. The calling thread is in the node's namespace. By vfork where it can be: to
/// copy the memory of a process like this one takes a millisecond.
Started start(const std::string& path, const ProgramSpec& spec, int in, int out, int err,
              const std::string& attempt) {
  const UniqueFd self = above_standard(open_pidfd(getpid()), attempt);
  const Pipe report = make_pipe(attempt);
  const bool node_files = spec.mount_namespace >= 0;
  const Confinement how = spec.own_pid_namespace ? confinement() : Confinement{};
  Environment environment(spec.environment);
  Started started;
  const auto set_up = [&](auto& executor) { executor.env = environment.get(); };
  const auto in_child = [&](auto&) {
    setpgid(0, 0);
    die_with(self.get());
    reset_signals();
    run_on_all_processors();
    enter_files(spec.mount_namespace, spec.folder.c_str());
    if (spec.own_pid_namespace)
      enter_pid_namespace(self.get(), report.write.get(), how, {.node_files = node_files},
                          spec.hosts);
    close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
  };
  const auto on_error = [&](auto& executor, const std::error_code&) { started.pid = executor.pid; };
  const auto launch = [&](const auto&... more) {
    return bp::child(bp::exe = path, bp::args = std::vector(spec.argv.begin() + 1, spec.argv.end()),
                     bp::extend::on_setup = set_up, bp::posix::fd.bind(0, in),
                     bp::posix::fd.bind(1, out), bp::posix::fd.bind(2, err),
                     bp::extend::on_exec_setup = in_child, bp::extend::on_error = on_error,
                     started.error, more...);
  };
  // In a process namespace another process executes, which tells of its failure by a pipe alone.
  bp::child child = spec.own_pid_namespace ? launch() : launch(bp::posix::use_vfork);
  if (!started.error) started.pid = child.id();
  child.detach();
  if (started.pid > 0 && spec.own_pid_namespace) started.pid = first_process(started.pid, report);
  if (started.error && started.pid > 0) waitpid(started.pid, nullptr, 0);
  if (!started.error && started.pid < 0)
    throw MachineError(attempt, "the kernel made no process namespace for it");
  return started;
}

}  // namespace

Program::Program(const nl::Netns& netns, const std::string& node, const ProgramSpec& spec) {
  assert(!spec.argv.empty());
  const std::string attempt = "node '" + node + "': run '" + spec.argv.front() + "'";
  const auto path = find_program(spec.argv.front());
  if (!path) throw MachineError(attempt, "no such program on PATH", spec.hint_if_missing);
  const UniqueFd in = open_input(spec.input, attempt);
  Pipe out = make_pipe(attempt);
  Pipe err = make_pipe(attempt);
  const nl::NetnsScope in_node(netns);
  const Started started = start(*path, spec, in.get(), out.write.get(), err.write.get(), attempt);
  if (started.error)
    throw MachineError::from_errno(attempt, started.error.value(),
                                   started.error.value() == ENOENT ? spec.hint_if_missing : "");
  pid_ = started.pid;
  output_.fd = std::move(out.read);
  error_.fd = std::move(err.read);
  pidfd_ = open_pidfd(pid_);
  if (pidfd_.valid()) return;
  const int error_number = errno;
  kill(-pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  throw MachineError::from_errno(attempt, error_number);
}

Program::Program(Program&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      output_(std::move(other.output_)),
      error_(std::move(other.error_)),
      ended_(std::exchange(other.ended_, true)),
      exit_status_(other.exit_status_) {}

Program::~Program() { stop(); }

std::vector<int> Program::fds() const {
  std::vector<int> fds;
  for (const UniqueFd* fd : {&output_.fd, &error_.fd, &pidfd_})
    if (fd->valid()) fds.push_back(fd->get());
  return fds;
}

void Program::Stream::read_all() {
  std::array<char, 65536> buffer;
  for (int reads = 0; fd.valid() && reads < kReadsAtOnce; ++reads) {
    const ssize_t length = read(fd.get(), buffer.data(), buffer.size());
    if (length < 0 && errno == EINTR) continue;
    if (length < 0 && errno == EAGAIN) return;
    if (length <= 0) return fd.reset();
    const size_t room = kKeptOutput - kept.size();
    kept.append(buffer.data(), std::min(room, static_cast<size_t>(length)));
  }
}

bool Program::advance() {
  if (ended_) return true;
  // Asked for before the last read: whatever it wrote stands in the pipes by then.
  siginfo_t info{};
  const int result =
      waitid(kPidfd, static_cast<id_t>(pidfd_.get()), &info, WEXITED | WNOHANG | WNOWAIT);
  const bool exited = result == 0 && info.si_pid == pid_;
  if (exited) kill(-pid_, SIGKILL);  // before it is reaped, while the number is still its own
  output_.read_all();
  error_.read_all();
  if (!exited) return false;
  waitid(kPidfd, static_cast<id_t>(pidfd_.get()), &info, WEXITED);
  exit_status_ = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
  ended_ = true;
  pidfd_.reset();
  output_.fd.reset();
  error_.fd.reset();
  return true;
}

bool Program::wait(Deadline deadline) {
  while (!advance()) {
    if (deadline.passed()) return false;
    std::vector<pollfd> polled;
    for (const int fd : fds()) polled.push_back({.fd = fd, .events = POLLIN, .revents = 0});
    poll(polled.data(), polled.size(), deadline.poll_timeout());
  }
  return true;
}

void Program::stop() {
  if (ended_ || advance()) return;
  kill(-pid_, SIGTERM);
  if (wait(Deadline::after(kTimeToHeedTerm))) return;
  kill(-pid_, SIGKILL);
  if (!wait(Deadline::after(kTimeToDie)))
    throw MachineError("end process " + std::to_string(pid_), "it lives on after SIGKILL");
}

std::string ProgramResult::broken_off() const {
  if (timed_out) return "it did not end in time";
  if (exit_status > 128) return "it was ended by signal " + std::to_string(exit_status - 128);
  return {};
}

ProgramResult run_program(const nl::Netns& netns, const std::string& node, const ProgramSpec& spec,
                          Deadline deadline) {
  Program program(netns, node, spec);
  ProgramResult result;
  result.timed_out = !program.wait(deadline);
  program.stop();
  result.exit_status = program.exit_status();
  result.output = program.output();
  result.error = program.error();
  return result;
}

}  // namespace fwproof::lab
