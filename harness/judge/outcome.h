// How a flow ended, in one or two words, from what the socket told and what the kernel's trace
// told. The trace names the cause: a SYN that a rule dropped is "dropped" however the socket put
// it.
#pragma once

#include <string>
#include <vector>

#include "model/flow.h"
#include "model/seen.h"

namespace fwproof::judge {

/// "connected", "answered", "refused", "dropped", "rejected tcp-reset", "rejected
/// port-unreachable", "unreachable host-unreachable", "timed out", "lost"; of a program "exited 0",
/// "ended", "dropped". An error of the socket that none of these tells is "failed: ...". A REJECT
/// whose answer did not get to the sender is "dropped".
std::string outcome_of(const Flow& flow, const FlowSeen& seen);

/// Does the flow have this outcome? Its first words suffice ("rejected"); "timed out" is also true
/// of a drop that the socket timed out over.
bool has_outcome(const Flow& flow, const FlowSeen& seen, const std::string& asserted);

/// The walk that shows best why the outcome is what it is, or nullptr.
const Walk* deciding_walk(const Flow& flow, const FlowSeen& seen);

/// What became of the answer of the REJECT that dropped this packet, if it did not get to the one
/// who started the flow; else empty.
std::string unheard_answer(const Flow& flow, const FlowSeen& seen, const Walk& walk);

/// Where socket and trace cannot both be right, a sentence each.
std::vector<std::string> contradictions(const Flow& flow, const FlowSeen& seen);

/// Is it a packet of the kind that begins such a flow: a SYN, a request?
bool is_first_packet(const Flow& flow, const Walk& walk);

}  // namespace fwproof::judge
