// What one packet met on one way through one node's stack.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/packet.h"
#include "model/walk.h"

namespace fwproof::follow {

struct Passage {
  NodeVisit visit;
  bool came_in = false;  // began in PREROUTING, not in OUTPUT
  Packet packet;         // as it was at the start
  size_t number = 0;     // order among the passages of its node
  /// The passage that this is a copy of: of a packet for many, POSTROUTING sees one more, which the
  /// node hears itself (net/ipv4/ip_output.c, ip_mc_output()). Or FORWARD sees one for each port
  /// that a bridge sends it out of (net/bridge/br_forward.c, br_flood()).
  std::optional<size_t> copy_of;
  /// A fragment: the passage of the whole packet that the node made of it and others. Connection
  /// tracking does so in PREROUTING or OUTPUT (priority -400, nf_defrag_ipv4.c), delivery before
  /// INPUT.
  std::optional<size_t> whole;
  std::vector<size_t> fragments;  // what this one was made of, likewise
};

inline bool same_ends(const Packet& a, const Packet& b) {
  return a.from() == b.from() && a.to() == b.to();
}

/// Node and what no NAT changes -> the passages of packets like it, by their places in a list of
/// all, oldest first.
using PassagesByIdentity = std::map<std::pair<std::string, IdentityKey>, std::vector<size_t>>;

}  // namespace fwproof::follow
