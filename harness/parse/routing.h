// Routes and rules of policy routing, as a node of a topology has them.
#pragma once

#include "model/topology.h"
#include "parse/reader.h"
#include "parse/topology.h"
#include "parse/yaml.h"

namespace fwproof::parse {

/// `routes` of the node, into `node` and `places`.
void read_routes(Reader& reader, const Yaml& value, Node& node, TopologyPlaces& places);

/// `rules` of the node.
void read_policy_rules(Reader& reader, const Yaml& value, Node& node, TopologyPlaces& places);

/// A table's number: "main", "local", "default" or 1 to 4294967295.
std::optional<uint32_t> read_table(Reader& reader, const Yaml& value);

/// "10.0.0.0/8" or one address; without bits beyond its prefix.
std::optional<Prefix> read_prefix(Reader& reader, const Yaml& value, const std::string& text);

}  // namespace fwproof::parse
