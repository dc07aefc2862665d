// Everything a case asserts: `checks`, `counters`, `routes`, `log` and `sets`, at its top or in the
// document's version of a claim.
#pragma once

#include <string>
#include <vector>

#include "model/case.h"
#include "parse/checks.h"
#include "parse/reader.h"
#include "parse/yaml.h"

namespace fwproof::parse {

/// Reads those keys of `map`. `flow_names` are those of all flows, also of ones that could not be
/// read.
Assertions read_assertions(Reader& reader, const Yaml& map,
                           const std::vector<std::string>& flow_names, const CheckScope& scope);

/// `log: {host: [OUTPUT_LO, INPUT_LO]}`, {host: {never: [P]}}, {host: {P: ">= 2"}}
std::vector<LogCheck> read_log_checks(Reader& reader, const Yaml& map, const CheckScope& scope);

/// `sets: {gw: {banned: [10.0.0.9]}}`, {gw: {inet fw banned: {has: ..., lacks: ...}}}, `none`
std::vector<SetCheck> read_set_checks(Reader& reader, const Yaml& map, const CheckScope& scope);

}  // namespace fwproof::parse
