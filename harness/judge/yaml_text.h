// Findings in the notation of a case: pieces of YAML that can be pasted into one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "model/location.h"

namespace fwproof::judge {

/// "[a, b]", or with one item on each line if that is wider than a line should be.
std::string yaml_list(const std::vector<std::string>& items);

/// " (case.yaml:12)", or nothing where the place is not known.
std::string place(const Location& at);

}  // namespace fwproof::judge
