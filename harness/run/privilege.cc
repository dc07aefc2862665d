#include "run/privilege.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/error.h"
#include "base/unique_fd.h"

namespace fwproof::run {
namespace {

constexpr const char* kAllow =
    "run as root, or let users make user namespaces: sysctl -w user.max_user_namespaces=10000 and, "
    "where they exist, kernel.unprivileged_userns_clone=1 and "
    "kernel.apparmor_restrict_unprivileged_userns=0";

void write_file(const char* path, const std::string& text) {
  const UniqueFd fd(open(path, O_WRONLY | O_CLOEXEC));
  if (!fd.valid() || write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw MachineError::from_errno(fmt::format("write {}", path), errno, kAllow);
}

void become_root_of_a_user_namespace() {
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  if (unshare(CLONE_NEWUSER) != 0)
    throw MachineError::from_errno("enter a user namespace", errno, kAllow);
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", fmt::format("0 {} 1", uid));
  write_file("/proc/self/gid_map", fmt::format("0 {} 1", gid));
}

}  // namespace

void leave_host_network() {
  if (geteuid() == 0 && unshare(CLONE_NEWNET) == 0) return;
  if (geteuid() == 0 && errno != EPERM)
    throw MachineError::from_errno("make a network namespace", errno);
  become_root_of_a_user_namespace();
  if (unshare(CLONE_NEWNET) != 0)
    throw MachineError::from_errno("make a network namespace", errno, kAllow);
}

}  // namespace fwproof::run
