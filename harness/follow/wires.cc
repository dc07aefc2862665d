#include "follow/wires.h"

#include <algorithm>
#include <deque>
#include <utility>
#include <variant>

namespace fwproof::follow {
namespace {

bool is_bridge(const Node& node, const std::string& name) {
  return std::any_of(node.interfaces.begin(), node.interfaces.end(), [&](const Interface& other) {
    return other.name == name && other.device && std::holds_alternative<Bridge>(*other.device);
  });
}

/// Of a link, and of no node.
bool is_middle(const LinkEnd& end) { return end.node.empty(); }

/// The device below it that its frames pass as they are, but for a tag.
std::string below(const Interface& interface) {
  if (!interface.device) return {};
  const bool passes = std::holds_alternative<Vlan>(*interface.device) ||
                      std::holds_alternative<Macvlan>(*interface.device);
  return passes ? std::string(link_of(*interface.device)) : std::string();
}

}  // namespace

Wires::Wires(const Topology& topology) {
  for (size_t i = 0; i < topology.links.size(); ++i) {
    const Link& link = topology.links[i];
    const LinkEnd middle{"", std::to_string(i)};
    for (const LinkEnd& end : link.endpoints) {
      join(end, middle);
      const Node* node = topology.find_node(end.node);
      if (node && node->bridge) join(end, {end.node, kBridgeDevice});
    }
  }
  for (const Node& node : topology.nodes)
    for (const Interface& interface : node.interfaces) {
      const LinkEnd own{node.name, interface.name};
      if (is_bridge(node, interface.master)) join(own, {node.name, interface.master});
      if (const std::string other = below(interface); !other.empty()) join(own, {node.name, other});
    }
}

void Wires::join(const LinkEnd& a, const LinkEnd& b) {
  next_to_[a].push_back(b);
  next_to_[b].push_back(a);
}

Wires::Ways Wires::ways_from(const LinkEnd& from) const {
  Ways before{{from, from}};
  std::deque<LinkEnd> reached{from};
  const auto leave = next_to_.find(from);  // a port by its link alone, not back into its bridge
  if (leave != next_to_.end() &&
      std::any_of(leave->second.begin(), leave->second.end(), is_middle)) {
    reached.clear();
    for (const LinkEnd& other : leave->second)
      if (is_middle(other) && before.emplace(other, from).second) reached.push_back(other);
  }
  while (!reached.empty()) {
    const LinkEnd at = std::move(reached.front());
    reached.pop_front();
    const auto next = next_to_.find(at);
    if (next == next_to_.end()) continue;
    for (const LinkEnd& other : next->second)
      if (before.emplace(other, at).second) reached.push_back(other);
  }
  return before;
}

std::optional<std::vector<std::string>> nodes_between(const Wires::Ways& ways, const LinkEnd& to) {
  std::vector<std::string> passed;
  auto at = ways.find(to);
  if (at == ways.end()) return std::nullopt;
  for (; at->second != at->first; at = ways.find(at->second)) passed.push_back(at->first.node);
  const std::string& from = at->first.node;
  std::erase_if(passed, [&](const std::string& node) {
    return node.empty() || node == from || node == to.node;
  });
  passed.erase(std::unique(passed.begin(), passed.end()), passed.end());
  return passed;
}

std::optional<LinkEnd> first_step(const Wires::Ways& ways, const LinkEnd& to) {
  auto at = ways.find(to);
  if (at == ways.end() || at->second == at->first) return std::nullopt;
  for (auto before = ways.find(at->second); before->second != before->first;
       before = ways.find(at->second))
    at = before;
  return at->first;
}

}  // namespace fwproof::follow
