// A flow that is several connections at once: each of them becomes a flow of its own, which stays
// open until the case ends.
#pragma once

#include <string>
#include <vector>

#include "model/case.h"
#include "parse/reader.h"
#include "parse/yaml.h"

namespace fwproof::parse {

/// The flow itself, or with the key `connections` as many, "NAME 1", "NAME 2" and so on. Where the
/// flow has a source port, each has the next.
std::vector<Flow> read_connections(Reader& reader, const Yaml& flow_as_written, Flow flow);

/// The checks of all connections of one flow: how many ended how.
FlowChecks read_connection_checks(Reader& reader, const YamlEntry& entry,
                                  const std::vector<const Flow*>& connections);

}  // namespace fwproof::parse
