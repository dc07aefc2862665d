// The flows of a case: what is sent, from where, to whom.
#pragma once

#include <optional>
#include <string>

#include "model/flow.h"
#include "model/topology.h"
#include "parse/reader.h"
#include "parse/yaml.h"

namespace fwproof::parse {

/// One entry of `flows`. What is wrong is reported; then there is no flow.
std::optional<Flow> read_flow(Reader& reader, const YamlEntry& entry, const Topology& topology);

/// A program: `exec`, `in` and `deadline` of a map that has the first of them.
Flow read_program(Reader& reader, const Yaml& map, const Topology& topology);

}  // namespace fwproof::parse
