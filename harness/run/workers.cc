#include "run/workers.h"

#include <fmt/format.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <list>
#include <optional>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "lab/child.h"
#include "lab/processors.h"

namespace fwproof::run {
namespace {

constexpr const char* kAttempt = "share out the work";
constexpr std::chrono::minutes kMostTime{15};
constexpr std::chrono::seconds kTimeToDie{10};

/// What goes before each answer on its way back.
struct Header {
  uint64_t thrown = 0;  // 1: the piece threw, and these are its words
  uint64_t length = 0;
};

bool send_all(int fd, const void* data, size_t size) {
  const auto* at = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    at += sent;
    size -= static_cast<size_t>(sent);
  }
  return true;
}

sigset_t set_of(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  return set;
}

/// The signals that end the work, and those of ended children, as a descriptor.
class Signals {
 public:
  Signals() {
    const sigset_t wanted = set_of({SIGINT, SIGTERM, SIGHUP, SIGCHLD});
    sigprocmask(SIG_BLOCK, &wanted, &before_);
    fd_ = UniqueFd(signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
    if (fd_.valid()) return;
    const int error_number = errno;
    sigprocmask(SIG_SETMASK, &before_, nullptr);
    throw MachineError::from_errno(kAttempt, error_number);
  }
  ~Signals() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  Signals(Signals&&) = delete;
  Signals& operator=(Signals&&) = delete;

  int fd() const { return fd_.get(); }

  /// The one that ends the work, if it came.
  int take() {
    signalfd_siginfo info{};
    int ending = 0;
    while (read(fd_.get(), &info, sizeof info) == sizeof info)
      if (info.ssi_signo != SIGCHLD) ending = static_cast<int>(info.ssi_signo);
    return ending;
  }

  /// For a worker. Ctrl-C reaches all processes of a terminal; what to do then is its parent's to
  /// decide.
  void leave_to_parent() const {
    sigprocmask(SIG_SETMASK, &before_, nullptr);
    const sigset_t parents = set_of({SIGINT, SIGHUP});
    sigprocmask(SIG_BLOCK, &parents, nullptr);
  }

 private:
  sigset_t before_{};
  UniqueFd fd_;
};

/// One process, the piece it has and what it has said of it so far.
struct Worker {
  size_t number = 0;
  pid_t pid = -1;
  UniqueFd pidfd;
  UniqueFd socket;
  std::optional<size_t> piece;
  Deadline deadline = Deadline::after(kMostTime);
  std::string said;
};

/// Memory that one piece gave back is for the next; to give it to the kernel and fetch it again
/// takes longer.
void keep_memory() {
  constexpr int kKept = 16 << 20;
  mallopt(M_TRIM_THRESHOLD, kKept);
  mallopt(M_MMAP_THRESHOLD, kKept);
}

/// The life of a worker: a number comes, an answer goes, until no more come.
[[noreturn]] void serve(const Work& work, int fd) {
  keep_memory();
  size_t piece = 0;
  while (recv(fd, &piece, sizeof piece, MSG_WAITALL) == sizeof piece) {
    Header header;
    std::string text;
    try {
      text = work.piece(piece);
    } catch (const std::exception& error) {
      text = error.what();
      header.thrown = 1;
    }
    header.length = text.size();
    if (!send_all(fd, &header, sizeof header) || !send_all(fd, text.data(), text.size())) break;
  }
  if (work.at_end) work.at_end();
  _exit(EXIT_SUCCESS);
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("its process was ended by signal {} ({})", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
  return fmt::format("its process ended with exit status {}", WEXITSTATUS(status));
}

class Pool {
 public:
  explicit Pool(const Work& work)
      : work_(work),
        most_processes_(std::min(work.processes, work.count)),
        one_each_(most_processes_ == processors()) {
    // What a worker that died has started becomes a child of this process, to be waited for.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
  }
  ~Pool() {
    for (const Worker& worker : workers_) kill_now(worker);
    reap_all();
    prctl(PR_SET_CHILD_SUBREAPER, 0);
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  Pool(Pool&&) = delete;
  Pool& operator=(Pool&&) = delete;

  int run() {
    while (workers_.size() < most_processes_) add_worker();
    while (done_ < work_.count)
      if (const int signal = wait_and_read()) return signal;
    for (Worker& worker : workers_) worker.socket.reset();  // it ends by itself, in order
    if (!reap_all()) throw MachineError(kAttempt, "a process did not end in time");
    workers_.clear();
    return 0;
  }

 private:
  void add_worker() {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
      return make_do_with_fewer(errno);
    const size_t number = free_number();
    UniqueFd ours(ends[0]);
    const UniqueFd theirs(ends[1]);
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid < 0) return make_do_with_fewer(errno);
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) _exit(EXIT_FAILURE);
      signals_.leave_to_parent();
      if (one_each_) lab::stay_on_processor(number);
      ours.reset();
      for (Worker& other : workers_) other.socket.reset();
      serve(work_, theirs.get());
    }
    UniqueFd pidfd = lab::open_pidfd(pid);
    if (!pidfd.valid()) {
      const int error_number = errno;
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
      return make_do_with_fewer(error_number);
    }
    workers_.push_back(
        {.number = number, .pid = pid, .pidfd = std::move(pidfd), .socket = std::move(ours)});
    hand_out(workers_.back());
  }

