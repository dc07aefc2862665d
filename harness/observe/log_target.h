// The LOG target in a rule.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "model/ruleset.h"

namespace fwproof::observe {

/// What the target writes to the kernel's log, by its data (linux/netfilter/xt_LOG.h); nothing if
/// it is not LOG.
std::optional<RuleLog> target_log(std::string_view target, std::span<const uint8_t> data);

}  // namespace fwproof::observe
