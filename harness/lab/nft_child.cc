#include "lab/nft_child.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <malloc.h>
#include <nftables/libnftables.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "lab/child.h"
#include "lab/handed.h"

namespace fwproof::lab {
namespace {

// AddressSanitizer keeps terabytes of address space, all of which would count.
#ifdef FWPROOF_SANITIZED
constexpr rlim_t kMostMemory = RLIM_INFINITY;
#else
constexpr rlim_t kMostMemory = rlim_t{2} << 30;
#endif

// What a load needs, a megabyte or two even for small ones, is not given back to the kernel after
// it.
constexpr int kKeptMemory = 16 << 20;

constexpr int kRequests = 3;
constexpr int kRules = 4;  // see kNftReadsFrom
constexpr int kHome = 5;   // the network namespace between requests

void must(bool done) {
  if (!done) _exit(EXIT_FAILURE);
}

/// What the parent had open belongs to its cases, and must end with them.
void keep_only(int requests) {
  dup2(requests, kRequests);
  close_range(kRequests + 1, ~0u, 0);
  const int none = open("/dev/null", O_RDWR);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    must(dup2(none, standard) == standard);
  const int home = open("/proc/self/ns/net", O_RDONLY);
  must(dup2(home, kHome) == kHome);
  close_range(kHome + 1, ~0u, 0);
  close(kRules);
}

int lowest_free() {
  const int fd = dup(STDIN_FILENO);
  close(fd);
  return fd;
}

/// The socket of a context. libnftables does not tell it: it is the only thing that stays open of
/// what a new context opens, and so has the lowest number. Not valid where that is no longer so.
UniqueFd same_socket(int fd) {
  int protocol = -1;
  socklen_t size = sizeof protocol;
  if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) != 0 ||
      protocol != NETLINK_NETFILTER)
    return {};
  return UniqueFd(dup(fd));
}

struct Loaded {
  NftDone done;
  UniqueFd socket;
};

Loaded load(const std::string& include_folder) {
  const int next = lowest_free();
  nft_ctx* context = nft_ctx_new(NFT_CTX_DEFAULT);
  if (!context || nft_ctx_add_include_path(context, include_folder.c_str()) != 0)
    _exit(kNftOutOfMemory);
  Loaded result;
  result.done.loaded = nft_run_cmd_from_filename(context, kNftReadsFrom) == 0;
  if (result.done.loaded) result.socket = same_socket(next);
  nft_ctx_free(context);
  return result;
}

/// Does what is asked; is where and what it was before when it returns.
Loaded take(Message request) {
  const auto fds = std::move(request.fds);
  must(fds.size() > kNftWords && fds[kNftRules].get() == kRules);
  if (setns(fds[kNftNetns].get(), CLONE_NEWNET) != 0)
    return {.done = {.error_number = errno}, .socket = {}};
  if (fds.size() > kNftFolder) must(fchdir(fds[kNftFolder].get()) == 0);
  dup2(fds[kNftWords].get(), STDERR_FILENO);
  Loaded result = load(request.text);
  dup2(STDOUT_FILENO, STDERR_FILENO);
  must(chdir("/") == 0 && setns(kHome, CLONE_NEWNET) == 0);
  return result;
}

}  // namespace

void serve_nft(int requests, int parent_pidfd) {
  die_with(parent_pidfd);
  keep_only(requests);
  const rlimit most{kMostMemory, kMostMemory};
  setrlimit(RLIMIT_DATA, &most);
  mallopt(M_MMAP_THRESHOLD, kKeptMemory);
  mallopt(M_TRIM_THRESHOLD, kKeptMemory);
  // Where libnftables finds no memory it calls exit(3), which must not run what the parent has
  // registered for its own end.
  std::atexit([] { _exit(kNftOutOfMemory); });
  while (auto request = receive_message(kRequests)) {
    const Loaded result = take(std::move(*request));
    const int socket = result.socket.get();
    const std::span fds(&socket, result.socket.valid() ? 1 : 0);
    must(send_message(kRequests, {reinterpret_cast<const char*>(&result.done), sizeof result.done},
                      fds));
  }
  _exit(EXIT_SUCCESS);
}

}  // namespace fwproof::lab
