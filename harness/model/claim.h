// What a document says of netfilter, and what a case shows of it. The case's own checks say what
// the kernel does; the document's version stands beside them (Case::as_told).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/location.h"

namespace fwproof {

/// What is true of a claim. By its assertions: all hold, none does, some do.
enum class ClaimOutcome { holds, false_, imprecise };
std::string_view to_string(ClaimOutcome outcome);  // "holds", "false", "imprecise"
std::optional<ClaimOutcome> parse_claim_outcome(std::string_view text);
const std::vector<std::string>& claim_outcome_names();

struct Claim {
  std::vector<std::string> ids;  // "004-02"; a case may settle several at once
  std::string document;          // its file's name
  std::string says;              // the document's point, in a few words
  ClaimOutcome outcome = ClaimOutcome::holds;
  std::string kernel;  // what the kernel really does, in a sentence
  std::string when;    // the conditions under which this is the answer; may be empty
  Location at;
};

}  // namespace fwproof
