// What a flow says of its packets' headers: ttl, flags, fragments, a source that is not its own.
#pragma once

#include "model/flow.h"
#include "model/topology.h"
#include "parse/reader.h"
#include "parse/yaml.h"

namespace fwproof::parse {

/// Reads them from a flow's map, whose keys have been checked. A key that no socket can do makes
/// the flow a crafted one (`flow.craft`).
void read_headers(Reader& reader, const Yaml& map, const Topology& topology, Flow& flow);

/// The device that the flow leaves its node by.
void read_flow_dev(Reader& reader, const Yaml& value, const Topology& topology, Flow& flow);

}  // namespace fwproof::parse
