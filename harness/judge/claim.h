// What the evidence says of a claim, and which piece of it settles that.
#pragma once

#include <string>

#include "judge/judge.h"
#include "model/case.h"
#include "model/seen.h"

namespace fwproof::judge {

/// In one line, in the notation of a case: what was seen of the thing that the claim is about: what
/// the document's version is refuted by, or what bears it out. "M syn: raw OUTPUT, mangle OUTPUT".
/// Ports that the kernel picked by itself are left out, so that two runs say the same.
std::string evidence_line(const Case& c, Backend backend, const Seen& seen);

}  // namespace fwproof::judge
