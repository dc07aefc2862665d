// The children that a test has now, whether they run or have ended.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

namespace fwproof::lab {

inline std::set<pid_t> children() {
  std::set<pid_t> all;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream stat(entry.path() / "stat");
    std::string name, state;
    pid_t pid = -1, parent = -1;
    if (stat >> pid >> name >> state >> parent && parent == getpid()) all.insert(pid);
  }
  return all;
}

}  // namespace fwproof::lab
