// What a node's devices are: addresses, kinds, masters.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/device.h"
#include "model/topology.h"
#include "parse/reader.h"
#include "parse/topology.h"
#include "parse/yaml.h"

namespace fwproof::parse {

/// `interfaces` of the node with this name.
std::vector<Interface> read_interfaces(Reader& reader, const Yaml& map, const std::string& node,
                                       TopologyPlaces& places);

/// The keys that an interface of this kind has beside those of every interface; nothing if there is
/// no such kind.
std::optional<std::vector<std::string>> device_keys(const std::string& kind);

/// All kinds.
std::vector<std::string> device_kinds();

/// The device that `map`, an interface with `kind`, describes; nothing after a mistake.
std::optional<Device> read_device(Reader& reader, const Yaml& map, const std::string& kind,
                                  const std::string& interface);

/// A MAC address that a device can have.
std::optional<MacAddress> read_mac(Reader& reader, const Yaml& value, std::string_view what);

}  // namespace fwproof::parse
