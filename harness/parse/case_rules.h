// The `rules` and `backends` of a case: which files each node loads, for each backend.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "model/case.h"
#include "parse/reader.h"
#include "parse/yaml.h"

namespace fwproof::parse {

/// What the `rules` of each step load.
using StepRules = std::map<const Yaml*, std::map<Backend, std::vector<NodeRules>>>;

/// Fills `backends` and `rules` of a case whose topology is there. Nothing is returned if some file
/// could not be loaded.
std::optional<StepRules> read_case_rules(Reader& reader, const Yaml& root, Case& into);

}  // namespace fwproof::parse
