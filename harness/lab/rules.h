// Rules are loaded by the tools users run, so that what is tested is what they will have: by
// iptables-restore and its kin as programs, by nft through libnftables.
#pragma once

#include <string>

#include "base/deadline.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "model/netfilter.h"
#include "model/ruleset.h"
#include "nl/netns.h"

namespace fwproof::lab {

inline constexpr std::chrono::milliseconds kTimeToLoad{30'000};

/// Loads one rules file in the node; scripts are for lab/script.h. A file that does not load throws
/// BadInput: file, line and the tool's own words, one diagnostic for each mistake the tool names.
/// Nothing of it stays then: nft loads a file in one transaction, and the tables that a file for
/// iptables names are emptied again. A tool that is not there throws MachineError with the package
/// to install, and one that does not end by the deadline throws it too.
/// What is returned may be closed at once, or when nobody waits, which saves milliseconds: see
/// NftAnswer::socket in lab/nft_process.h.
UniqueFd load_rules(const nl::Netns& netns, const std::string& node, Backend backend,
                    const RulesFile& file, Deadline deadline = Deadline::after(kTimeToLoad));

/// The program that loads this file on an iptables backend: "ip6tables-legacy-restore".
std::string restore_program(Backend backend, Family family);

/// The diagnostics in what a restore program said of a file that it did not load.
Diagnostics restore_diagnostics(const std::string& program, const std::string& words,
                                const RulesFile& file);

/// The diagnostics in what libnftables said of a file that it read under the name `read_as`.
Diagnostics nft_diagnostics(const std::string& words, const std::string& read_as,
                            const RulesFile& file);

}  // namespace fwproof::lab
