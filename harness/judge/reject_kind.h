// How a rule that rejects answers, read from the rule's own words.
#pragma once

#include <string>

#include "model/walk.h"

namespace fwproof::judge {

/// True for REJECT (iptables-extensions(8)) and reject (nft(8)).
bool is_reject(const Step& step);

/// "tcp-reset", or the ICMP error by the name icmp_name() gives it. Without a word about it the
/// answer is port-unreachable, in both languages.
std::string reject_kind(const Step& step, bool v6);

}  // namespace fwproof::judge
