// The sets of a node as the kernel holds them now: those of nf_tables by libnftables, those of
// ipset by its program, the lists of xt_recent by their files (/proc/net/xt_recent).
#pragma once

#include <string>
#include <vector>

#include "model/set.h"
#include "nl/netns.h"

namespace fwproof::lab {

/// All named sets and maps of the node; of those that a check means, the elements too. Where the
/// program ipset is not installed there is no set of it. Throws MachineError.
std::vector<SetSeen> read_sets(const nl::Netns& netns, const std::string& node,
                               const std::vector<SetCheck>& checks);

/// The elements in what `nft list set` says of one set.
std::vector<SetElement> elements_of_nft(std::string_view listed);

}  // namespace fwproof::lab
