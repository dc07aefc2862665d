#include "plan/edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"

namespace fwproof::plan {
namespace {

/// Offset of the first character of a line; lines count from 1.
size_t line_start(const std::string& text, int line) {
  size_t at = 0;
  for (int i = 1; i < line && at != text.npos; ++i) {
    at = text.find('\n', at);
    if (at != text.npos) ++at;
  }
  return at;
}

/// A statement of nft's language around one offset: from after the ';', '{', '}' or line end before
/// it to the one behind it. Braces of sets, quotes and continued lines belong to it.
struct Statement {
  size_t begin = 0;
  size_t end = 0;
};

bool continued(const std::string& text, size_t newline) {
  return newline > 0 && text[newline - 1] == '\\';
}

size_t statement_end(const std::string& text, size_t from) {
  bool quoted = false;
  int depth = 0;
  for (size_t i = from; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '}' && depth == 0) return i;
    if (c == '{') ++depth;
    if (c == '}') --depth;
    const bool ends = c == ';' || c == '#' || (c == '\n' && !continued(text, i));
    if (ends && depth == 0) return i;
  }
  return text.size();
}

size_t statement_begin(const std::string& text, size_t from) {
  size_t i = from;
  for (; i > 0; --i) {
    const char c = text[i - 1];
    if (c == ';' || c == '{' || c == '}' || (c == '\n' && !continued(text, i - 1))) break;
  }
  return i;
}

Statement nft_statement(const std::string& text, const Rule& rule) {
  const size_t start = line_start(text, rule.at.line);
  const size_t column = rule.at.column > 0 ? static_cast<size_t>(rule.at.column - 1) : 0;
  size_t at = start == text.npos ? text.size() : std::min(start + column, text.size());
  if (rule.at.column == 0) at = std::min(text.find_first_not_of(" \t", at), text.size());
  return {statement_begin(text, at), statement_end(text, at)};
}

/// The statement with runs of blanks made one, so that how it is laid out does not matter.
std::string squeezed(std::string_view text) {
  std::string flat(text);
  for (char& c : flat)
    if (c == '\n' || c == '\\') c = ' ';
  std::string out;
  for (const auto& word : split_words(flat)) out += (out.empty() ? "" : " ") + word;
  return out;
}

Statement own_lines(const std::string& text, const Rule& rule) {
  const size_t begin = std::min(line_start(text, rule.at.line), text.size());
  const size_t after = line_start(text, std::max(rule.at.line, rule.last_line) + 1);
  return {begin, std::min(after, text.size())};
}

/// Puts a line before the COMMIT that ends the table; after all of the file if there is none.
std::string before_commit(const std::string& text, const std::string& table,
                          const std::string& line) {
  bool inside = false;
  size_t at = 0;
  for (const auto& candidate : split_lines(text)) {
    const auto words = trim(candidate);
    if (words.starts_with('*')) inside = trim(words.substr(1)) == table;
    if (inside && words == "COMMIT") break;
    at = std::min(text.find('\n', at), text.size() - 1) + 1;
  }
  std::string out = text;
  const bool needs_newline = at > 0 && out[at - 1] != '\n';
  return out.insert(at, (needs_newline ? "\n" : "") + line + "\n");
}

std::string at_end(const std::string& text, const std::string& line) {
  return text + (text.empty() || text.ends_with('\n') ? "" : "\n") + line + "\n";
}

std::string nft_chain(const Table& table, const Chain& chain) {
  return fmt::format("{} {} {}", to_string(table.family), table.name, chain.name);
}

}  // namespace

std::optional<std::string> without_rule(const RulesFile& file, const Rule& rule) {
  if (rule.at.line < 1) return {};
  const bool nft = file.kind == RulesFile::Kind::nft;
  const Statement found = nft ? nft_statement(file.text, rule) : own_lines(file.text, rule);
  const std::string_view statement =
      std::string_view(file.text).substr(found.begin, found.end - found.begin);
  if (squeezed(statement).find(squeezed(rule.text)) == std::string::npos) return {};
  if (!nft) {  // iptables-restore takes no line of blanks
    const auto newlines = static_cast<size_t>(std::count(statement.begin(), statement.end(), '\n'));
    return file.text.substr(0, found.begin) + std::string(newlines, '\n') +
           file.text.substr(found.end);
  }
  std::string text = file.text;
  for (size_t i = found.begin; i < found.end; ++i)
    if (text[i] != '\n') text[i] = ' ';
  return text;
}

std::string with_rule(const RulesFile& file, const Table& table, const Chain& chain,
                      size_t position, const std::string& rule) {
  const bool last = position == chain.rules.size();
  if (file.kind == RulesFile::Kind::nft) {
    const std::string where = nft_chain(table, chain);
    if (last) return at_end(file.text, fmt::format("add rule {} {}", where, rule));
    if (position == 0) return at_end(file.text, fmt::format("insert rule {} {}", where, rule));
    return at_end(file.text, fmt::format("insert rule {} index {} {}", where, position, rule));
  }
  const std::string line = last ? fmt::format("-A {} {}", chain.name, rule)
                                : fmt::format("-I {} {} {}", chain.name, position + 1, rule);
  return before_commit(file.text, table.name, line);
}

std::string with_policy(const RulesFile& file, const Table& table, const Chain& chain, bool drop) {
  if (file.kind == RulesFile::Kind::nft)
    return at_end(file.text, fmt::format("add chain {} {{ policy {}; }}", nft_chain(table, chain),
                                         drop ? "drop" : "accept"));
  return before_commit(file.text, table.name,
                       fmt::format("-P {} {}", chain.name, drop ? "DROP" : "ACCEPT"));
}

std::string target_of(RulesFile::Kind kind, const std::string& rule) {
  const auto words = split_words(rule);
  if (kind == RulesFile::Kind::iptables_save) {
    for (size_t i = 0; i + 1 < words.size(); ++i)
      if (words[i] == "-j" || words[i] == "--jump") return words[i + 1];
    return "";
  }
  static constexpr std::array<std::string_view, 9> kSayings{
      "accept", "drop", "reject", "queue", "return", "masquerade", "redirect", "dnat", "snat"};
  for (const auto& word : words)
    if (std::find(kSayings.begin(), kSayings.end(), word) != kSayings.end()) return word;
  return "";
}

}  // namespace fwproof::plan
