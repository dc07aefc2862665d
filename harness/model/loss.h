// What the kernel tells of packets that it did away with, beside its trace: the evidence from which
// follow/cause.h finds the cause.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/address.h"

namespace fwproof {

/// How the kernel's routing answers for a packet that was lost behind PREROUTING
/// (`ip route get DESTINATION from SOURCE iif DEV`), if it refuses it.
struct RouteRefusal {
  std::string question;
  int error_number = 0;
  /// Refused with the same error also as a packet of the node's own, without source and device.
  bool for_itself_too = false;
};

/// A next hop that the node asked for in vain: FAILED, as ip-neighbour(8) has it.
struct SilentNeighbour {
  std::string node;
  std::string dev;
  IpAddress address;
};

/// Everything told during one flow.
struct LossEvidence {
  /// Node, then counter: by how much it has grown. Names as the kernel's files have them, the
  /// protocol before them where one file has several: "Ip InHdrErrors", "TcpExt
  /// IPReversePathFilter", "Ip6InNoRoutes", "nf_conntrack drop".
  std::map<std::string, std::map<std::string, uint64_t>> grown;
  /// enum skb_drop_reason (net/dropreason-core.h) by name, in order: "IP_RPFILTER". Those of
  /// packets that this thread handled; empty also where they cannot be had.
  std::vector<std::string> reasons;
  std::map<std::string, RouteRefusal> refusals;  // by the name of the walk
  std::vector<SilentNeighbour> neighbours;
};

}  // namespace fwproof
