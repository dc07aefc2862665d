// The links of a topology.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "parse/endpoint.h"
#include "parse/keys.h"
#include "parse/topology.h"
#include "parse/words.h"

namespace fwproof::parse {
namespace {

using NodeIndex = std::unordered_map<std::string, const Node*>;

NodeIndex index_nodes(const Topology& topology) {
  NodeIndex index;
  for (const Node& node : topology.nodes) index.emplace(node.name, &node);
  return index;
}

/// "web:eth0".
std::optional<LinkEnd> read_end(Reader& reader, const Yaml& value, const Topology& topology,
                                const NodeIndex& index) {
  Words words(reader, value, "an endpoint");
  const auto word = words.take_only("an endpoint like web:eth0");
  if (!word) return std::nullopt;
  const size_t colon = word->text.find(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == word->text.size()) {
    words.mistake(*word, fmt::format("'{}' is not an endpoint like web:eth0", word->text));
    return std::nullopt;
  }
  const LinkEnd end{word->text.substr(0, colon), word->text.substr(colon + 1)};
  if (!index.contains(end.node) && !find_node(words, *word, end.node, topology))
    return std::nullopt;
  if (end.dev == "lo") {
    words.mistake(*word, "lo is in no link", {}, colon + 1);
    return std::nullopt;
  }
  if (const std::string fault = device_name_fault(end.dev); !fault.empty()) {
    words.mistake(*word, fault, {}, colon + 1);
    return std::nullopt;
  }
  return end;
}

void read_link_kind(Reader& reader, const Yaml& kind, Link& link) {
  const auto text = reader.text(kind, "'kind'");
  link.bridge = text == "bridge";
  if (text && !link.bridge)
    reader.mistake(kind, fmt::format("unknown kind '{}' of a link", *text),
                   {did_you_mean(*text, {"bridge"}), "leave 'kind' out unless it is 'bridge'"});
}

/// The MTU of a link holds for each of its ends that says nothing itself.
void set_mtu(Topology& topology, const Link& link, uint32_t mtu) {
  for (const LinkEnd& end : link.endpoints) {
    const auto node = std::find_if(topology.nodes.begin(), topology.nodes.end(),
                                   [&](const Node& n) { return n.name == end.node; });
    const auto interface = std::find_if(node->interfaces.begin(), node->interfaces.end(),
                                        [&](const Interface& i) { return i.name == end.dev; });
    if (interface == node->interfaces.end())
      node->interfaces.push_back({.name = end.dev, .mtu = mtu, .at = link.at});
    else if (!interface->mtu)
      interface->mtu = mtu;
  }
}

void read_link(Reader& reader, const Yaml& map, Topology& topology, TopologyPlaces& places,
               const NodeIndex& index) {
  Link link;
  link.at = reader.at(map);
  if (const Yaml* kind = map.find("kind")) read_link_kind(reader, *kind, link);
  const Yaml* endpoints = reader.required(map, "endpoints", "a link needs 'endpoints'");
  const auto* ends = endpoints ? reader.list(*endpoints, "'endpoints'") : nullptr;
  if (!ends) {
    places.links_complete = false;
    return;
  }
  if (ends->size() < 2)
    reader.mistake(*endpoints, fmt::format("a link has two ends or more, not {}", ends->size()));
  std::vector<Location> at;
  for (const Yaml& end : *ends) {
    const auto read = read_end(reader, end, topology, index);
    if (!read) {
      places.links_complete = false;
      continue;
    }
    link.endpoints.push_back(*read);
    at.push_back(reader.at(end));
  }
  if (const Yaml* mtu = map.find("mtu"))
    if (const auto value = reader.number(*mtu, "'mtu'", kLeastMtu, kMostMtu))
      set_mtu(topology, link, static_cast<uint32_t>(*value));
  if (const Yaml* netem = map.find("netem")) link.netem = read_netem(reader, *netem);
  topology.links.push_back(std::move(link));
  places.ends.push_back(std::move(at));
}

}  // namespace

void read_links(Reader& reader, const Yaml& value, Topology& topology, TopologyPlaces& places) {
  const auto* list = reader.list(value, "'links'");
  if (!list) return;
  const NodeIndex index = index_nodes(topology);
  for (const Yaml& item : *list) {
    if (reader.check_map(item, "a link", keys_of(MapKind::link)))
      read_link(reader, item, topology, places, index);
    else
      places.links_complete = false;
  }
}

}  // namespace fwproof::parse
