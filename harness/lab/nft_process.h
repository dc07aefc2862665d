// libnftables in a process of its own, which can be ended and bounded: a file of rules may include
// a pipe that nobody writes to, or hold a command that never ends. One such process serves this
// one, load after load; it is made when it is first needed, and anew where it has ended. It has
// nothing open but what it is handed with each load.
#pragma once

#include <string>

#include "base/deadline.h"
#include "base/unique_fd.h"
#include "nl/netns.h"

namespace fwproof::lab {

struct NftLoad {
  std::string text;            // the rules
  std::string include_folder;  // where libnftables looks for files named without a folder
  std::string attempt;         // names it in errors
};

struct NftAnswer {
  bool loaded = false;
  std::string words;  // what libnftables said, of rules named kNftReadsFrom (lab/nft_child.h)
  /// The socket that the rules went through. Closing the last one waits until the kernel is done
  /// with what the load has replaced (nf_tables_trans_destroy_flush_work(), 10 to 20 ms), so it is
  /// for whoever asked to close when nobody waits. May be invalid.
  UniqueFd socket;
};

/// Throws MachineError if it does not end by the deadline, needs more memory than 2 GiB or crashes.
/// To be called by one thread at a time.
NftAnswer load_by_libnftables(const nl::Netns& netns, const NftLoad& load, Deadline deadline);

}  // namespace fwproof::lab
