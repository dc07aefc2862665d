#include "run/keep.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace fwproof::run {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = ".fwproof-";
constexpr const char* kHint = "name a folder on a local file system that you may write to";

[[noreturn]] void refuse(const std::string& folder, int error_number) {
  throw MachineError::from_errno("keep evidence in '" + folder + "'", error_number, kHint);
}

UniqueFd open_folder(const std::string& path) {
  return UniqueFd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

/// Does the path still name what the descriptor holds?
bool names(const std::string& path, const UniqueFd& fd) {
  struct stat by_path {};
  struct stat by_fd {};
  return stat(path.c_str(), &by_path) == 0 && fstat(fd.get(), &by_fd) == 0 &&
         by_path.st_ino == by_fd.st_ino && by_path.st_dev == by_fd.st_dev;
}

/// Folders of runs of which no process is left.
void delete_orphans(const std::string& folder) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string path = at->path().string();
    if (!at->path().filename().string().starts_with(kPrefix)) continue;
    const UniqueFd fd = open_folder(path);
    std::error_code ignored;
    if (fd.valid() && flock(fd.get(), LOCK_EX | LOCK_NB) == 0) fs::remove_all(path, ignored);
  }
}

}  // namespace

Keep::Keep(std::string folder) : folder_(std::move(folder)) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) refuse(folder_, error.value());
  delete_orphans(folder_);
  under_way_ =
      (fs::path(folder_) / fmt::format("{}{}-{:08x}", kPrefix, getpid(), std::random_device()()))
          .string();
  start_janitor();  // first: a folder without one could be left
  while (!lock_.valid()) {
    if (mkdir(under_way_.c_str(), 0700) != 0) refuse(folder_, errno);
    lock_ = open_folder(under_way_);
    if (!lock_.valid() || flock(lock_.get(), LOCK_EX) != 0) {
      if (errno != ENOENT) refuse(folder_, errno);
      lock_.reset();
    } else if (!names(under_way_, lock_)) {
      lock_.reset();  // another run took it for an orphan before it was locked
    }
  }
}

/// By a clone that tells nobody of its end: waitpid(2) finds it only if asked (__WCLONE). It has
/// the one end of a pipe whose other end all other processes of the run have.
void Keep::start_janitor() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) refuse(folder_, errno);
  const UniqueFd others_end(ends[0]);
  alive_ = UniqueFd(ends[1]);
  janitor_.pid = static_cast<pid_t>(syscall(SYS_clone, 0, nullptr, nullptr, nullptr, nullptr));
  if (janitor_.pid < 0) refuse(folder_, errno);
  if (janitor_.pid > 0) return;
  setsid();  // no Ctrl-C
  for (const int signal : {SIGTERM, SIGHUP, SIGINT}) std::signal(signal, SIG_IGN);
  alive_.reset();
  close_range(STDIN_FILENO, STDERR_FILENO, 0);  // who reads its output must not wait for it
  char none = 0;
  while (read(others_end.get(), &none, 1) < 0 && errno == EINTR) continue;
  std::error_code ignored;
  fs::remove_all(under_way_, ignored);
  _exit(EXIT_SUCCESS);
}

Keep::Janitor::~Janitor() {
  if (pid <= 0) return;
  kill(pid, SIGKILL);  // it has nothing left to do
  waitpid(pid, nullptr, __WCLONE);
}

Keep::~Keep() {
  std::error_code ignored;
  fs::remove_all(under_way_, ignored);
}

}  // namespace fwproof::run
