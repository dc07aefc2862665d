// One rule of nf_tables, from libnftnl's form to ours.
#pragma once

#include "model/ruleset.h"
#include "observe/nft_lookup.h"

struct nftnl_rule;

namespace fwproof::observe {

struct NftRule {
  Rule rule;            // number is not filled in
  bool tracks = false;  // makes the kernel track connections
  bool plain = true;    // leaves nothing behind (observe/plain.h)
  bool recalls = false;  // what it does depends on what passed before: a limit
};

/// What its first `counter` says; nothing if it has none.
std::optional<Counter> counter_of(const nftnl_rule& rule);

/// `sets` are those of its table.
NftRule decode_rule(const nftnl_rule& rule, const SetShapes& sets);

}  // namespace fwproof::observe
