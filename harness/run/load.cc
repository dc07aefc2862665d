#include "run/load.h"

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "parse/parse.h"

namespace fwproof::run {
namespace {

/// Calls `load`; what it finds wrong is kept for later.
template <typename Load>
void collect(Diagnostics& all, const Load& load) {
  try {
    load();
  } catch (const BadInput& bad) {
    // Cases share topologies: say each mistake once.
    for (const Diagnostic& diagnostic : bad.diagnostics())
      if (std::find(all.begin(), all.end(), diagnostic) == all.end()) all.push_back(diagnostic);
  }
}

}  // namespace

std::vector<Case> load_cases(const std::vector<std::string>& paths) {
  std::vector<Case> cases;
  Diagnostics wrong;
  for (const auto& [path, root] : parse::find_cases(paths))
    collect(wrong, [&] {
      if (!parse::is_topology(path)) cases.push_back(parse::load_case(path, root));
    });
  if (!wrong.empty()) throw BadInput(std::move(wrong));
  return cases;
}

Loaded load_everything(const std::vector<std::string>& paths) {
  Loaded loaded;
  Diagnostics wrong;
  for (const auto& [path, root] : parse::find_cases(paths))
    collect(wrong, [&] {
      if (parse::is_topology(path))
        loaded.topologies.push_back(parse::load_topology(path));
      else
        loaded.cases.push_back(parse::load_case(path, root));
    });
  if (!wrong.empty()) throw BadInput(std::move(wrong));
  return loaded;
}

}  // namespace fwproof::run
