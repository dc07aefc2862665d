// What a command takes: used FILE COMMAND... adds a line to the file: its microseconds from start
// to exit, those that processors worked for it and all processes it waited for, and the most memory
// that one of these had, in KiB. Exits as the command does.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const auto start = std::chrono::steady_clock::now();
  const pid_t pid = fork();
  if (pid == 0) {
    execvp(argv[2], argv + 2);
    std::perror(argv[2]);
    _exit(127);
  }
  int status = 0;
  if (pid < 0 || waitpid(pid, &status, 0) < 0) {
    std::perror("used");
    return 3;
  }
  const auto took = std::chrono::steady_clock::now() - start;
  rusage used{};
  getrusage(RUSAGE_CHILDREN, &used);
  const auto micros = [](const timeval& t) { return t.tv_sec * 1'000'000LL + t.tv_usec; };
  std::ofstream(argv[1], std::ios::app)
      << std::chrono::duration_cast<std::chrono::microseconds>(took).count() << ' '
      << micros(used.ru_utime) + micros(used.ru_stime) << ' ' << used.ru_maxrss << '\n';
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
