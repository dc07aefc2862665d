#include "run/test_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <fstream>
#include <sstream>

namespace fwproof::run {
namespace {

std::string contents(int fd) {
  std::string text;
  char buffer[4096];
  off_t at = 0;
  for (ssize_t length; (length = pread(fd, buffer, sizeof buffer, at)) > 0; at += length)
    text.append(buffer, static_cast<size_t>(length));
  return text;
}

}  // namespace

TestProgram::TestProgram(const std::vector<std::string>& arguments,
                         const std::function<void()>& prepare)
    : output_(memfd_create("output", MFD_CLOEXEC)), error_(memfd_create("error", MFD_CLOEXEC)) {
  std::vector<char*> argv{const_cast<char*>(FWPROOF_PROGRAM)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ != 0) return;
  dup2(output_.get(), STDOUT_FILENO);
  dup2(error_.get(), STDERR_FILENO);
  if (prepare) prepare();
  execv(FWPROOF_PROGRAM, argv.data());
  _exit(127);
}

TestProgram::~TestProgram() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

std::string TestProgram::output() const { return contents(output_.get()); }

Ended TestProgram::wait(Deadline deadline) {
  const UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  pollfd end{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
  if (poll(&end, 1, deadline.poll_timeout()) == 0) kill(pid_, SIGKILL);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), contents(output_.get()),
          contents(error_.get())};
}

Ended run_fwproof(const std::vector<std::string>& arguments, const std::function<void()>& prepare) {
  return TestProgram(arguments, prepare).wait(Deadline::after(std::chrono::seconds(60)));
}

std::string read_whole(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace fwproof::run
