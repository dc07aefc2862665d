// `matrix`: tables of who reaches whom.
#pragma once

#include <string>
#include <vector>

#include "model/case.h"
#include "parse/reader.h"
#include "parse/yaml.h"

namespace fwproof::parse {

/// Reads the tables, by protocol and port, and adds the flow of each cell to `flows`.
std::vector<Matrix> read_matrices(Reader& reader, const Yaml& map, const Topology& topology,
                                  std::vector<Flow>& flows);

}  // namespace fwproof::parse
