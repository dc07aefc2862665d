// What makes the kernel track connections in a namespace: it does so only while something in the
// namespace's rules asks for it, from the moment that is loaded (nf_ct_netns_get in the kernel's
// source; every caller is listed here). Empty nat tables and NOTRACK rules do not ask.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace fwproof::observe {

/// nf_tables: an expression, by the kernel's name ("ct", "masq").
bool expression_tracks(std::string_view name);

/// nf_tables: a named object, by its type (NFT_OBJECT_* of linux/netfilter/nf_tables.h).
bool object_tracks(uint32_t type);

/// xtables: a match ("conntrack").
bool match_tracks(std::string_view name);

/// xtables: a target ("DNAT") with its data. `CT --notrack` asks for no tracking.
bool target_tracks(std::string_view name, std::span<const uint8_t> data);

}  // namespace fwproof::observe
