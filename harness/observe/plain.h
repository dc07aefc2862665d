// Of what rules may hold, that which leaves nothing in a namespace once its table is gone: no
// setting that it switched on (`ct bytes`: net.netfilter.nf_conntrack_acct), no list of its own in
// /proc (recent, hashlimit), no hook, no helper. Whatever is not named here may leave something.
// What makes the kernel track connections does so until the table is freed, some time after it is
// gone (observe/tracking.h).
#pragma once

#include <cstdint>
#include <string_view>

namespace fwproof::observe {

/// nf_tables: an expression, by the kernel's name. Not of `ct`, `match` and `target`, see below.
bool expression_is_plain(std::string_view name);

/// nf_tables: what `ct` looks at or sets (NFT_CT_* of linux/netfilter/nf_tables.h).
bool ct_key_is_plain(uint32_t key);

/// xtables: a match ("conntrack").
bool match_is_plain(std::string_view name);

/// xtables: a target ("DNAT").
bool target_is_plain(std::string_view name);

}  // namespace fwproof::observe
