// A YAML document as a plain tree in which every value knows its line and column. Built for files
// nobody vouches for: nesting, aliases and size are bounded, and what YAML allows but a case or a
// topology never needs (tags, several documents, duplicate keys) is a mistake.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parse/reader.h"

namespace fwproof::parse {

struct YamlEntry;

struct Yaml {
  enum class Kind { null, scalar, list, map };
  Kind kind = Kind::null;
  std::string scalar;
  bool quoted = false;  // "80" or '80': text, whatever it looks like
  size_t file = 0;      // of the Reader's: the first, or one that it extends
  int line = 0;         // from 1, as in a Location
  int column = 0;
  std::vector<Yaml> items;         // list
  std::vector<YamlEntry> entries;  // map, in the order of the file

  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }
  /// The value of `key` in a map; nullptr if it is not there (or this is no map).
  const Yaml* find(std::string_view key) const;
};

struct YamlEntry {
  Yaml key;  // always a scalar
  Yaml value;
};

inline constexpr int kMaxYamlDepth = 64;
inline constexpr size_t kMaxYamlBytes = 1 << 20;
inline constexpr size_t kMaxAliases = 1000;
inline constexpr size_t kMaxAliasedValues = 100'000;  // that aliases expand to, all told

/// The one document in `text`, which is this file of the reader's. Duplicate keys are reported to
/// the reader and left out of the tree; a text that cannot be read at all throws BadInput with all
/// the reader holds.
///
/// `<<: *anchor` puts another map's entries into a map, or those of a list of maps: the map's own
/// win, then those of earlier maps (yaml.org/type/merge.html). Keys of the top level that begin
/// with "x-" are left out: a place for anchors.
Yaml parse_yaml(Reader& reader, const std::string& text, size_t file = 0);

}  // namespace fwproof::parse
