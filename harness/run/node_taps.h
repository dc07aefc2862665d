// What listens in one node for as long as its network stands.
#pragma once

#include <cstdint>
#include <string>

#include "observe/conntrack_tap.h"
#include "observe/trace_table.h"
#include "observe/trace_tap.h"

namespace fwproof::run {

struct NodeTaps {
  std::string node;
  observe::TraceScope scope;
  bool tracks;  // connection tracking was asked for in the topology
  observe::TraceTable table;
  observe::TraceTap trace;
  observe::ConntrackTap conntrack;
  uint32_t generation = 0;  // the newest that was asked for
};

}  // namespace fwproof::run
