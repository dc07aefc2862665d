// The life of the process that libnftables runs in (lab/nft_process.h), and how it is spoken to.
#pragma once

namespace fwproof::lab {

/// What libnftables reads the rules from: it names their lines by it.
inline constexpr const char* kNftReadsFrom = "/proc/self/fd/4";

/// What comes with a request, in this order. Its text is the folder where libnftables looks for
/// files that `include` names without one.
enum NftHanded {
  kNftRules,
  kNftNetns,
  kNftWords,   // the file that takes what libnftables says
  kNftFolder,  // what paths start from; need not be there
};

/// The text of an answer. With one of rules that loaded comes the socket they went through.
struct NftDone {
  int loaded = 0;
  int error_number = 0;  // not 0: libnftables was not asked, since this went wrong
};

/// The exit status of the process where libnftables finds no memory.
inline constexpr int kNftOutOfMemory = 2;

/// Loads what it is asked to, until nobody is left to ask. To be called in a child just
/// forked, by a process that has called load_libnftables().
[[noreturn]] void serve_nft(int requests, int parent_pidfd);

}  // namespace fwproof::lab
