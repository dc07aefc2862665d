#include "model/claim.h"

#include <algorithm>

namespace fwproof {

const std::vector<std::string>& claim_outcome_names() {
  // In the order of ClaimOutcome.
  static const std::vector<std::string> kNames{"holds", "false", "imprecise"};
  return kNames;
}

std::string_view to_string(ClaimOutcome outcome) {
  return claim_outcome_names()[static_cast<size_t>(outcome)];
}

std::optional<ClaimOutcome> parse_claim_outcome(std::string_view text) {
  const auto& names = claim_outcome_names();
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) return std::nullopt;
  return static_cast<ClaimOutcome>(found - names.begin());
}

}  // namespace fwproof
