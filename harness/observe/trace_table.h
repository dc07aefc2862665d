// fwproof's own table in a node: the chains of model/trace.h, which mark every packet for tracing
// and tell when it enters and leaves a hook. The table is owned by a netlink socket (`flags owner`,
// nft(8)): the user's `flush ruleset` leaves it alone, and it goes with this object or with the
// process, whichever ends first.
#pragma once

#include <string>

#include "nl/netns.h"
#include "nl/socket.h"

namespace fwproof::observe {

class TraceTable {
 public:
  /// With `conntrack` the table holds a `ct state` rule that no packet meets: its being there is
  /// what switches connection tracking on in a namespace.
  TraceTable(const nl::Netns& netns, const std::string& node, bool conntrack);

 private:
  nl::Socket owner_;
};

}  // namespace fwproof::observe
