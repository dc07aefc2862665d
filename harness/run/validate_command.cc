// fwproof validate: all mistakes of all files, and how many files have none.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

#include "base/error.h"
#include "run/cli.h"
#include "run/load.h"
#include "run/output.h"
#include "run/try_rules.h"

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
  if (!validated.rules.empty())
    parts.push_back(counted(validated.rules.size(), "file of rules", "files of rules"));
  if (parts.empty()) return "none is good";
  std::string text = parts.front();
  for (size_t i = 1; i < parts.size(); ++i)
    text += (i + 1 < parts.size() ? ", " : " and ") + parts[i];
  const size_t all = validated.cases + validated.topologies + validated.rules.size();
  return text + (all == 1 ? " is good" : " are good");
}

/// One file, however its path is written.
std::string canonical(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::weakly_canonical(path, ignored).string();
}

/// Files that only the kernel found wrong are wrong too.
void add_mistakes(Diagnostics found, Validated& all) {
  std::set<std::string> wrong;
  for (const Diagnostic& d : found) wrong.insert(canonical(d.file));
  all.wrong += wrong.size();
  std::erase_if(all.rules,
                [&](const std::string& path) { return wrong.contains(canonical(path)); });
  all.mistakes.insert(all.mistakes.end(), found.begin(), found.end());
}

/// How many of the files of rules no case loads.
size_t unused(const Validated& all) {
  std::set<std::string> used;
  for (const Case& c : all.loaded)
    for (const Node& node : c.topology.nodes)
      for (const RulesFile* file : files_of(c, node.name)) used.insert(canonical(file->path));
  return static_cast<size_t>(
      std::count_if(all.rules.begin(), all.rules.end(),
                    [&](const std::string& path) { return !used.contains(canonical(path)); }));
}

/// What was not put to the kernel; the signal that ended it, or 0.
int try_all(Validated& validated, std::vector<std::string>& unchecked) {
  if (!validated.loaded.empty()) {
    TriedRules tried = try_rules(validated.loaded);
    add_mistakes(std::move(tried.mistakes), validated);
    unchecked = std::move(tried.unchecked);
    if (tried.signal != 0) return tried.signal;
  }
  if (const size_t rules = unused(validated))
    unchecked.push_back(counted(rules, "file", "files") + " of rules that no case loads");
  return 0;
}

}  // namespace

int validate_command(const ValidateCommand& command) {
  Validated validated = validate(command.paths);
  if (validated.cases + validated.topologies + validated.rules.size() + validated.wrong == 0) {
    complain("error: nothing to validate: no case, topology or file of rules lies there");
    return kNothingRan;
  }
  std::vector<std::string> unchecked;
  const int signal = command.no_kernel ? 0 : try_all(validated, unchecked);
  if (!validated.mistakes.empty()) complain(BadInput(validated.mistakes).what());
  if (validated.wrong == 0)
    fmt::print("{}\n", good(validated));
  else
    fmt::print("{} wrong; {}\n", counted(validated.wrong, "file is", "files are"), good(validated));
  if (!unchecked.empty()) fmt::print("not tried in the kernel: {}\n", fmt::join(unchecked, "; "));
  if (signal != 0) return kSignal + signal;
  return validated.wrong == 0 ? kPassed : kBadInput;
}

}  // namespace fwproof::run
