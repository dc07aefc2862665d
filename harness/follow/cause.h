// Why packets did not get on although no rule dropped them.
#pragma once

#include "model/flow.h"
#include "model/loss.h"
#include "model/seen.h"

namespace fwproof::follow {

/// Gives each walk of the flow that was lost, left for nowhere or was delivered to nobody its cause
/// (WalkEnd::cause), and a flow that sent nothing its own (FlowSeen::not_sent), where the evidence
/// names exactly one. A walk that conntrack ended behind its last hook did not leave and was not
/// delivered: it is lost. What speaks of the packet itself counts first: an ICMP error about it, the
/// kernel's answer to the question for its route, a next hop that is silent. Then the counters of
/// the node it was lost in, then the kernel's drop reasons. Whatever else says the same is added.
void find_causes(const Flow& flow, const LossEvidence& evidence, FlowSeen& seen);

/// Is nothing more to come of it? Of what a packet may wait for, or may be sent again for otherwise
/// (a neighbour, a smaller MTU), that is not certain, and where nobody listens an answer comes.
bool is_final(const Walk& walk);

}  // namespace fwproof::follow
