// What a program of a case may take and touch. Cases come from strangers too: `exec` flows and
// scripts are run in a process namespace that ends with them (lab/program.h), and there:
//
//   processes     at most 1024 at a time: kernel.pid_max where it is the namespace's own (Linux
//                 6.14), and for an ordinary user RLIMIT_NPROC, of which the kernel excepts root
//   memory        at most 2 GiB of data for each process, the first to go where memory is short
//   privilege     no more by executing anything (PR_SET_NO_NEW_PRIVS); no core files
//   files         if an ordinary user runs fwproof: all of the machine's are read-only; /tmp, /run
//                 and /dev/shm are empty, writable and the program's own, so that no daemon's
//                 socket is there either; the folder it starts in is in sight
#pragma once

namespace fwproof::lab {

struct Confinement {
  bool own_pid_max = false;
  bool own_files = false;
};

/// What can and must be done here; asks the kernel once.
const Confinement& confinement();

/// What the program finds that is its own already, and so stays writable.
struct OwnMounts {
  bool proc = false;        // /proc, of its process namespace
  bool node_files = false;  // those of lab/private_files.h
};

/// In the first process of a process namespace, in a mount namespace of its own; async-signal-safe.
/// Returns null, or what could not be done: then the program must not be run.
const char* confine(const Confinement& how, const OwnMounts& own);

}  // namespace fwproof::lab
