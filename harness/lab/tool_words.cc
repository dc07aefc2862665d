// What the tools that load rules say when they do not, turned into diagnostics.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <regex>
#include <system_error>

#include "base/text.h"
#include "lab/rules.h"

namespace fwproof::lab {
namespace {

// A longer line would bury its message.
constexpr size_t kMaxShownLine = 300;

std::string join(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += (text.empty() ? "" : "; ") + line;
  return text;
}

std::string line_of(const RulesFile& file, int line) {
  const auto lines = split_lines(file.text);
  return line >= 1 && static_cast<size_t>(line) <= lines.size() ? lines[line - 1] : "";
}

int last_line(const RulesFile& file) {
  return std::max(1, static_cast<int>(split_lines(file.text).size()));
}

/// The number in the first group of the first match.
std::optional<int> number_in(const std::string& text, const char* pattern) {
  std::smatch found;
  if (!std::regex_search(text, found, std::regex(pattern))) return {};
  const auto number = parse_unsigned(found[1].str());
  return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

/// What remains of a restore program's words without its name and version, the place (which the
/// diagnostic has), and the advice to read its help.
std::vector<std::string> telling_lines(const std::string& words) {
  static const std::regex own_name(
      "^((ip6?|eb|arp)tables(-nft|-legacy)?-restore|ipset)( v[^:]*)?: ?");
  static const std::regex own_place("^(Error in )?line [0-9]+(: | (?=table name))");
  std::vector<std::string> lines;
  for (std::string line : split_lines(words)) {
    while (std::regex_search(line, own_name)) line = std::regex_replace(line, own_name, "");
    line = std::regex_replace(line, own_place, "");
    if (line.empty() || line.starts_with("Error occurred at line") || line.starts_with("Try `"))
      continue;
    lines.push_back(line);
  }
  return lines;
}

/// What no tool reads, and none has words for.
const char* hint_for_form(const RulesFile& file) {
  if (file.text.starts_with("\xef\xbb\xbf"))
    return "it begins with a byte order mark, as editors on Windows write: save it without one";
  if (file.text.find("\r\n") != file.text.npos)
    return "its lines end in CR LF: 'dos2unix' mends that";
  if (file.kind == RulesFile::Kind::nft && trim(file.text).starts_with('{'))
    return "this looks like JSON: write it as 'nft list ruleset' does, without -j";
  return "";
}

/// The tools ask for a larger buffer by SO_SNDBUFFORCE (socket(7)), which only root may.
const char* hint_for_size(const std::string& words) {
  return words.find("Message too long") == words.npos
             ? ""
             : "so many rules at once take a larger buffer than an ordinary user may have: run as "
               "root, or sysctl -w net.core.wmem_default=16777216";
}

std::string hint_for(const std::string& program, const std::string& words,
                     const std::string& source_line, const RulesFile& file) {
  if (const std::string size = hint_for_size(words); !size.empty()) return size;
  if (program.find("-legacy-") != program.npos && trim(source_line) == "COMMIT")
    return "a legacy table is loaded as a whole, at COMMIT: iptables-nft would name the rule";
  return hint_for_form(file);
}

/// iptables-nft misses a chain only at COMMIT. The first rule of that table that goes to it.
std::optional<int> rule_to_missing_chain(const std::string& words, const RulesFile& file,
                                         int commit) {
  static const std::regex missing("Chain '([^']+)' does not exist");
  std::smatch found;
  if (!std::regex_search(words, found, missing)) return {};
  const auto lines = split_lines(file.text);
  std::optional<int> first;
  for (int number = commit - 1; number > 0 && !lines[number - 1].starts_with('*'); --number) {
    const auto rule = split_words(lines[number - 1]);
    for (size_t i = 0; i + 1 < rule.size(); ++i)
      if ((rule[i] == "-j" || rule[i] == "-g") && rule[i + 1] == found[1].str()) first = number;
  }
  return first;
}

/// A line of a file that a file of rules includes; empty if it cannot be had from a regular file.
std::string included_line(const std::string& path, int number) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return {};
  std::ifstream file(path);
  std::string line;
  for (int i = 0; i < number; ++i)
    if (!std::getline(file, line)) return {};
  return line.size() <= kMaxShownLine ? line : std::string();
}

/// "NAME:4:6-9: Error: syntax error, unexpected string"
const std::regex& nft_error() {
  static const std::regex pattern("^(.*):([0-9]+):([0-9]+)-[0-9]+: (Error: )?(.*)$");
  return pattern;
}

}  // namespace

Diagnostics restore_diagnostics(const std::string& program, const std::string& words,
                                const RulesFile& file) {
  auto line = number_in(words, "Error occurred at line: ([0-9]+)");
  if (!line) line = number_in(words, "line ([0-9]+)");
  int at = line ? std::min(*line, last_line(file)) : 0;
  if (const auto rule = rule_to_missing_chain(words, file, at)) at = *rule;
  const std::string source = line_of(file, at);
  const auto told = telling_lines(words);
  return {{.file = file.path,
           .line = at,
           .column = source.empty() ? 0 : 1,
           .message = program + ": " + (told.empty() ? "it failed without a word" : join(told)),
           .source_line = source,
           .hint = hint_for(program, words, source, file)}};
}

Diagnostics nft_diagnostics(const std::string& words, const std::string& read_as,
                            const RulesFile& file) {
  Diagnostics diagnostics;
  for (const auto& line : split_lines(words)) {
    std::smatch found;
    if (!std::regex_match(line, found, nft_error())) continue;
    const std::string name = found[1].str();
    const bool own = name == read_as;
    const auto number = parse_unsigned(found[2].str());
    const auto column = parse_unsigned(found[3].str());
    const int at = static_cast<int>(number.value_or(0));
    const std::string path = std::filesystem::path(name).lexically_normal().string();
    diagnostics.push_back({.file = own ? file.path : path,
                           .line = at,
                           .column = static_cast<int>(column.value_or(0)),
                           .message = "nft: " + found[5].str(),
                           .source_line = own ? line_of(file, at) : included_line(path, at),
                           .hint = own ? hint_for_form(file) : ""});
  }
  if (!diagnostics.empty()) return diagnostics;
  const auto lines = split_lines(words);
  return {{.file = file.path,
           .message = "nft: " + (lines.empty() ? "it failed without a word" : join(lines)),
           .hint = hint_for_size(words)}};
}

}  // namespace fwproof::lab
