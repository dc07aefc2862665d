#include "lab/nft_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "lab/child.h"
#include "lab/handed.h"
#include "lab/late_nftables.h"
#include "lab/nft_child.h"

namespace fwproof::lab {
namespace {

constexpr size_t kMostWords = 1 << 20;

constexpr const char* kEndlessHint =
    "an 'include' of a pipe or a device, or a command like 'monitor', never ends";
constexpr const char* kMemoryHint =
    "a set or a definition in it is too large, or grows by being used in itself again and again";

/// The process, of this side of it.
class NftProcess {
 public:
  NftProcess() = default;
  ~NftProcess() { end(); }
  NftProcess(const NftProcess&) = delete;
  NftProcess& operator=(const NftProcess&) = delete;
  NftProcess(NftProcess&&) = delete;
  NftProcess& operator=(NftProcess&&) = delete;

  /// Hands it a request, to a new process where there is none.
  void ask(const std::string& text, std::span<const int> fds, const std::string& attempt) {
    if (!lives()) start(attempt);
    if (!send_message(socket_.get(), text, fds)) throw MachineError::from_errno(attempt, errno);
  }

  /// Waits for the answer. Throws MachineError, and has ended the process, if there is none.
  Message answer(Deadline deadline, const std::string& attempt) {
    pollfd told{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    int ready = 0;
    while (ready <= 0 && !deadline.passed()) ready = poll(&told, 1, deadline.poll_timeout());
    errno = 0;
    if (ready > 0)
      if (auto message = receive_message(socket_.get());
          message && message->text.size() == sizeof(NftDone))
        return std::move(*message);
    const bool too_many_files = errno == EMFILE;
    const int status = end();
    if (too_many_files) throw MachineError::from_errno(attempt, EMFILE);
    if (ready <= 0) throw MachineError(attempt, "it did not end in time", kEndlessHint);
    if (WIFEXITED(status) && WEXITSTATUS(status) == kNftOutOfMemory)
      throw MachineError(attempt, "it takes more than 2 GiB of memory", kMemoryHint);
    if (WIFSIGNALED(status))
      throw MachineError(attempt,
                         "libnftables was ended by signal " + std::to_string(WTERMSIG(status)));
    throw MachineError(attempt, "its process cannot begin");
  }

 private:
  /// A process forked from this one has a copy of this object, but the child is not its own.
  bool own() const { return pid_ > 0 && parent_ == getpid(); }

  bool lives() {
    pollfd gone{.fd = socket_.get(), .events = 0, .revents = 0};
    const bool here = own() && poll(&gone, 1, 0) == 0;
    if (!here) end();
    return here;
  }

  void start(const std::string& attempt) {
    load_libnftables();
    const UniqueFd self = above_standard(open_pidfd(getpid()), attempt);
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
      throw MachineError::from_errno(attempt, errno);
    UniqueFd ours(ends[0]);
    const UniqueFd theirs = above_standard(UniqueFd(ends[1]), attempt);
    const pid_t child = fork();
    if (child < 0) throw MachineError::from_errno(attempt, errno);
    if (child == 0) serve_nft(theirs.get(), self.get());
    parent_ = getpid();
    pid_ = child;
    socket_ = std::move(ours);
  }

  /// Ends it and reaps it; returns how it ended.
  int end() {
    int status = 0;
    if (own()) {
      kill(pid_, SIGKILL);  // if it has ended by itself, its status is its own
      waitpid(pid_, &status, 0);
    }
    pid_ = -1;
    socket_.reset();
    return status;
  }

  pid_t parent_ = -1;
  pid_t pid_ = -1;
  UniqueFd socket_;
};

UniqueFd in_memory(const char* name, const std::string& text, const std::string& attempt) {
  UniqueFd memory(memfd_create(name, MFD_CLOEXEC));
  if (!memory.valid() ||
      write(memory.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw MachineError::from_errno(attempt, errno);
  return memory;
}

std::string contents(int fd) {
  struct stat status {};
  fstat(fd, &status);
  std::string text(std::min<size_t>(static_cast<size_t>(status.st_size), kMostWords), '\0');
  const ssize_t length = pread(fd, text.data(), text.size(), 0);
  text.resize(length > 0 ? static_cast<size_t>(length) : 0);
  return text;
}

}  // namespace

NftAnswer load_by_libnftables(const nl::Netns& netns, const NftLoad& load, Deadline deadline) {
  static NftProcess process;
  const UniqueFd rules = in_memory("fwproof rules", load.text, load.attempt);
  const UniqueFd words = in_memory("fwproof words", "", load.attempt);
  const UniqueFd folder(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  std::vector<int> fds{rules.get(), netns.fd(), words.get()};
  if (folder.valid()) fds.push_back(folder.get());
  process.ask(load.include_folder, fds, load.attempt);
  Message answer = process.answer(deadline, load.attempt);
  NftDone done;
  std::memcpy(&done, answer.text.data(), sizeof done);
  if (done.error_number != 0) throw MachineError::from_errno(load.attempt, done.error_number);
  return {done.loaded != 0, contents(words.get()),
          answer.fds.empty() ? UniqueFd() : std::move(answer.fds.front())};
}

}  // namespace fwproof::lab
