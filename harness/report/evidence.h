// What was seen beside the walks, as text: how a flow ended for its client, conntrack entries,
// captures, a program's output. Every line ends with a newline and starts at the left margin.
#pragma once

#include <string>
#include <vector>

#include "model/seen.h"
#include "report/layout.h"

namespace fwproof::report {

/// "nothing came back", "Connection refused", "the program exited with status 7", ..., and which
/// service took the request. No newline.
std::string result_text(const FlowResult& result);

/// The last lines of a program's output and error; empty for a flow that ran none.
std::string program_text(const FlowResult& result);

/// The entries of the nodes named, as a case writes them: "gw: {original: ..., reply: ...}". A node
/// without any says why. Of many entries the first are shown, and how many more there are.
std::string conntrack_text(const Seen& seen, const std::vector<std::string>& nodes);
std::string conntrack_text(const std::vector<ConntrackEntry>& entries);

/// Every capture with its first packets.
std::string captures_text(const std::vector<CaptureSeen>& captures);

}  // namespace fwproof::report
