// The entries of `mutant`: changes that must turn the case red.
#pragma once

#include <vector>

#include "model/case.h"
#include "parse/checks.h"
#include "parse/reader.h"
#include "parse/yaml.h"

namespace fwproof::parse {

/// `{gw: {remove: nat PREROUTING rule 1}}`, or a list of such maps.
std::vector<Mutant> read_mutants(Reader& reader, const Yaml& value, const CheckScope& scope);

}  // namespace fwproof::parse
