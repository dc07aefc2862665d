// What must be true of a flow: the entries of `checks`.
#pragma once

#include <optional>
#include <vector>

#include "model/case.h"
#include "parse/reader.h"
#include "parse/yaml.h"

namespace fwproof::parse {

/// What the checks of a case may refer to.
struct CheckScope {
  const Case& of;
  bool rules_known = true;
};

/// The checks of one flow; `flow` is nullptr if the flow itself could not be read.
FlowChecks read_flow_checks(Reader& reader, const YamlEntry& entry, const Flow* flow,
                            const CheckScope& scope);

std::vector<WalkCheck> read_walks(Reader& reader, const Yaml& map, const CheckScope& scope);
std::vector<HooksCheck> read_hooks(Reader& reader, const Yaml& map, const CheckScope& scope);
std::vector<ExpectationCheck> read_expectations(Reader& reader, const Yaml& map,
                                                const CheckScope& scope);
std::vector<ConntrackCheck> read_conntrack(Reader& reader, const Yaml& map,
                                           const CheckScope& scope);
std::vector<CounterCheck> read_counters(Reader& reader, const Yaml& map, const CheckScope& scope);
std::vector<RouteCheck> read_route_checks(Reader& reader, const Yaml& map, const CheckScope& scope);

}  // namespace fwproof::parse
