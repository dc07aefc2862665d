// `use`: checks that several flows and cases share, from a file of their own.
#pragma once

#include "parse/checks.h"

namespace fwproof::parse {

/// Reads the groups that `value` names, each a file with the checks of a flow, and adds them to
/// `checks`. What two of them say, or a group and the flow itself, is a mistake.
void read_groups(Reader& reader, const Yaml& value, const Flow* flow, const CheckScope& scope,
                 FlowChecks& checks);

}  // namespace fwproof::parse
