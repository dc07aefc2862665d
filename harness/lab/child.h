// What processes forked by fwproof have in common: they die with it, and what they are handed
// leaves the standard streams alone.
#pragma once

#include <sys/types.h>
#include <sys/wait.h>

#include <string>

#include "base/unique_fd.h"

namespace fwproof::lab {

/// pidfd_open(2) by number: glibc 2.36 declares it for C alone.
UniqueFd open_pidfd(pid_t pid);

/// P_PIDFD of waitid(2) by number, as <linux/wait.h> has it: glibc names it since 2.36.
inline constexpr auto kPidfd = static_cast<idtype_t>(3);

/// To be called in a child, where it is async-signal-safe: dies with the parent, also if that is
/// dead already.
void die_with(int parent_pidfd);

/// The same file under a number that no standard stream has, close-on-exec. Where fwproof was
/// started without a standard stream, what it opens takes that number; dup2(2) of such a one onto
/// itself does nothing, and exec(3) then closes it under the program. Throws MachineError; for an
/// `fd` that is not valid, with the errno that the call before has left.
UniqueFd above_standard(UniqueFd fd, const std::string& attempt);

}  // namespace fwproof::lab
