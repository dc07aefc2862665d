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
};

/// `sets` are those of its table.
NftRule decode_rule(const nftnl_rule& rule, const SetShapes& sets);

}  // namespace fwproof::observe
