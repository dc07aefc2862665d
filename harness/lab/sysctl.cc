#include "lab/sysctl.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "base/error.h"

namespace fwproof::lab {
namespace {

constexpr std::string_view kProc = "/proc/";

std::string path_of(const std::string& key) {
  std::string path = key;
  if (path.find('/') == path.npos) std::replace(path.begin(), path.end(), '.', '/');
  return "/proc/sys/" + path;
}

/// Some files under net are the machine's own all the same; they show up for the first namespace
/// alone, so a namespace made by fwproof cannot reach them. Names with ".." could leave /proc/sys.
bool belongs_to_netns(const std::string& path) {
  return path.starts_with("/proc/sys/net/") && path.find("/../") == path.npos;
}

/// What to do about a write that the kernel refused.
const char* cure(int error_number) {
  switch (error_number) {
    case ENOENT:
      return "'unshare --net sysctl -a' lists the sysctls a namespace has here";
    case EACCES:
    case EPERM:
      return "the kernel keeps this one for the whole machine, or for root: leave it out";
    case EINVAL:
      return "the kernel takes other values here: see its Documentation/networking/ip-sysctl.rst";
    case EROFS:
      return "run where /proc/sys can be written: in a container, with docker run --privileged";
    default:
      return "";
  }
}

}  // namespace

UniqueFd own_procfs() {
  const UniqueFd made(static_cast<int>(syscall(SYS_fsopen, "proc", FSOPEN_CLOEXEC)));
  if (!made.valid() ||
      syscall(SYS_fsconfig, made.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
    return {};
  return UniqueFd(static_cast<int>(syscall(SYS_fsmount, made.get(), FSMOUNT_CLOEXEC, 0)));
}

void set_sysctl(const nl::Netns& netns, const std::string& where, const std::string& key,
                const std::string& value, IfMissing if_missing, const UniqueFd& procfs) {
  const std::string attempt = where + ": set " + key + "=" + value;
  const std::string path = path_of(key);
  if (!belongs_to_netns(path))
    throw MachineError(attempt, "only sysctls under net. belong to a node, this is the machine's");
  const nl::NetnsScope scope(netns);
  const char* const from_here = path.c_str() + (procfs.valid() ? kProc.size() : 0);
  const UniqueFd fd(openat(procfs.get(), from_here, O_WRONLY | O_CLOEXEC));
  if (!fd.valid() && errno == ENOENT && if_missing == IfMissing::ignore) return;
  if (!fd.valid() && errno == ENOENT) throw MachineError(attempt, "no such sysctl", cure(ENOENT));
  const std::string line = value + "\n";
  if (!fd.valid() || write(fd.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    throw MachineError::from_errno(attempt, errno, cure(errno));
}

}  // namespace fwproof::lab
