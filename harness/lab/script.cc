#include "lab/script.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <regex>

#include "base/programs.h"
#include "base/text.h"
#include "lab/program.h"

namespace fwproof::lab {
namespace {

namespace fs = std::filesystem;

/// A script that fails says why in its last words.
constexpr size_t kMostLines = 8;
constexpr size_t kMostText = 1000;

std::string last_words(const std::string& words) {
  std::vector<std::string> lines;
  for (const std::string& line : split_lines(words))
    if (!trim(line).empty()) lines.push_back(std::string(trim(line)));
  const size_t skip = lines.size() - std::min(lines.size(), kMostLines);
  std::string text;
  for (size_t i = skip; i < lines.size(); ++i) text += (text.empty() ? "" : "; ") + lines[i];
  if (text.size() > kMostText) text = "..." + text.substr(text.size() - kMostText);
  return text.empty() ? "it failed without a word" : text;
}

/// "setup.sh: line 3: foo: command not found" of bash, "setup.sh: 3: foo: not found" of dash: the
/// last such line, since a script may go on after a mistake.
int line_named(const std::string& words, const std::string& name) {
  static const std::regex place("^(.*): (line )?([0-9]+): ");
  int line = 0;
  for (const std::string& text : split_lines(words)) {
    std::smatch found;
    if (!std::regex_search(text, found, place)) continue;
    if (fs::path(found[1].str()).filename() != name) continue;
    line = static_cast<int>(parse_unsigned(found[3].str()).value_or(0));
  }
  return line;
}

std::string line_of(const std::string& text, int number) {
  const auto lines = split_lines(text);
  return number >= 1 && static_cast<size_t>(number) <= lines.size() ? lines[number - 1] : "";
}

}  // namespace

std::vector<std::string> script_command(const RulesFile& script) {
  std::vector<std::string> command{"sh"};
  if (script.text.starts_with("#!")) {
    // As execve(2) does: the interpreter, and all the rest of the line as one argument.
    const std::string first(trim(script.text.substr(2, script.text.find('\n') - 2)));
    const size_t blank = first.find_first_of(" \t");
    command = {first.substr(0, blank)};
    if (blank != first.npos) command.emplace_back(trim(first.substr(blank)));
  }
  command.push_back(fs::absolute(script.path).lexically_normal().string());
  command.insert(command.end(), script.arguments.begin(), script.arguments.end());
  return command;
}

Diagnostics script_diagnostics(const std::string& node, int exit_status, const std::string& words,
                               const RulesFile& script) {
  const int line = line_named(words, fs::path(script.path).filename().string());
  const std::string source = line_of(script.text, line);
  return {{.file = script.path,
           .line = source.empty() ? 0 : line,
           .column = source.empty() ? 0 : 1,
           .message = fmt::format("node '{}': the script ended with exit status {}: {}", node,
                                  exit_status, last_words(words)),
           .source_line = source}};
}

void run_script(const nl::Netns& netns, const PrivateFiles& files, const std::string& node,
                const RulesFile& script, Deadline deadline) {
  const ProgramSpec spec{.argv = script_command(script),
                         .environment = {{"PATH", path_of_root()}},
                         .own_pid_namespace = true,
                         .mount_namespace = files.fd(),
                         .folder = fs::absolute(script.path).parent_path().string(),
                         .hint_if_missing = "install it, or name another interpreter after '#!'"};
  const ProgramResult result = run_program(netns, node, spec, deadline);
  if (result.timed_out)
    throw MachineError(fmt::format("node '{}': run '{}'", node, script.path),
                       "it did not end in time",
                       "its last words: " + last_words(result.error + result.output));
  if (result.exit_status == 0) return;
  const std::string words = result.error.empty() ? result.output : result.error;
  throw BadInput(script_diagnostics(node, result.exit_status, words, script));
}

}  // namespace fwproof::lab
