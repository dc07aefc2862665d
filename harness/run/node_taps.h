// What listens in one node for as long as its network stands.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "model/topology.h"
#include "nl/netns.h"
#include "observe/conntrack_tap.h"
#include "observe/listener.h"
#include "observe/trace_table.h"
#include "observe/trace_tap.h"

namespace fwproof::run {

struct NodeTaps {
  /// `legacy` and `ipv6` as TraceTap has them.
  NodeTaps(const nl::Netns& netns, const Node& of, const observe::TraceScope& watched,
           observe::Listener& listener, bool legacy, bool ipv6)
      : node(of.name),
        scope(watched),
        tracks(of.conntrack),
        table(netns, of.name, watched),
        mail(listener.listen(netns, of.name)),
        trace(mail, table, netns, legacy, ipv6),
        conntrack(mail, table.socket()) {}

  std::string node;
  observe::TraceScope scope;
  bool tracks;  // connection tracking was asked for in the topology
  observe::TraceTable table;
  std::shared_ptr<observe::Mail> mail;  // from after the table was made
  observe::TraceTap trace;
  observe::ConntrackTap conntrack;
  uint32_t generation = 0;  // the newest that was asked for
};

}  // namespace fwproof::run
