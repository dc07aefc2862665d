// Targets that log.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "model/ruleset.h"

namespace fwproof::observe {

/// What the target logs, by its data (linux/netfilter/xt_LOG.h, xt_NFLOG.h and, by names in small
/// letters, linux/netfilter_bridge/ebt_log.h, ebt_nflog.h); nothing if it does not log.
std::optional<RuleLog> target_log(std::string_view target, std::span<const uint8_t> data);

}  // namespace fwproof::observe
