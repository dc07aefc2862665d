#include "lab/confine.h"

#include <fcntl.h>
#include <sched.h>
// Before glibc 2.36 the two compile in this order alone.
// clang-format off
#include <sys/mount.h>
#include <linux/mount.h>
// clang-format on
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace fwproof::lab {
namespace {

constexpr const char* kPidMax = "/proc/sys/kernel/pid_max";
constexpr char kMostPids[] = "1024";
constexpr rlim_t kMostProcesses = 1024;
constexpr rlim_t kMostData = rlim_t{2} << 30;

/// In a user namespace 0 stands for somebody else (user_namespaces(7)).
bool is_root_of_the_machine() {
  std::ifstream map("/proc/self/uid_map");
  uint64_t inside = 1;
  uint64_t outside = 1;
  return map >> inside >> outside && inside == 0 && outside == 0;
}

/// Does the kernel keep a kernel.pid_max for each process namespace? Where it does, root of a user
/// namespace may change that of his own, and opens the file; where it does not, nobody but root of
/// the machine does, whose it is. Nothing is written.
bool pid_max_is_the_namespaces_own() {
  const pid_t outer = fork();
  if (outer == 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) _exit(EXIT_FAILURE);
    const pid_t inner = _Fork();
    if (inner == 0) _exit(open(kPidMax, O_WRONLY | O_CLOEXEC) >= 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    int status = 1;
    if (inner > 0) waitpid(inner, &status, 0);
    _exit(status == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
  }
  int status = 1;
  return outer > 0 && waitpid(outer, &status, 0) == outer && status == 0;
}

bool limit_pids() {
  const int fd = open(kPidMax, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool written = write(fd, kMostPids, sizeof kMostPids - 1) == sizeof kMostPids - 1;
  close(fd);
  return written;
}

void limit(__rlimit_resource resource, rlim_t most) {
  rlimit now{};
  getrlimit(resource, &now);
  if (now.rlim_max < most) most = now.rlim_max;
  now = {most, most};
  setrlimit(resource, &now);
}

bool set_read_only(int fd, const char* path, unsigned flags, bool read_only) {
  mount_attr attributes{};
  (read_only ? attributes.attr_set : attributes.attr_clr) = MOUNT_ATTR_RDONLY;
  return syscall(SYS_mount_setattr, fd, path, flags, &attributes, sizeof attributes) == 0;
}

bool mount_empty(const char* path) {
  return mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=256m") == 0 ||
         errno == ENOENT;
}

/// Every folder on the way to `path`, which it changes meanwhile.
void make_way(char* path) {
  for (char* at = path + 1; *at; ++at) {
    if (*at != '/') continue;
    *at = '\0';
    mkdir(path, 0755);
    *at = '/';
  }
  mkdir(path, 0755);
}

/// The folder that the program starts in stays in sight, though something empty is put over it.
class StartFolder {
 public:
  StartFolder() {
    if (!getcwd(path_, sizeof path_)) path_[0] = '\0';
    for (const char* covered : {"/tmp/", "/run/", "/dev/shm/"})
      if (std::strncmp(path_, covered, std::strlen(covered)) == 0)
        fd_ = static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, ".",
                                       OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
  }

  bool put_back() {
    if (fd_ < 0) return true;
    if (access(path_, F_OK) != 0) make_way(path_);
    return set_read_only(fd_, "", AT_EMPTY_PATH | AT_RECURSIVE, true) &&
           syscall(SYS_move_mount, fd_, "", AT_FDCWD, path_, MOVE_MOUNT_F_EMPTY_PATH) == 0 &&
           chdir(path_) == 0;
  }

 private:
  char path_[PATH_MAX] = "";
  int fd_ = -1;
};

bool protect_files(const OwnMounts& own) {
  StartFolder start;
  if (!set_read_only(AT_FDCWD, "/", AT_RECURSIVE, true)) return false;
  if (own.proc) set_read_only(AT_FDCWD, "/proc", 0, false);  // sysctls of its node
  if (own.node_files) {
    for (const char* path : {"/etc", "/run", "/sys"}) set_read_only(AT_FDCWD, path, 0, false);
  } else if (!mount_empty("/run")) {
    return false;
  }
  return mount_empty("/tmp") && mount_empty("/dev/shm") && start.put_back();
}

void be_first_to_go() {
  const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  const ssize_t told = write(fd, "1000", 4);
  close(fd);
  if (told < 0) return;  // the memory of each process is bounded all the same
}

}  // namespace

const Confinement& confinement() {
  static const Confinement how{.own_pid_max = pid_max_is_the_namespaces_own(),
                               .own_files = !is_root_of_the_machine()};
  return how;
}

const char* confine(const Confinement& how, const OwnMounts& own) {
  be_first_to_go();
  if (how.own_pid_max && !limit_pids()) return "bound the number of processes";
  if (how.own_files && !protect_files(own)) return "make the machine's files read-only";
  limit(RLIMIT_NPROC, kMostProcesses);
  limit(RLIMIT_DATA, kMostData);
  limit(RLIMIT_CORE, 0);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return "give up new privileges";
  return nullptr;
}

}  // namespace fwproof::lab
