// What rules of nf_tables found in sets. The kernel's trace names the rule and not the element, so
// the kernel is asked afterwards what it finds there for the packet's key. That is the same as long
// as nothing has changed the set: it is of a kind that packets cannot change, and no new generation
// of rules, which each change of an element begins, was told of since the packet.
#pragma once

#include <functional>

#include "lab/lab.h"
#include "model/rules_in_force.h"
#include "model/seen.h"

namespace fwproof::run {

/// Fills in the elements of all steps; what cannot be told, or not within 10 s, stays empty.
/// `rules` are those of the nodes, and `take_in` brings them up to date. Throws MachineError.
void tell_elements(Seen& seen, lab::Lab& lab, const RulesByNode& rules,
                   const std::function<void()>& take_in);

}  // namespace fwproof::run
