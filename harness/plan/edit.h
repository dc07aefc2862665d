// Changes to the text of a rules file, of either kind. All keep the lines of what was there.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "model/ruleset.h"

namespace fwproof::plan {

/// The text with the rule's own statement blanked; nothing if it cannot be told from the rest.
std::optional<std::string> without_rule(const RulesFile& file, const Rule& rule);

/// The text with a rule more, as the one at `position` (from 0) of the chain.
std::string with_rule(const RulesFile& file, const Table& table, const Chain& chain,
                      size_t position, const std::string& rule);

/// The text with another policy for a base chain.
std::string with_policy(const RulesFile& file, const Table& table, const Chain& chain, bool drop);

/// What a rule does, as Rule::target has it.
std::string target_of(RulesFile::Kind kind, const std::string& rule);

}  // namespace fwproof::plan
