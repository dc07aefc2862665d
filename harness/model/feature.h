// Features of the kernel that a case may need and that not every kernel has. run/features.h tries
// them out.
#pragma once

#include <string>
#include <vector>

namespace fwproof {

/// The names that a case's `needs` may use.
const std::vector<std::string>& feature_names();

}  // namespace fwproof
