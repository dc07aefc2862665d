// fwproof validate: all mistakes of all files, and how many files have none.
#include <fmt/format.h>

#include "base/error.h"
#include "run/cli.h"
#include "run/load.h"
#include "run/output.h"

namespace fwproof::run {
namespace {

std::string counted(size_t number, const std::string& one, const std::string& several) {
  return fmt::format("{} {}", number, number == 1 ? one : several);
}

/// "2 cases, 1 topology and 3 files of rules are good"
std::string good(const Validated& validated) {
  std::vector<std::string> parts;
  if (validated.cases > 0) parts.push_back(counted(validated.cases, "case", "cases"));
  if (validated.topologies > 0)
    parts.push_back(counted(validated.topologies, "topology", "topologies"));
  if (validated.rules > 0)
    parts.push_back(counted(validated.rules, "file of rules", "files of rules"));
  if (parts.empty()) return "none is good";
  std::string text = parts.front();
  for (size_t i = 1; i < parts.size(); ++i)
    text += (i + 1 < parts.size() ? ", " : " and ") + parts[i];
  const size_t all = validated.cases + validated.topologies + validated.rules;
  return text + (all == 1 ? " is good" : " are good");
}

}  // namespace

int validate_command(const std::vector<std::string>& paths) {
  const Validated validated = validate(paths);
  if (validated.cases + validated.topologies + validated.rules + validated.wrong == 0) {
    complain("error: nothing to validate: no case, topology or file of rules lies there");
    return kNothingRan;
  }
  if (validated.wrong == 0) {
    fmt::print("{}\n", good(validated));
    return kPassed;
  }
  complain(BadInput(validated.mistakes).what());
  fmt::print("{} wrong; {}\n", counted(validated.wrong, "file is", "files are"), good(validated));
  return kBadInput;
}

}  // namespace fwproof::run
