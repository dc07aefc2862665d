// The folder of `--keep DIR`, and in it, while a run lasts, a hidden one for what is not whole yet.
// Whatever ends the run, kill -9 included, the hidden one goes with it: a process that does nothing
// else waits for the end of all others of the run, and then deletes it.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/unique_fd.h"

namespace fwproof::run {

class Keep {
 public:
  /// Makes the folders, and deletes what runs left there that could not do so themselves: where
  /// the machine lost its power. Call it before any thread is started. Throws MachineError.
  explicit Keep(std::string folder);
  ~Keep();
  Keep(const Keep&) = delete;
  Keep& operator=(const Keep&) = delete;
  Keep(Keep&&) = delete;
  Keep& operator=(Keep&&) = delete;

  const std::string& folder() const { return folder_; }
  /// On the same file system: what is whole there is renamed into folder().
  const std::string& under_way() const { return under_way_; }

 private:
  void start_janitor();

  struct Janitor {
    pid_t pid = -1;
    ~Janitor();
  };

  std::string folder_;
  std::string under_way_;
  UniqueFd alive_;  // shared with all processes of the run but the janitor; gone with the last
  UniqueFd lock_;   // likewise: tells other runs that this one lasts
  Janitor janitor_;
};

}  // namespace fwproof::run
