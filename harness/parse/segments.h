// Which devices of a topology are on one segment: a frame that one sends can come to the other.
#pragma once

#include <map>

#include "model/topology.h"

namespace fwproof::parse {

class Segments {
 public:
  /// By links, by bridges and by macvlans. Whoever a bridge with VLAN filtering joins is decided by
  /// its VLANs, and not told here.
  explicit Segments(const Topology& topology);

  bool are_joined(const LinkEnd& a, const LinkEnd& b) const;

 private:
  void join(const LinkEnd& a, const LinkEnd& b);
  LinkEnd root_of(LinkEnd end) const;

  std::map<LinkEnd, LinkEnd> next_;  // a forest: towards the root of each segment
};

}  // namespace fwproof::parse
