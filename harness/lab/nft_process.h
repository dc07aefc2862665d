// libnftables in a process of its own, which can be ended and bounded: a file of rules may include
// a pipe that nobody writes to, or hold a command that never ends.
#pragma once

#include <string>

#include "base/deadline.h"
#include "nl/netns.h"

namespace fwproof::lab {

struct NftLoad {
  std::string path;            // what libnftables reads
  std::string include_folder;  // where it looks for files that `include` names without a folder
  std::string attempt;         // names it in errors
};

struct NftAnswer {
  bool loaded = false;
  std::string words;  // what libnftables said
};

/// Throws MachineError if it does not end by the deadline, needs more memory than 2 GiB or crashes.
NftAnswer load_by_libnftables(const nl::Netns& netns, const NftLoad& load, Deadline deadline);

}  // namespace fwproof::lab
