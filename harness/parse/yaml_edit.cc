#include "parse/yaml_edit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.h"

namespace fwproof::parse {
namespace {

/// Which items of `to` are items of `from`, in order, as many as can be (the longest common
/// subsequence): for each item of `to` the index in `from`, or nothing.
std::vector<std::optional<size_t>> kept(const std::vector<std::string>& from,
                                        const std::vector<std::string>& to) {
  std::vector<std::vector<size_t>> common(from.size() + 1, std::vector<size_t>(to.size() + 1, 0));
  for (size_t i = from.size(); i-- > 0;)
    for (size_t j = to.size(); j-- > 0;)
      common[i][j] = from[i] == to[j] ? common[i + 1][j + 1] + 1
                                      : std::max(common[i + 1][j], common[i][j + 1]);
  std::vector<std::optional<size_t>> result(to.size());
  for (size_t i = 0, j = 0; i < from.size() && j < to.size();) {
    if (from[i] == to[j])
      result[j++] = i++;
    else
      common[i + 1][j] >= common[i][j + 1] ? ++i : ++j;
  }
  return result;
}

/// Of a line: how far it is indented; nothing if it is blank or a comment.
std::optional<size_t> indent_of(std::string_view line) {
  const size_t indent = line.find_first_not_of(" \r\n");
  if (indent == std::string_view::npos || line[indent] == '#') return std::nullopt;
  return indent;
}

}  // namespace

YamlEdit::YamlEdit(std::string file, std::string text)
    : file_(std::move(file)), text_(std::move(text)) {
  read();
}

void YamlEdit::read() {
  Reader reader(file_, text_);
  root_ = parse_yaml(reader, text_);
  reader.throw_if_mistaken();
  line_starts_ = {0};
  for (size_t at = 0; (at = text_.find('\n', at)) != std::string::npos;)
    line_starts_.push_back(++at);
  if (line_starts_.back() != text_.size()) line_starts_.push_back(text_.size());
}

const YamlEntry* YamlEdit::find_entry(const Path& path) const {
  const Yaml* map = &root_;
  const YamlEntry* entry = nullptr;
  for (const std::string& key : path) {
    const auto found = std::find_if(map->entries.begin(), map->entries.end(),
                                    [&](const YamlEntry& e) { return e.key.scalar == key; });
    if (found == map->entries.end()) return nullptr;
    entry = &*found;
    map = &entry->value;
  }
  return entry;
}

const Yaml* YamlEdit::find(const Path& path) const {
  const YamlEntry* entry = find_entry(path);
  return entry ? &entry->value : nullptr;
}

size_t YamlEdit::offset_of(const Yaml& node) const {
  const size_t start = line_starts_.at(static_cast<size_t>(node.line) - 1);
  return std::min(start + static_cast<size_t>(node.column) - 1, text_.size());
}

bool YamlEdit::is_in_brackets(const Yaml& collection) const {
  const size_t at = offset_of(collection);
  return at < text_.size() && text_[at] == (collection.is_map() ? '{' : '[');
}

std::optional<size_t> YamlEdit::end_of_quotes(size_t begin) const {
  const char quote = text_[begin];
  for (size_t i = begin + 1; i < text_.size(); ++i) {
    if (quote == '"' && text_[i] == '\\')
      ++i;
    else if (text_[i] == quote && quote == '\'' && i + 1 < text_.size() && text_[i + 1] == quote)
      ++i;
    else if (text_[i] == quote)
      return i + 1;
  }
  return std::nullopt;
}

std::optional<size_t> YamlEdit::end_of_brackets(size_t begin) const {
  int depth = 0;
  for (size_t i = begin; i < text_.size(); ++i) {
    const char c = text_[i];
    const char before = i > begin ? text_[i - 1] : ' ';
    // Inside a word these are letters like any other.
    const bool begins_word = std::string_view(" [{,:\n").find(before) != std::string_view::npos;
    if (c == '#' && begins_word) return std::nullopt;
    if ((c == '"' || c == '\'') && begins_word) {
      const auto end = end_of_quotes(i);
      if (!end) return std::nullopt;
      i = *end - 1;
    }
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && --depth == 0) return i + 1;
  }
  return std::nullopt;
}

/// The end of the last line that belongs to a list or map without brackets.
size_t YamlEdit::end_of_block(const Yaml& value) const {
  const auto column = static_cast<size_t>(value.column) - 1;
  size_t end = offset_of(value);
  for (size_t i = static_cast<size_t>(value.line) - 1; i + 1 < line_starts_.size(); ++i) {
    const std::string_view line =
        std::string_view(text_).substr(line_starts_[i], line_starts_[i + 1] - line_starts_[i]);
    const auto indent = indent_of(line);
    const bool first = i + 1 == static_cast<size_t>(value.line);
    if (!first && !indent) continue;
    const bool item = indent && *indent == column && value.is_list() && line[*indent] == '-';
    if (!first && *indent <= column && !(item || (*indent == column && value.is_map()))) break;
    if (!first && line.starts_with("...")) break;
    end = line_starts_[i] + line.find_last_not_of(" \r\n") + 1;
  }
  return end;
}

