// What the kernel tells of a rule of nf_tables, as bytes to compare: whether it is the rule that it
// was when it was read before. Pure: no sockets, safe on any bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "observe/nfnetlink.h"
#include "observe/nft_lookup.h"

namespace fwproof::observe {

/// The chains of one table, by name.
using ChainHandles = std::unordered_map<std::string, uint64_t>;

/// `rule` has the attributes of a NFT_MSG_NEWRULE; sets and chains are those of its table. What it
/// has counted is left out. A chain that it leads to is told by its handle alone, for a chain can
/// be renamed; a set by its handle besides its name, for a set that is written in a rule may have
/// the name of one that went with another rule. Nothing if the rule cannot be understood.
std::optional<std::string> rule_as_read(const Attributes& rule, const SetShapes& sets,
                                        const ChainHandles& chains);

}  // namespace fwproof::observe
