// The tests against the kernel run in a namespace of their own: as root, or as root of a user
// namespace.
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace {

bool enter_namespaces() {
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  if (uid == 0) return unshare(CLONE_NEWNET) == 0;
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
  std::ofstream("/proc/self/setgroups") << "deny";
  std::ofstream("/proc/self/uid_map") << "0 " << uid << " 1";
  std::ofstream("/proc/self/gid_map") << "0 " << gid << " 1";
  return geteuid() == 0;
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (!enter_namespaces()) {
    std::perror("these tests need namespaces");
    return 1;
  }
  // iptables waits for this lock, which belongs to the whole machine otherwise.
  const std::string lock = testing::TempDir() + "fwproof-xtables-" + std::to_string(getpid());
  setenv("XTABLES_LOCKFILE", lock.c_str(), 1);
  const int result = RUN_ALL_TESTS();
  std::remove(lock.c_str());
  return result;
}
