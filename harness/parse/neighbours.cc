// `neighbours` of a node: who is known from the start, by MAC address or by the node that has it.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "parse/endpoint.h"
#include "parse/interfaces.h"
#include "parse/topology.h"

namespace fwproof::parse {
namespace {

const Interface* interface_of(const Node& node, const std::string& dev) {
  const auto found = std::find_if(node.interfaces.begin(), node.interfaces.end(),
                                  [&](const Interface& i) { return i.name == dev; });
  return found == node.interfaces.end() ? nullptr : &*found;
}

/// The dev of `other` that a neighbour is meant to be: the one with the address, or else the one on
/// the same link. Empty if there is none.
std::string dev_behind(const Topology& topology, const Node& other, const Neighbour& neighbour,
                       const std::string& from) {
  for (const Interface& interface : other.interfaces)
    for (const Prefix& prefix : interface.addresses)
      if (prefix.address == neighbour.address && interface.name != "lo") return interface.name;
  for (const Link& link : topology.links) {
    const LinkEnd own{from, neighbour.dev};
    if (std::find(link.endpoints.begin(), link.endpoints.end(), own) == link.endpoints.end())
      continue;
    for (const LinkEnd& end : link.endpoints)
      if (end.node == other.name && end != own) return end.dev;
  }
  return {};
}

bool has_mac(const Node& node, const std::string& dev) {
  const Interface* interface = interface_of(node, dev);
  return dev != "lo" && (!interface || !interface->device || is_ethernet(*interface->device));
}

/// "NODE" or "NODE:DEV".
void resolve(Reader& reader, const Topology& topology, const std::string& from,
             const TopologyPlaces::NeighbourWords& words, Neighbour& neighbour) {
  const size_t colon = words.text.find(':');
  neighbour.node = words.text.substr(0, colon);
  const Node* other = topology.find_node(neighbour.node);
  if (!other) {
    reader.mistake(words.at, fmt::format("'{}' is neither a MAC address nor a node", words.text),
                   {did_you_mean(neighbour.node, node_names(topology)), ""});
    return;
  }
  if (colon == std::string::npos) {
    neighbour.node_dev = dev_behind(topology, *other, neighbour, from);
    const auto own = device_names(topology, *topology.find_node(from));
    const bool dev_is_there = std::find(own.begin(), own.end(), neighbour.dev) != own.end();
    if (neighbour.node_dev.empty() && dev_is_there)
      reader.mistake(words.at,
                     fmt::format("node '{}' has neither the address {} nor an end of the link of "
                                 "'{}:{}'",
                                 other->name, neighbour.address.to_string(), from, neighbour.dev),
                     {"", fmt::format("write {}:DEV", other->name)});
  } else {
    neighbour.node_dev = words.text.substr(colon + 1);
    const auto devices = device_names(topology, *other);
    if (std::find(devices.begin(), devices.end(), neighbour.node_dev) == devices.end()) {
      reader.mistake(words.at,
                     fmt::format("node '{}' has no dev '{}'", other->name, neighbour.node_dev),
                     {did_you_mean(neighbour.node_dev, devices), ""});
      return;
    }
  }
  if (!neighbour.node_dev.empty() && !has_mac(*other, neighbour.node_dev))
    reader.mistake(words.at,
                   fmt::format("'{}:{}' has no MAC address", other->name, neighbour.node_dev));
}

}  // namespace

void read_neighbours(Reader& reader, const Yaml& value, Node& node, TopologyPlaces& places) {
  if (!reader.is_map(value, "'neighbours'")) return;
  for (const YamlEntry& dev : value.entries) {
    places.devs.push_back({{node.name, dev.key.scalar}, reader.at(dev.key)});
    if (!reader.is_map(dev.value, fmt::format("'neighbours' of '{}'", dev.key.scalar))) continue;
    for (const YamlEntry& entry : dev.value.entries) {
      Neighbour neighbour{.dev = dev.key.scalar, .at = reader.at(entry.key)};
      const auto address = IpAddress::parse(entry.key.scalar);
      if (!address) {
        reader.mistake(entry.key, fmt::format("'{}' is not an address", entry.key.scalar));
        continue;
      }
      neighbour.address = *address;
      const auto text = reader.text(entry.value, "a neighbour");
      if (!text) continue;
      // A name with as many colons as a MAC address has is one that is misspelt.
      const bool is_mac = std::count(text->begin(), text->end(), ':') > 1;
      if (is_mac) neighbour.mac = read_mac(reader, entry.value, "a neighbour");
      if (!is_mac)
        places.neighbours.push_back(
            {node.name, node.neighbours.size(), *text, reader.at(entry.value)});
      node.neighbours.push_back(std::move(neighbour));
    }
  }
}

void resolve_neighbours(Reader& reader, Topology& topology, const TopologyPlaces& places) {
  for (const auto& words : places.neighbours) {
    const auto node = std::find_if(topology.nodes.begin(), topology.nodes.end(),
                                   [&](const Node& n) { return n.name == words.node; });
    Neighbour neighbour = node->neighbours[words.index];
    resolve(reader, topology, words.node, words, neighbour);
    node->neighbours[words.index] = std::move(neighbour);
  }
}

}  // namespace fwproof::parse
