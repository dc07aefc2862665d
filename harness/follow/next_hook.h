// What a packet may meet next in a node, by what it has met there.
#pragma once

#include <vector>

#include "follow/passage.h"
#include "model/trace.h"

namespace fwproof::follow {

/// Has the packet come to this hook and not to its end?
bool is_open(const HookVisit& visit, Hook hook);

/// br_netfilter asks the chains of IP from within the bridge's hook.
bool is_within_bridge(const HookVisit& visit, const TraceEvent& event, Hook hook);

/// Does the packet that was last here come to this entry next? From a device's ingress, into IP's
/// chains from a bridge's hook, or from IP down to a bridge.
bool comes_next(const HookVisit& last, const TraceEvent& event, Hook entry);

/// Did a rule drop it in the hook that it came to last?
bool was_dropped(const Passage& passage);

/// Are both whole, or both the same fragment?
bool is_same_piece(const Packet& a, const Packet& b);

/// Has a bridge taken the packet in for the node itself, and does it come to this hook next, as one
/// of the bridge's device? br_netfilter may have shown it to PREROUTING before; where no rules
/// stand in the bridge, nothing is told of it between the INGRESS of the two devices.
bool comes_up(const Passage& passage, const TraceEvent& event, Hook hook);

/// Has the packet not yet come to the end of what IP does with it here?
bool may_be_sent(const Passage& passage);

/// A fragment that has not gone on from here, and was not dropped as far as was seen.
bool is_held(const Passage& passage);

/// IPv4 makes the copy before the packet itself comes to POSTROUTING, IPv6 after it.
bool may_be_copied(const Passage& passage);

/// Has a hook been passed over in silence? Where a hook is told once alone, one message that the
/// kernel had no memory for (nft_trace_notify() in net/netfilter/nf_tables_trace.c) takes it all
/// away. What comes to POSTROUTING was in FORWARD or in OUTPUT before.
bool skips_a_hook(const std::vector<HookVisit>& before, const TraceChain& now);

}  // namespace fwproof::follow
