#include "lab/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace fwproof::lab {

UniqueFd open_pidfd(pid_t pid) {
  return UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

void die_with(int parent_pidfd) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pollfd parent{.fd = parent_pidfd, .events = POLLIN, .revents = 0};
  if (poll(&parent, 1, 0) != 0) _exit(128 + SIGKILL);
}

UniqueFd above_standard(UniqueFd fd, const std::string& attempt) {
  if (!fd.valid()) throw MachineError::from_errno(attempt, errno);
  if (fd.get() > STDERR_FILENO) return fd;
  UniqueFd moved(fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!moved.valid()) throw MachineError::from_errno(attempt, errno);
  return moved;
}

}  // namespace fwproof::lab
