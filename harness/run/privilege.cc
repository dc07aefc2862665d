#include "run/privilege.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>

#include "base/error.h"
#include "base/unique_fd.h"

namespace fwproof::run {
namespace {

/// What may forbid users to make user namespaces, or leaves them powerless there.
struct Setting {
  const char* name;
  const char* path;
  const char* forbids;
  const char* allows;
};

constexpr Setting kAppArmor = {"kernel.apparmor_restrict_unprivileged_userns",
                               "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "0"};
constexpr Setting kSettings[] = {
    {"user.max_user_namespaces", "/proc/sys/user/max_user_namespaces", "0", "10000"},
    {"kernel.unprivileged_userns_clone", "/proc/sys/kernel/unprivileged_userns_clone", "0", "1"},
    kAppArmor,
};

bool forbids(const Setting& setting) {
  std::string value;
  std::ifstream(setting.path) >> value;
  return value == setting.forbids;
}

/// How to allow it: by the settings that forbid it here or, where none does, by all there are.
std::string allow() {
  std::string settings;
  for (const Setting& setting : kSettings)
    if (forbids(setting)) settings += fmt::format(" {}={}", setting.name, setting.allows);
  std::string text = "let users make user namespaces: sysctl -w";
  if (settings.empty())
    return text +
           " user.max_user_namespaces=10000 and, where they exist, "
           "kernel.unprivileged_userns_clone=1 and kernel.apparmor_restrict_unprivileged_userns=0";
  text += settings;
  if (forbids(kAppArmor))
    text += "; in place of the one of AppArmor, a profile of this program will do (README.md)";
  return text;
}

/// What would let this user in. Root is refused where it lacks a capability, as in a container.
std::string cure(bool as_root) {
  return (as_root ? "this root lacks the capability CAP_SYS_ADMIN: add it (docker run --cap-add "
                    "SYS_ADMIN --cap-add NET_ADMIN), or "
                  : "run as root, or ") +
         allow();
}

void write_file(const char* path, const std::string& text, const std::string& hint) {
  const UniqueFd fd(open(path, O_WRONLY | O_CLOEXEC));
  if (!fd.valid() || write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw MachineError::from_errno(fmt::format("write {}", path), errno, hint);
}

void become_root_of_a_user_namespace(const std::string& hint) {
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (unshare(CLONE_NEWUSER) != 0)
    throw MachineError::from_errno("enter a user namespace", errno, hint);
  write_file("/proc/self/setgroups", "deny", hint);
  write_file("/proc/self/uid_map", fmt::format("0 {} 1", uid), hint);
  write_file("/proc/self/gid_map", fmt::format("0 {} 1", gid), hint);
}

[[noreturn]] void refuse_netns(int error_number, const std::string& hint) {
  throw MachineError::from_errno(
      "make a network namespace", error_number,
      error_number == ENOSPC ? "sysctl -w user.max_net_namespaces=10000" : hint);
}

}  // namespace

void become_user(const std::string& name) {
  const passwd* user = getpwnam(name.c_str());
  if (!user)
    throw BadInput({{.file = "command line",
                     .message = fmt::format("no user '{}'", name),
                     .hint = "'getent passwd' lists them"}});
  if (initgroups(name.c_str(), user->pw_gid) != 0 ||
      setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
      setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)
    throw MachineError::from_errno(fmt::format("become user '{}'", name), errno,
                                   "--user is for root: who is not, leaves it out");
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);  // else /proc/self stays root's
}

void leave_host_network() {
  const bool as_root = geteuid() == 0;
  if (as_root && unshare(CLONE_NEWNET) == 0) return;
  if (as_root && errno != EPERM) refuse_netns(errno, "");
  become_root_of_a_user_namespace(cure(as_root));
  if (unshare(CLONE_NEWNET) != 0) refuse_netns(errno, cure(as_root));
}

}  // namespace fwproof::run
