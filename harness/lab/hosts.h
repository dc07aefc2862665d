// The names of nodes, for programs.
#pragma once

#include <string>

#include "model/topology.h"

namespace fwproof::lab {

/// A file as hosts(5) has it: localhost, and each node's name with each of its addresses, in the
/// order of the topology. IPv6 only where the topology has any.
std::string hosts_file(const Topology& topology);

}  // namespace fwproof::lab
