// Mutants: the case with one thing broken on purpose. A case whose mutant still passes checks
// nothing.
#pragma once

#include "model/case.h"

namespace fwproof::plan {

/// The case with one mutant applied for this backend: the text of a node's rules is changed, and
/// `written` with it, or the node's sysctls, forwarding, services or routes.
///
/// The rules that stay keep the places they have in the user's file, and a new one has the
/// mutant's. So what is taken away is blanked, and what is put in stands where it shifts the least:
/// before the COMMIT of its table, or at the end of an nft file.
///
/// Throws BadInput at the mutant's place if the rule, chain, service or node it names is not there,
/// if the place of a rule in its file is not known, or if the backend loads no rules there.
Case mutated(const Case& original, const Mutant& mutant, Backend backend);

}  // namespace fwproof::plan
