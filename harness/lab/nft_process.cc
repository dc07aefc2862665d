#include "lab/nft_process.h"

#include <fcntl.h>
#include <nftables/libnftables.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/error.h"
#include "lab/child.h"

namespace fwproof::lab {
namespace {

constexpr int kLoaded = 0;
constexpr int kRefused = 1;
constexpr int kOutOfMemory = 2;

// AddressSanitizer keeps terabytes of address space, all of which would count.
#ifdef FWPROOF_SANITIZED
constexpr rlim_t kMostMemory = RLIM_INFINITY;
#else
constexpr rlim_t kMostMemory = rlim_t{2} << 30;
#endif
constexpr size_t kMostWords = 1 << 20;

constexpr const char* kEndlessHint =
    "an 'include' of a pipe or a device, or a command like 'monitor', never ends";

/// The life of the child. libnftables writes to standard error. Where it finds no memory it calls
/// exit(3), which must not run what the parent has registered for its own end.
[[noreturn]] void load_and_end(const NftLoad& load, int parent_pidfd, int none, int words) {
  die_with(parent_pidfd);
  const rlimit most{kMostMemory, kMostMemory};
  setrlimit(RLIMIT_DATA, &most);
  dup2(none, STDIN_FILENO);
  dup2(none, STDOUT_FILENO);
  dup2(words, STDERR_FILENO);
  std::atexit([] { _exit(kOutOfMemory); });
  nft_ctx* context = nft_ctx_new(NFT_CTX_DEFAULT);
  if (!context || nft_ctx_add_include_path(context, load.include_folder.c_str()) != 0)
    _exit(kOutOfMemory);
  _exit(nft_run_cmd_from_filename(context, load.path.c_str()) == 0 ? kLoaded : kRefused);
}

void end(pid_t child) {
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

/// Waits for the child and reaps it. False, with the child ended, if the deadline passed first.
bool wait_for(pid_t child, int& status, Deadline deadline, const std::string& attempt) {
  const UniqueFd pidfd = open_pidfd(child);
  if (!pidfd.valid()) {
    const int error_number = errno;
    end(child);
    throw MachineError::from_errno(attempt, error_number);
  }
  pollfd ended{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
  int ready = 0;
  while (ready <= 0 && !deadline.passed()) ready = poll(&ended, 1, deadline.poll_timeout());
  if (ready <= 0)
    end(child);
  else
    waitpid(child, &status, 0);
  return ready > 0;
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
  const UniqueFd words =
      above_standard(UniqueFd(memfd_create("fwproof words", MFD_CLOEXEC)), load.attempt);
  const UniqueFd none =
      above_standard(UniqueFd(open("/dev/null", O_RDWR | O_CLOEXEC)), load.attempt);
  const UniqueFd self = above_standard(open_pidfd(getpid()), load.attempt);
  const nl::NetnsScope scope(netns);
  const pid_t child = fork();
  if (child < 0) throw MachineError::from_errno(load.attempt, errno);
  if (child == 0) load_and_end(load, self.get(), none.get(), words.get());
  int status = 0;
  if (!wait_for(child, status, deadline, load.attempt))
    throw MachineError(load.attempt, "it did not end in time", kEndlessHint);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kOutOfMemory)
    throw MachineError(load.attempt, "it takes more than 2 GiB of memory", kEndlessHint);
  if (WIFSIGNALED(status))
    throw MachineError(load.attempt,
                       "libnftables was ended by signal " + std::to_string(WTERMSIG(status)));
  return {WEXITSTATUS(status) == kLoaded, contents(words.get())};
}

}  // namespace fwproof::lab
