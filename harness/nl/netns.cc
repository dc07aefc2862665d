#include "nl/netns.h"

#include <fcntl.h>
#include <sched.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/error.h"

namespace fwproof::nl {
namespace {

UniqueFd open_current() {
  UniqueFd fd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!fd.valid())
    throw MachineError::from_errno(
        "open /proc/thread-self/ns/net", errno,
        errno == EMFILE ? "raise the limit on open files: ulimit -n" : "");
  return fd;
}

/// Where this thread is, while a NetnsHome lives in it; -1 while none does.
thread_local int here = -1;

void go_back(int fd) {
  if (setns(fd, CLONE_NEWNET) == 0) return;
  std::perror("fwproof: cannot return to the network namespace it came from");
  std::abort();
}

const char* cure(int error_number) {
  if (error_number == EPERM) return "run as root, or allow user namespaces: see 'fwproof doctor'";
  if (error_number == ENOSPC) return "raise user.max_net_namespaces";
  return "";
}

}  // namespace

Netns Netns::current() { return Netns(open_current()); }

Netns Netns::create() {
  const UniqueFd opened = here < 0 ? open_current() : UniqueFd();
  if (unshare(CLONE_NEWNET) != 0)
    throw MachineError::from_errno("make a network namespace", errno, cure(errno));
  UniqueFd fd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  const int error_number = errno;
  go_back(here < 0 ? opened.get() : here);
  if (!fd.valid()) throw MachineError::from_errno("open a new network namespace", error_number);
  return Netns(std::move(fd));
}

NetnsScope::NetnsScope(const Netns& netns)
    : opened_(here < 0 ? open_current() : UniqueFd()), before_(here < 0 ? opened_.get() : here) {
  if (here == netns.fd()) return;
  if (setns(netns.fd(), CLONE_NEWNET) != 0)
    throw MachineError::from_errno("enter a network namespace", errno);
  if (here >= 0) here = netns.fd();
}

NetnsScope::~NetnsScope() {
  if (here == before_) return;
  go_back(before_);
  if (here >= 0) here = before_;
}

NetnsHome::NetnsHome() : before_(here), opened_(here < 0 ? open_current() : UniqueFd()) {
  if (here < 0) here = opened_.get();
}

NetnsHome::~NetnsHome() { here = before_; }

}  // namespace fwproof::nl
