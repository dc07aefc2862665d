// The kernel's own reasons for doing away with packets: the tracepoint skb:kfree_skb (since Linux
// 5.17), of the packets that the calling thread handles. Those are the ones that its sockets send:
// over veth they are received, and dropped, before send() returns. Packets that somebody else in
// the machine sends are not seen. It takes the privilege to look into the kernel (CAP_PERFMON in
// the first user namespace: root, not a user namespace's).
#pragma once

#include <linux/perf_event.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"

namespace fwproof::observe {

/// Numbers and names of enum skb_drop_reason, from the print format of the tracepoint:
/// `__print_symbolic(REC->reason, { 2, "NOT_SPECIFIED" }, ...)`. The numbers differ from kernel to
/// kernel. Empty if there are none.
std::map<uint32_t, std::string> read_reason_names(std::string_view format);

/// Where a field of the tracepoint stands in its record: "field:enum skb_drop_reason reason;
/// offset:36; size:4;". Nothing if it has no such field of 4 bytes.
std::optional<size_t> read_reason_offset(std::string_view format);

class DropReasons {
 public:
  /// The calling thread's, opened at the first call and kept until the thread ends: opening and
  /// closing a tracepoint costs the machine milliseconds. nullptr where it cannot be had.
  static DropReasons* of_this_thread();

  /// Takes the names of the reasons told since the last call, in order. False if the kernel lost
  /// some.
  bool drain(std::vector<std::string>& reasons);

 private:
  DropReasons() = default;
  static std::unique_ptr<DropReasons> open();

  struct Unmapper {
    void operator()(void* pages) const;
  };

  UniqueFd event_;
  std::unique_ptr<void, Unmapper> pages_;
  size_t reason_offset_ = 0;
  std::map<uint32_t, std::string> names_;
};

}  // namespace fwproof::observe