std::optional<YamlEdit::Span> YamlEdit::span_of(const Yaml& value) const {
  const size_t begin = offset_of(value);
  if (begin >= text_.size() || value.kind == Yaml::Kind::null) return std::nullopt;
  std::optional<size_t> end;
  if (value.is_scalar() && value.quoted) {
    if (text_[begin] == '"' || text_[begin] == '\'') end = end_of_quotes(begin);
  } else if (value.is_scalar()) {
    if (text_.compare(begin, value.scalar.size(), value.scalar) == 0)
      end = begin + value.scalar.size();
  } else {
    end = is_in_brackets(value) ? end_of_brackets(begin) : end_of_block(value);
  }
  return end ? std::optional(Span{begin, *end}) : std::nullopt;
}

void YamlEdit::change(Span span, const std::string& to) {
  text_.replace(span.begin, span.end - span.begin, to);
  read();
}

bool YamlEdit::insert_after(const std::string& key, const std::string& lines) {
  const YamlEntry* entry = find_entry({key});
  if (!entry || is_in_brackets(root_)) return false;
  const auto span = span_of(entry->value);
  if (!span) return false;
  const size_t end = text_.find('\n', span->end);
  const bool windows = text_.find("\r\n") != std::string::npos;
  std::string added;
  if (end == std::string::npos) added = windows ? "\r\n" : "\n";
  for (const std::string& line : split_lines(lines)) added += line + (windows ? "\r\n" : "\n");
  const size_t at = end == std::string::npos ? text_.size() : end + 1;
  change({at, at}, added);
  return true;
}

bool YamlEdit::replace(const Path& path, const std::vector<std::string>& value, bool list) {
  const YamlEntry* entry = find_entry(path);
  if (!entry || offset_of(entry->value) < offset_of(entry->key)) return false;
  const Yaml& old = entry->value;
  const auto span = span_of(old);
  if (!span) return false;
  if (list && old.is_list() && !is_in_brackets(old)) {
    const std::string lines = relaid(old, value);
    if (lines.empty()) return false;
    change(*span, lines);
    return true;
  }
  if (old.is_map() && !is_in_brackets(old)) return false;
  std::vector<std::string> scalars;
  for (const std::string& item : value) scalars.push_back(yaml_scalar(item));
  const bool alone = !list || (old.is_scalar() && value.size() == 1);
  change(*span, alone ? scalars.front() : fmt::format("[{}]", fmt::join(scalars, ", ")));
  return true;
}

/// The lines of the new list, from its first '-'. Empty if an item of the old one is not a line of
/// its own.
std::string YamlEdit::relaid(const Yaml& old_list, const std::vector<std::string>& items) const {
  std::vector<std::string> old_items;
  int last = old_list.line - 1;
  for (const Yaml& item : old_list.items) {
    const auto span = span_of(item);
    if (!item.is_scalar() || item.line <= last || !span) return {};
    if (text_.substr(span->begin, span->end - span->begin).find('\n') != std::string::npos)
      return {};
    last = item.line;
    old_items.push_back(item.scalar);
  }
  const std::string indent(static_cast<size_t>(old_list.column) - 1, ' ');
  const auto from = kept(old_items, items);
  const auto stays = [&](size_t old) {
    return std::find(from.begin(), from.end(), old) != from.end();
  };
  const auto line_start = [&](int line) { return line_starts_[static_cast<size_t>(line)]; };
  std::string lines;
  size_t next = 0;  // of the old items
  for (size_t i = 0; i < items.size(); ++i) {
    if (from[i]) next = *from[i];
    const bool in_place = from[i] || (next < old_items.size() && !stays(next));
    if (in_place) {  // with the comments above it
      const int above = next == 0 ? old_list.line - 1 : old_list.items[next - 1].line;
      const int own = old_list.items[next++].line - (from[i] ? 0 : 1);
      lines += text_.substr(line_start(above), line_start(own) - line_start(above));
    }
    if (!from[i]) lines += indent + "- " + yaml_scalar(items[i]) + "\n";
  }
  while (!lines.empty() && (lines.back() == '\n' || lines.back() == '\r')) lines.pop_back();
  return lines.substr(indent.size());
}

bool YamlEdit::remove(Path path) {
  const YamlEntry* entry = find_entry(path);
  if (!entry || offset_of(entry->value) < offset_of(entry->key)) return false;
  Path above = path;
  above.pop_back();
  const Yaml& map = above.empty() ? root_ : *find(above);
  if (map.entries.size() == 1) return !above.empty() && remove(above);
  const auto span = span_of(entry->value);
  if (!span) return false;
  const auto index = static_cast<size_t>(entry - map.entries.data());
  const size_t key_at = offset_of(entry->key);
  if (!is_in_brackets(map)) {
    const size_t line = line_starts_[static_cast<size_t>(entry->key.line) - 1];
    const size_t next_line = text_.find('\n', span->end);
    if (indent_of(std::string_view(text_).substr(line)) != key_at - line) return false;
    change({line, next_line == std::string::npos ? text_.size() : next_line + 1}, "");
    return true;
  }
  if (index + 1 < map.entries.size()) {
    change({key_at, offset_of(map.entries[index + 1].key)}, "");
    return true;
  }
  const auto before = span_of(map.entries[index - 1].value);
  if (before) change({before->end, span->end}, "");
  return before.has_value();
}

}  // namespace fwproof::parse
