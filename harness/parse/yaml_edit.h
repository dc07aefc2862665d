// Changes values of a YAML file in its text: what is not changed stays as its author wrote it,
// comments, quotes and order.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "parse/yaml.h"

namespace fwproof::parse {

class YamlEdit {
 public:
  using Path = std::vector<std::string>;  // keys, from the top

  /// Throws BadInput if the text is no YAML.
  YamlEdit(std::string file, std::string text);

  const std::string& text() const { return text_; }
  /// The value at the path, or nullptr.
  const Yaml* find(const Path& path) const;

  /// Puts whole lines behind the value of a key at the top. False if the file's map is written in
  /// brackets or has no such key.
  bool insert_after(const std::string& key, const std::string& lines);

  // Each is false, and changes nothing, where the value is written in a way that cannot be changed
  // alone: over several lines, by an alias, or in a list.

  /// A list stays as it was laid out: in brackets, or an item to a line, with the comments of the
  /// items that stay.
  bool replace(const Path& path, const std::vector<std::string>& value, bool list);
  /// Takes the key away as well, and the map that held nothing else.
  bool remove(Path path);

 private:
  struct Span {
    size_t begin = 0;
    size_t end = 0;
  };

  const YamlEntry* find_entry(const Path& path) const;
  size_t offset_of(const Yaml& node) const;
  bool is_in_brackets(const Yaml& collection) const;
  std::optional<Span> span_of(const Yaml& value) const;
  std::optional<size_t> end_of_brackets(size_t begin) const;
  std::optional<size_t> end_of_quotes(size_t begin) const;
  size_t end_of_block(const Yaml& value) const;
  std::string relaid(const Yaml& old_list, const std::vector<std::string>& items) const;
  void change(Span span, const std::string& to);
  void read();

  std::string file_;
  std::string text_;
  std::vector<size_t> line_starts_;  // and, last, the size of the text
  Yaml root_;
};

}  // namespace fwproof::parse