  /// The lowest that no worker has.
  size_t free_number() const {
    size_t number = 0;
    while (std::any_of(workers_.begin(), workers_.end(),
                       [&](const Worker& worker) { return worker.number == number; }))
      ++number;
    return number;
  }

  void make_do_with_fewer(int error_number) {
    if (workers_.empty()) throw MachineError::from_errno(kAttempt, error_number);
    most_processes_ = workers_.size();
  }

  void hand_out(Worker& worker) {
    worker.piece.reset();
    worker.said.clear();
    if (next_ == work_.count) return;
    worker.piece = next_++;
    worker.deadline = Deadline::after(kMostTime);
    send_all(worker.socket.get(), &*worker.piece, sizeof *worker.piece);  // or its end is read
  }

  int wait_and_read() {
    std::vector<pollfd> waits{{.fd = signals_.fd(), .events = POLLIN, .revents = 0}};
    int timeout = Deadline::after(kMostTime).poll_timeout();
    for (const Worker& worker : workers_) {
      // Its death by itself: a process that it has forked may hold the socket open.
      waits.push_back({.fd = worker.socket.get(), .events = POLLIN, .revents = 0});
      waits.push_back({.fd = worker.pidfd.get(), .events = POLLIN, .revents = 0});
      if (worker.piece) timeout = std::min(timeout, worker.deadline.poll_timeout());
    }
    if (poll(waits.data(), waits.size(), timeout) < 0 && errno != EINTR)
      throw MachineError::from_errno(kAttempt, errno);
    if (const int signal = signals_.take()) return signal;
    auto worker = workers_.begin();
    for (size_t i = 1; i < waits.size(); i += 2) {
      const auto current = worker++;
      if (waits[i].revents != 0)
        read_from(current);
      else if (waits[i + 1].revents != 0)
        end(current, "");
      else if (current->piece && current->deadline.passed())
        end(current, fmt::format("it did not end within {} minutes", kMostTime.count()));
    }
    return 0;
  }

  void read_from(std::list<Worker>::iterator worker) {
    std::array<char, 65536> buffer;
    const ssize_t length = recv(worker->socket.get(), buffer.data(), buffer.size(), 0);
    if (length < 0 && errno == EINTR) return;
    if (length <= 0) return end(worker, "");
    worker->said.append(buffer.data(), static_cast<size_t>(length));
    Header header;
    if (worker->said.size() < sizeof header) return;
    std::memcpy(&header, worker->said.data(), sizeof header);
    if (worker->said.size() < sizeof header + header.length) return;
    const size_t piece = *worker->piece;
    std::string text = worker->said.substr(sizeof header);
    hand_out(*worker);
    ++done_;
    if (header.thrown != 0)
      work_.lost(piece, text);
    else
      work_.answered(piece, std::move(text));
  }

  static void kill_now(const Worker& worker) {
    syscall(SYS_pidfd_send_signal, worker.pidfd.get(), SIGKILL, nullptr, 0);
  }

  /// For a process that is gone, or must go. `why` empty: as it ended tells.
  void end(std::list<Worker>::iterator worker, const std::string& why) {
    kill_now(*worker);  // gone or not
    int status = 0;
    waitpid(worker->pid, &status, 0);
    const std::optional<size_t> piece = worker->piece;
    workers_.erase(worker);
    if (piece) ++done_;
    if (next_ < work_.count && workers_.size() < most_processes_) add_worker();
    if (piece) work_.lost(*piece, why.empty() ? how_it_ended(status) : why);
  }

  /// Waits for all children, those of workers that died too. False if one lives on.
  bool reap_all() {
    const Deadline deadline = Deadline::after(kTimeToDie);
    while (true) {
      const pid_t reaped = waitpid(-1, nullptr, WNOHANG);
      if (reaped > 0 || (reaped < 0 && errno == EINTR)) continue;
      if (reaped < 0) return true;
      if (deadline.passed()) return false;
      pollfd wait{.fd = signals_.fd(), .events = POLLIN, .revents = 0};
      poll(&wait, 1, deadline.poll_timeout());
      signals_.take();
    }
  }

  const Work& work_;
  Signals signals_;
  std::list<Worker> workers_;
  size_t most_processes_;  // fewer than wanted where no more can be made
  bool one_each_;          // each process has a processor of its own
  size_t next_ = 0;        // the first piece that nobody has
  size_t done_ = 0;
};

}  // namespace

size_t processors() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  return static_cast<size_t>(std::max(1, CPU_COUNT(&allowed)));
}

int in_processes(const Work& work) { return work.count == 0 ? 0 : Pool(work).run(); }

}  // namespace fwproof::run
