#include "parse/segments.h"

#include <set>
#include <string>
#include <variant>

namespace fwproof::parse {
namespace {

/// The bridge without VLAN filtering that this is a port of; empty if it is of none.
std::string bridge_of(const Node& node, const Interface& interface) {
  for (const Interface& master : node.interfaces) {
    const auto* bridge = master.device ? std::get_if<Bridge>(&*master.device) : nullptr;
    if (bridge && !bridge->vlan_filtering && interface.master == master.name) return master.name;
  }
  return {};
}

}  // namespace

Segments::Segments(const Topology& topology) {
  std::set<std::string> bridges;
  for (const Node& node : topology.nodes)
    if (node.bridge && !node.vlan_filtering) bridges.insert(node.name);
  for (const Link& link : topology.links)
    for (const LinkEnd& end : link.endpoints) {
      join(end, link.endpoints.front());
      if (bridges.contains(end.node)) join(end, {end.node, kBridgeDevice});
    }
  for (const Node& node : topology.nodes)
    for (const Interface& interface : node.interfaces) {
      const std::string bridge = bridge_of(node, interface);
      if (!bridge.empty()) join({node.name, interface.name}, {node.name, bridge});
      const auto* macvlan = interface.device ? std::get_if<Macvlan>(&*interface.device) : nullptr;
      if (macvlan) join({node.name, interface.name}, {node.name, macvlan->link});
    }
}

bool Segments::are_joined(const LinkEnd& a, const LinkEnd& b) const {
  return root_of(a) == root_of(b);
}

void Segments::join(const LinkEnd& a, const LinkEnd& b) {
  const LinkEnd root_a = root_of(a);
  const LinkEnd root_b = root_of(b);
  if (root_a != root_b) next_.emplace(root_a, root_b);
}

LinkEnd Segments::root_of(LinkEnd end) const {
  for (auto next = next_.find(end); next != next_.end(); next = next_.find(end)) end = next->second;
  return end;
}

}  // namespace fwproof::parse
