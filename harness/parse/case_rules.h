// The `rules` and `backends` of a case: which files each node loads, for each backend.
#pragma once

#include "model/case.h"
#include "parse/reader.h"
#include "parse/yaml.h"

namespace fwproof::parse {

/// Fills `backends` and `rules` of a case whose topology is there. Either value may be nullptr.
/// False if some file could not be loaded.
bool read_case_rules(Reader& reader, const Yaml* rules, const Yaml* backends, Case& into);

}  // namespace fwproof::parse
