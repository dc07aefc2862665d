// What a frame passes on its way from one device to another: links, and the bridges between them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/topology.h"

namespace fwproof::follow {

class Wires {
 public:
  /// Nothing is known of any way.
  Wires() = default;
  explicit Wires(const Topology& topology);

  /// Of each device that a frame can get to from one device: the device before it on a shortest
  /// way.
  using Ways = std::map<LinkEnd, LinkEnd>;
  Ways ways_from(const LinkEnd& from) const;

 private:
  void join(const LinkEnd& a, const LinkEnd& b);

  std::map<LinkEnd, std::vector<LinkEnd>> next_to_;
};

/// The nodes that a way to this device leads through, without those of its ends. Nothing if no way
/// is known: through a tunnel, or where a program made the devices.
std::optional<std::vector<std::string>> nodes_between(const Wires::Ways& ways, const LinkEnd& to);

/// The device next to the first one on a way to this device: of a bridge the port that leads there.
std::optional<LinkEnd> first_step(const Wires::Ways& ways, const LinkEnd& to);

}  // namespace fwproof::follow
