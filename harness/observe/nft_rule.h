// One rule of nf_tables, from libnftnl's form to ours.
#pragma once

#include "model/ruleset.h"

struct nftnl_rule;

namespace fwproof::observe {

struct NftRule {
  Rule rule;            // number is not filled in
  bool tracks = false;  // makes the kernel track connections
  bool plain = true;    // leaves nothing behind (observe/plain.h)
};

NftRule decode_rule(const nftnl_rule& rule);

}  // namespace fwproof::observe
