// A flow that sends the packets of a capture file: `{replay: scan.pcap, in: outside}`.
#pragma once

#include <optional>

#include "model/flow.h"
#include "model/topology.h"
#include "parse/reader.h"
#include "parse/yaml.h"

namespace fwproof::parse {

std::optional<Flow> read_replay(Reader& reader, const Yaml& map, const Topology& topology);

}  // namespace fwproof::parse
