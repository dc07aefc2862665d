// Light scans of rules files. They tell which tables and chains a file has, and each rule's text,
// place, target and comment; whether the rules are right is for the tools that load them to say.
// Where a scan cannot tell what a chain holds (rules deleted or put in by position) it leaves the
// chain without rules: no place is better than a wrong one.
#pragma once

#include <string>

#include "model/ruleset.h"

namespace fwproof::parse {

/// The format of iptables-save(8), as iptables-restore(8) reads it.
Ruleset scan_iptables(const std::string& path, const std::string& text, Family family);

/// The format of nft(8). Throws BadInput where it makes a table of a name that is fwproof's own.
Ruleset scan_nft(const std::string& path, const std::string& text);

/// False if the file loads others ('include'), whose chains the scan does not see.
bool is_whole(const RulesFile& file);

}  // namespace fwproof::parse
