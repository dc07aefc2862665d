#include "run/workers.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <thread>
#include <utility>

#include "base/deadline.h"
#include "base/error.h"
#include "base/unique_fd.h"

namespace fwproof::run {
namespace {

constexpr const char* kAttempt = "share out the work";
constexpr std::chrono::hours kMostTime{1};

/// For each processor: a case waits for the kernel most of its time.
constexpr size_t kProcesses = 3;

/// What goes before each answer in a worker's pipe.
struct Header {
  uint64_t index = 0;  // kFailed: the answer is why the worker gave up
  uint64_t length = 0;
};
constexpr uint64_t kFailed = UINT64_MAX;

void write_all(int fd, const void* data, size_t size) {
  const auto* at = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t written = write(fd, at, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) _exit(EXIT_FAILURE);  // nobody reads any more
    at += written;
    size -= static_cast<size_t>(written);
  }
}

void answer(int fd, uint64_t index, const std::string& text) {
  const Header header{index, text.size()};
  write_all(fd, &header, sizeof header);
  write_all(fd, text.data(), text.size());
}

/// One process and its pipe. It is ended with this object.
class Worker {
 public:
  Worker(const std::function<void(int)>& work) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw MachineError::from_errno(kAttempt, errno);
    pipe_ = UniqueFd(ends[0]);
    const UniqueFd write_end(ends[1]);
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ < 0) throw MachineError::from_errno(kAttempt, errno);
    if (pid_ > 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent) work(write_end.get());
    _exit(EXIT_SUCCESS);
  }
  ~Worker() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Worker(Worker&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)),
        pipe_(std::move(other.pipe_)),
        said_(std::move(other.said_)) {}
  Worker& operator=(Worker&&) = delete;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  int fd() const { return pipe_.get(); }
  bool at_end() const { return !pipe_.valid(); }

  /// Reads what there is; at_end() once there is no more to come.
  void read_some() {
    std::array<char, 65536> buffer;
    const ssize_t length = read(pipe_.get(), buffer.data(), buffer.size());
    if (length < 0 && errno == EINTR) return;
    if (length <= 0) return pipe_.reset();
    said_.append(buffer.data(), static_cast<size_t>(length));
  }

  /// Puts its answers where they belong.
  void take_answers(std::vector<std::string>& answers) {
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    size_t at = 0;
    Header header;
    while (said_.size() - at >= sizeof header) {
      std::memcpy(&header, said_.data() + at, sizeof header);
      at += sizeof header;
      if (said_.size() - at < header.length) break;
      std::string text = said_.substr(at, header.length);
      at += header.length;
      if (header.index == kFailed) throw MachineError(kAttempt, text);
      answers.at(header.index) = std::move(text);
    }
    if (status != 0 || at != said_.size())
      throw MachineError(kAttempt, "a process ended before its work was done");
  }

 private:
  pid_t pid_ = -1;
  UniqueFd pipe_;
  std::string said_;
};

void read_to_end(std::vector<Worker>& workers, const Deadline& deadline) {
  while (true) {
    std::vector<pollfd> waits;
    std::vector<Worker*> open;
    for (Worker& worker : workers) {
      if (worker.at_end()) continue;
      waits.push_back({.fd = worker.fd(), .events = POLLIN, .revents = 0});
      open.push_back(&worker);
    }
    if (open.empty()) return;
    if (deadline.passed()) throw MachineError(kAttempt, "it did not end in time");
    if (poll(waits.data(), waits.size(), deadline.poll_timeout()) < 0 && errno != EINTR)
      throw MachineError::from_errno(kAttempt, errno);
    for (size_t i = 0; i < open.size(); ++i)
      if (waits[i].revents != 0) open[i]->read_some();
  }
}

}  // namespace

std::vector<std::string> in_processes(size_t count,
                                      const std::function<std::string(size_t)>& work) {
  const size_t processes =
      std::min(count, kProcesses * std::max(1u, std::thread::hardware_concurrency()));
  std::vector<Worker> workers;
  for (size_t first = 0; first < processes; ++first)
    workers.emplace_back([&, first](int fd) {
      try {
        for (size_t i = first; i < count; i += processes) answer(fd, i, work(i));
      } catch (const std::exception& error) {
        answer(fd, kFailed, error.what());
      }
    });
  read_to_end(workers, Deadline::after(kMostTime));
  std::vector<std::string> answers(count);
  for (Worker& worker : workers) worker.take_answers(answers);
  return answers;
}

}  // namespace fwproof::run
