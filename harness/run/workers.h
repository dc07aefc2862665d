// Work shared out among processes. Not among threads: rules are loaded in forked children
// (lab/nft_process.h), and a child must not be forked while another thread may hold a lock; and a
// process that dies takes nothing with it but its own piece of work.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace fwproof::run {

/// Pieces 0 to count - 1, handed out one by one to a number of processes.
struct Work {
  size_t count = 0;
  size_t processes = 1;
  /// In one of the processes, which ends by _exit(2) after its last piece. What it returns is an
  /// answer.
  std::function<std::string(size_t)> piece;
  /// Here, once for each piece, in the order they end: the answer, or why there is none.
  std::function<void(size_t, std::string)> answered;
  std::function<void(size_t, const std::string&)> lost;
  /// In each process, after its last piece; may be empty.
  std::function<void()> at_end;
};

/// As many as this process has processors.
size_t processors();

/// Does the work in processes forked from this one, which must have no other thread and no other
/// child that waitpid(2) would find. A piece is lost if it throws, if its process dies, or if it
/// takes longer than a quarter of an hour; the others go on. All processes, and what they started,
/// are gone when this returns or throws, and are killed if this process is.
/// Returns 0, or the number of the signal (SIGINT, SIGTERM or SIGHUP) that ended the work before
/// all was done; pieces under way are then neither answered nor lost. Throws MachineError if no
/// process can be made, and what `answered` and `lost` throw.
int in_processes(const Work& work);

}  // namespace fwproof::run
