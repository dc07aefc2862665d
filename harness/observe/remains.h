// What packets have left in a node, as the kernel counts it for the namespace: sockets, those in
// TIME_WAIT too, fragments that wait, conntrack entries. A node that nothing passed has none.
#pragma once

#include <string_view>

#include "base/unique_fd.h"
#include "nl/netns.h"

namespace fwproof::observe {

/// Of /proc/net/sockstat (net/ipv4/proc.c, sockstat_seq_show()): TCP, UDP and RAW sockets in use,
/// TCP ones in TIME_WAIT, fragments. What else the file tells is of the whole machine. False unless
/// it tells of each that there is none.
bool no_sockets(std::string_view sockstat);

/// Of /proc/net/stat/nf_conntrack: the first number of each line is how many entries the namespace
/// has. False unless they are told as 0.
bool no_entries(std::string_view stat);

class Remains {
 public:
  explicit Remains(const nl::Netns& netns);

  /// True if the kernel says that nothing is left. Whoever listens in the node must have ended.
  bool none() const;

 private:
  UniqueFd sockstat_;
  UniqueFd conntrack_;
};

}  // namespace fwproof::observe
