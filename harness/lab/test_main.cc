// The tests of lab/ need a user who may make namespaces: root, or anyone inside a user namespace of
// his own. With --ordinary-user root takes the second way too.
#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace {

constexpr uid_t kNobody = 65534;

[[noreturn]] void fail(const char* attempt) {
  std::perror(attempt);
  std::exit(EXIT_FAILURE);
}

void become_ordinary() {
  if (setgroups(0, nullptr) != 0 || setresgid(kNobody, kNobody, kNobody) != 0 ||
      setresuid(kNobody, kNobody, kNobody) != 0)
    fail("become nobody");
  prctl(PR_SET_DUMPABLE, 1);  // else /proc/self belongs to root
}

void write_file(const char* path, const std::string& text) {
  const fwproof::UniqueFd fd(open(path, O_WRONLY | O_CLOEXEC));
  if (write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) fail(path);
}

/// user_namespaces(7): the caller's own ids become root's in it. The network namespace he is in
/// must be new as well, since he may not return to one that is not his.
void enter_user_namespace() {
  const std::string uid = std::to_string(geteuid());
  const std::string gid = std::to_string(getegid());
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) fail("make a user namespace");
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", "0 " + uid + " 1");
  write_file("/proc/self/gid_map", "0 " + gid + " 1");
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const bool ordinary = argc == 2 && std::string_view(argv[1]) == "--ordinary-user";
  if (argc > 1 && !ordinary) {
    std::cerr << "lab_test: unknown argument '" << argv[1] << "'\n";
    return EXIT_FAILURE;
  }
  if (ordinary && geteuid() == 0) become_ordinary();
  if (geteuid() != 0 && !testing::GTEST_FLAG(list_tests)) enter_user_namespace();
  return RUN_ALL_TESTS();
}
