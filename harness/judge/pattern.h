// Does a step, a rule or a hook fit what a case says of it? What a pattern does not say is not
// compared.
#pragma once

#include "model/case.h"
#include "model/ruleset.h"
#include "model/walk.h"

namespace fwproof::judge {

/// True if the pattern is about a rule, not about a policy, a return or the whole chain.
bool names_rule(const StepPattern& pattern);

/// True if the pattern names a chain (and perhaps devices) and nothing that happened in it.
bool is_chain_only(const StepPattern& pattern);

bool matches(const StepPattern& pattern, const Step& step, const HookVisit& hook);

/// True if the step fits, or would with the element of a set that the pattern names and that could
/// not be told.
bool may_match(const StepPattern& pattern, const Step& step, const HookVisit& hook);
bool matches(const HookPattern& pattern, const HookVisit& hook);

/// A rule or a policy as the kernel holds it, devices not compared.
bool matches_rule(const StepPattern& pattern, const Table& table, const Chain& chain,
                  const Rule& rule);
bool matches_policy(const StepPattern& pattern, const Table& table, const Chain& chain);
/// The end of a chain that another one jumped to.
bool matches_return(const StepPattern& pattern, const Table& table, const Chain& chain);
/// Is it the chain that the pattern names?
bool matches_chain(const StepPattern& pattern, const Table& table, const Chain& chain);

/// The step as `pattern` would have to say it: with the devices, the comment or the place of the
/// rule where the pattern names these. "filter INPUT in lo rule 2 ACCEPT".
std::string in_words_of(const StepPattern& pattern, const Step& step, const HookVisit& hook);

/// The hook with mark, TTL and DSCP where the pattern names these: "INPUT in lo mark 0x1".
std::string in_words_of(const HookPattern& pattern, const HookVisit& hook);

/// "INPUT in lo", "FORWARD in eth0 out eth1".
std::string to_string(const HookVisit& hook);

}  // namespace fwproof::judge
