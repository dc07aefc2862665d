#include "base/programs.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace fwproof {

std::string path_of_root() {
  const char* path = std::getenv("PATH");
  return std::string(path ? path : "/usr/bin:/bin") + ":/usr/local/sbin:/usr/sbin:/sbin";
}

std::optional<std::string> find_program(const std::string& name) {
  if (name.find('/') != name.npos) return name;
  const std::string folders = path_of_root();
  for (size_t start = 0; start < folders.size();) {
    const size_t end = std::min(folders.find(':', start), folders.size());
    const std::string path = folders.substr(start, end - start) + "/" + name;
    if (end > start && access(path.c_str(), X_OK) == 0) return path;
    start = end + 1;
  }
  return {};
}

}  // namespace fwproof
