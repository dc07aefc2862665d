#include "parse/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "parse/yaml.h"

namespace fwproof::parse {
namespace {

// A longer line would bury its message.
constexpr size_t kMaxShownLine = 300;

}  // namespace

std::string_view kind_name(const Yaml& node) {
  switch (node.kind) {
    case Yaml::Kind::null:
      return "nothing";
    case Yaml::Kind::scalar:
      return "text";
    case Yaml::Kind::list:
      return "a list";
    case Yaml::Kind::map:
      return "a map";
  }
  return "";
}

std::string place(const Location& there, const Location& here) {
  const std::string line = fmt::format("line {}", there.line);
  return there.file == here.file ? line : fmt::format("{} of {}", line, there.file);
}

Reader::Reader(std::string path, const std::string& text) { add_file(std::move(path), text); }

size_t Reader::add_file(std::string path, const std::string& text) {
  File& file = files_.emplace_back(File{std::move(path), text, {}});
  for (size_t start = 0; start < text.size();
       start = std::min(text.find('\n', start), text.size() - 1) + 1)
    file.lines.push_back(start);
  return files_.size() - 1;
}

/// The first file for one that is not known.
size_t Reader::file_of(const Location& where) const {
  const auto found = std::find_if(files_.begin(), files_.end(),
                                  [&](const File& file) { return file.path == where.file; });
  return found == files_.end() ? 0 : static_cast<size_t>(found - files_.begin());
}

std::string_view Reader::line(const Location& where) const {
  const File& file = files_[file_of(where)];
  if (where.line < 1 || static_cast<size_t>(where.line) > file.lines.size()) return {};
  std::string_view rest = file.text;
  rest.remove_prefix(file.lines[static_cast<size_t>(where.line) - 1]);
  rest = rest.substr(0, rest.find('\n'));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest;
}

Location Reader::at(const Yaml& node) const { return {path(node.file), node.line, node.column}; }

Location Reader::at(const Yaml& scalar, size_t offset) const {
  Location start = at(scalar);
  const std::string_view line_text = line(start);
  const size_t column = static_cast<size_t>(scalar.column) - 1 + (scalar.quoted ? 1 : 0) + offset;
  if (offset >= scalar.scalar.size() || column >= line_text.size()) return start;
  const std::string_view word =
      std::string_view(scalar.scalar)
          .substr(offset, scalar.scalar.find_first_of(" \n", offset) - offset);
  if (line_text.substr(column, word.size()) != word) return start;
  start.column = static_cast<int>(column) + 1;
  return start;
}

void Reader::mistake(const Location& where, std::string message, Remedy remedy) {
  Diagnostic d;
  d.file = where.file;
  d.line = where.line;
  d.column = where.column;
  d.message = std::move(message);
  d.source_line = line(where);
  if (d.source_line.size() > kMaxShownLine) d.source_line.clear();
  d.hint = std::move(remedy.hint);
  d.caret_note = std::move(remedy.caret_note);
  own_.push_back(std::move(d));
}

void Reader::mistake(const Yaml& node, std::string message, Remedy remedy) {
  mistake(at(node), std::move(message), std::move(remedy));
}

void Reader::mistake(const Yaml& scalar, size_t offset, std::string message, Remedy remedy) {
  mistake(at(scalar, offset), std::move(message), std::move(remedy));
}

void Reader::add(const Diagnostics& diagnostics) {
  for (const Diagnostic& d : diagnostics)  // a file may be read several times
    if (std::find(others_.begin(), others_.end(), d) == others_.end()) others_.push_back(d);
}

Diagnostics Reader::mistakes() const {
  Diagnostics all = own_;
  const auto place_of = [&](const Diagnostic& d) {
    return std::tuple(file_of({d.file, d.line, d.column}), d.line, d.column);
  };
  std::stable_sort(all.begin(), all.end(), [&](const Diagnostic& a, const Diagnostic& b) {
    return place_of(a) < place_of(b);
  });
  for (const Diagnostic& other : others_)
    if (std::find(all.begin(), all.end(), other) == all.end()) all.push_back(other);
  return all;
}

void Reader::throw_if_mistaken() const {
  if (has_mistakes()) give_up();
}

void Reader::give_up() const {
  assert(has_mistakes());
  throw BadInput(mistakes());
}

bool Reader::is_map(const Yaml& node, std::string_view what) {
  if (node.is_map()) return true;
  mistake(node, fmt::format("{} must be a map, not {}", what, kind_name(node)));
  return false;
}

bool Reader::check_map(const Yaml& node, std::string_view what,
                       const std::vector<std::string>& known) {
  if (!is_map(node, what)) return false;
  for (const YamlEntry& entry : node.entries) {
    const std::string& key = entry.key.scalar;
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string note = did_you_mean(key, known);
    mistake(entry.key, fmt::format("unknown key '{}' in {}", key, what),
            {note, note.empty() ? fmt::format("the keys are: {}", fmt::join(known, ", ")) : ""});
  }
  return true;
}

void Reader::correct_keys(Yaml& map, std::string_view what, const std::vector<std::string>& known) {
  for (YamlEntry& entry : map.entries) {
    const std::string& key = entry.key.scalar;
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const auto meant = nearest(key, known);
    if (!meant || map.find(*meant)) continue;
    mistake(entry.key, fmt::format("unknown key '{}' in {}", key, what),
            {did_you_mean(key, known), ""});
    entry.key.scalar = *meant;
  }
}

const Yaml* Reader::required(const Yaml& map, const std::string& key, std::string message,
                             Remedy remedy) {
  const Yaml* value = map.find(key);
  const bool misspelt = std::any_of(
      map.entries.begin(), map.entries.end(),
      [&](const YamlEntry& entry) { return nearest(entry.key.scalar, {key}).has_value(); });
  if (!value && !misspelt) mistake(map, std::move(message), std::move(remedy));
  return value;
}

std::optional<std::string> Reader::text(const Yaml& node, std::string_view what) {
  if (node.is_scalar() && !node.scalar.empty()) return node.scalar;
  const std::string_view kind = node.is_scalar() ? "empty" : kind_name(node);
  mistake(
      node, fmt::format("{} must be text, not {}", what, kind),
      {"", node.is_list() || node.is_map() ? "text that begins with '[' or '{' needs quotes" : ""});
  return std::nullopt;
}

std::optional<bool> Reader::boolean(const Yaml& node, std::string_view what) {
  if (node.is_scalar() && !node.quoted && node.scalar == "true") return true;
  if (node.is_scalar() && !node.quoted && node.scalar == "false") return false;
  const std::string seen =
      node.is_scalar() ? fmt::format("'{}'", node.scalar) : std::string(kind_name(node));
  mistake(node, fmt::format("{} must be true or false, not {}", what, seen));
  return std::nullopt;
}

std::optional<uint64_t> Reader::number(const Yaml& node, std::string_view what, uint64_t least,
                                       uint64_t most) {
  const auto value = node.is_scalar() ? parse_unsigned(node.scalar) : std::nullopt;
  if (value && *value >= least && *value <= most) return *value;
  const std::string seen =
      node.is_scalar() ? fmt::format("'{}'", node.scalar) : std::string(kind_name(node));
  mistake(node, fmt::format("{} must be a number from {} to {}, not {}", what, least, most, seen));
  return std::nullopt;
}

const std::vector<Yaml>* Reader::list(const Yaml& node, std::string_view what) {
  if (node.is_list()) return &node.items;
  mistake(node, fmt::format("{} must be a list, not {}", what, kind_name(node)));
  return nullptr;
}

std::vector<const Yaml*> Reader::one_or_more(const Yaml& node, std::string_view what) {
  std::vector<const Yaml*> values;
  if (node.is_list()) {
    for (const Yaml& item : node.items) values.push_back(&item);
  } else if (node.kind == Yaml::Kind::null) {
    mistake(node, fmt::format("{} has no value", what));
  } else {
    values.push_back(&node);
  }
  return values;
}

}  // namespace fwproof::parse
