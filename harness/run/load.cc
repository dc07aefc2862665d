#include "run/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "observe/capture.h"
#include "parse/files.h"
#include "parse/parse.h"
#include "parse/yaml.h"
#include "run/evidence.h"

namespace fwproof::run {
namespace {

namespace fs = std::filesystem;

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

/// The files below the paths. One that is named twice, or lies in a folder that is named too, comes
/// once.
std::vector<parse::CasePath> find_files(const std::vector<std::string>& paths) {
  std::vector<parse::CasePath> files = parse::find_cases(paths);
  std::set<fs::path> seen;
  const auto came_before = [&](const parse::CasePath& file) {
    std::error_code error;
    return !seen.insert(fs::absolute(file.path, error).lexically_normal()).second;
  };
  if (paths.size() > 1) std::erase_if(files, came_before);
  return files;
}

/// Gives each case a name whose folder of evidence is its own.
void tell_apart(std::vector<Case>& cases) {
  std::map<std::string, int> uses;
  for (const Case& c : cases) ++uses[folder_name(c.name)];
  std::set<std::string> taken;
  for (Case& c : cases) {
    if (uses[folder_name(c.name)] > 1)
      c.name = fs::path(c.file).lexically_normal().replace_extension().string() +
               (c.row.empty() ? "" : "/" + c.row);
    const std::string name = c.name;
    for (int number = 2; !taken.insert(folder_name(c.name)).second; ++number)
      c.name = fmt::format("{}-{}", name, number);
  }
}

void append(std::vector<Case>& all, std::vector<Case> rows) {
  std::move(rows.begin(), rows.end(), std::back_inserter(all));
}

void check_filters(const std::vector<FlowChecks>& checks, Diagnostics& wrong) {
  for (const FlowChecks& of_flow : checks)
    for (const CaptureCheck& capture : of_flow.captures) {
      const std::string words = observe::check_filter(capture.filter);
      if (words.empty()) continue;
      const auto lines = split_lines(parse::read_file(capture.at.file, parse::kMaxRulesBytes));
      const auto line = static_cast<size_t>(capture.at.line);
      wrong.push_back({.file = capture.at.file,
                       .line = capture.at.line,
                       .column = capture.at.column,
                       .message = fmt::format("filter '{}': {}", capture.filter, words),
                       .source_line = line <= lines.size() ? lines[line - 1] : "",
                       .hint = "see pcap-filter(7); 'tcpdump -d FILTER' tries one",
                       .caret_note = ""});
    }
}

std::vector<Case> read_case(const parse::CasePath& file, const std::string& text,
                            parse::Checks checks) {
  std::vector<Case> rows = parse::read_case(file.path, file.root, text, checks);
  Diagnostics wrong;
  for (const Case& c : rows) {
    check_filters(c.checks, wrong);
    if (c.as_told) check_filters(c.as_told->checks, wrong);
  }
  if (!wrong.empty()) throw BadInput(std::move(wrong));
  return rows;
}

}  // namespace

std::vector<Case> load_case(const std::string& path, const std::string& root,
                            parse::Checks checks) {
  return read_case({path, root}, parse::read_file(path, parse::kMaxYamlBytes), checks);
}

std::vector<Case> load_cases(const std::vector<std::string>& paths, parse::Checks checks) {
  std::vector<Case> cases;
  Diagnostics wrong;
  for (const parse::CasePath& file : find_files(paths))
    collect(wrong, [&] {
      const std::string text = parse::read_file(file.path, parse::kMaxYamlBytes);
      if (!parse::is_topology_text(text)) append(cases, read_case(file, text, checks));
    });
  if (!wrong.empty()) throw BadInput(std::move(wrong));
  tell_apart(cases);
  return cases;
}

Validated validate(const std::vector<std::string>& paths) {
  Validated all;
  const auto is_good = [&](const auto& load) {
    bool good = false;
    collect(all.mistakes, [&] {
      load();
      good = true;
    });
    if (!good) ++all.wrong;
    return good;
  };
  std::vector<parse::CasePath> files = find_files(paths);
  std::vector<parse::CasePath> rules = parse::find_rules(paths);
  const auto load = [&](const parse::CasePath& file) {
    const std::string text = parse::read_file(file.path, parse::kMaxYamlBytes);
    if (parse::is_topology_text(text)) {
      parse::load_topology(file.path);
      ++all.topologies;
    } else {
      append(all.loaded, read_case(file, text, parse::Checks::needed));
      ++all.cases;
    }
  };
  for (const parse::CasePath& file : files)
    if (parse::is_rules(file.path))
      rules.push_back(file);
    else
      is_good([&] { load(file); });
  for (const auto& [path, root] : rules)
    if (is_good([&, file = path] { parse::load_rules(file); })) all.rules.push_back(path);
  return all;
}

}  // namespace fwproof::run
