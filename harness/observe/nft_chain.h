// One chain of nf_tables, from libnftnl's form to ours.
#pragma once

#include "model/ruleset.h"

struct nftnl_chain;

namespace fwproof::observe {

/// Without its rules. `family` is its table's.
Chain decode_chain(const nftnl_chain& from, Family family);

}  // namespace fwproof::observe
