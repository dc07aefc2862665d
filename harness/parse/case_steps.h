// The `steps` of a case: its flows, and the changes between them.
#pragma once

#include <string>
#include <vector>

#include "model/case.h"
#include "parse/case_rules.h"
#include "parse/reader.h"
#include "parse/yaml.h"

namespace fwproof::parse {

/// Fills `steps` of a case whose flows are there. Marks the flows that stay open, and adds those
/// that `as` names; their names are added to `flow_names`. What is wrong is reported.
void read_steps(Reader& reader, const Yaml& list, const StepRules& rules, Case& into,
                std::vector<std::string>& flow_names);

/// A name that a flow may have. Reports one that it may not.
bool check_flow_name(Reader& reader, const Yaml& name);

}  // namespace fwproof::parse
