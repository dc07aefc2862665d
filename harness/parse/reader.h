// Typed reading of a YAML tree. A Reader stands for one file, and the files that it extends: it
// turns values into numbers, words and lists, and collects a diagnostic for everything that is not
// what it should be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/location.h"

namespace fwproof::parse {

struct Yaml;

/// What helps after a mistake; both may be empty.
struct Remedy {
  std::string caret_note;
  std::string hint;
};

class Reader {
 public:
  Reader(std::string path, const std::string& text);

  /// Of the file that it stands for.
  const std::string& path() const { return files_.front().path; }
  const std::string& path(size_t file) const { return files_[file].path; }
  /// One more file whose values are read as if they stood in the first; its number, as Yaml has it.
  size_t add_file(std::string path, const std::string& text);

  bool has_mistakes() const { return !own_.empty() || !others_.empty(); }

  /// The line of one of its files; empty if there is none.
  std::string_view line(const Location& where) const;

  Location at(const Yaml& node) const;
  /// `offset` bytes into a scalar. Where the file spells the scalar otherwise (escapes, several
  /// lines) this is its start.
  Location at(const Yaml& scalar, size_t offset) const;

  void mistake(const Location& where, std::string message, Remedy remedy = {});
  void mistake(const Yaml& node, std::string message, Remedy remedy = {});
  void mistake(const Yaml& scalar, size_t offset, std::string message, Remedy remedy = {});
  /// Mistakes of another file that this one led to.
  void add(const Diagnostics& diagnostics);

  /// All mistakes: this file's by line, then the others'.
  Diagnostics mistakes() const;
  void throw_if_mistaken() const;
  [[noreturn]] void give_up() const;

  /// True if `node` is a map. Keys that are not in `known` are mistakes of "a node", "a case", ...
  bool check_map(const Yaml& node, std::string_view what, const std::vector<std::string>& known);

  /// Keys of `map` that are likely slips for one of `known` which it has not are mistakes, and are
  /// taken for that one from here on: what they hold is worth reading too.
  void correct_keys(Yaml& map, std::string_view what, const std::vector<std::string>& known);

  /// The value of `key`, or nullptr after a mistake that says `message`; without the mistake if
  /// another key of the map is a likely slip for it, since that is a mistake already.
  const Yaml* required(const Yaml& map, const std::string& key, std::string message,
                       Remedy remedy = {});

  // Each of these reports a value of the wrong kind, calling it `what`, and then returns nothing.
  bool is_map(const Yaml& node, std::string_view what);
  std::optional<std::string> text(const Yaml& node, std::string_view what);
  std::optional<bool> boolean(const Yaml& node, std::string_view what);
  std::optional<uint64_t> number(const Yaml& node, std::string_view what, uint64_t least,
                                 uint64_t most);
  const std::vector<Yaml>* list(const Yaml& node, std::string_view what);
  /// A list's items, or the one value itself; a null is a mistake.
  std::vector<const Yaml*> one_or_more(const Yaml& node, std::string_view what);

 private:
  struct File {
    std::string path;
    std::string text;
    std::vector<size_t> lines;  // where each begins
  };
  size_t file_of(const Location& where) const;

  std::vector<File> files_;
  Diagnostics own_;
  Diagnostics others_;
};

/// "line 5", or "line 5 of base.yaml" where that is another file than `here` is in.
std::string place(const Location& there, const Location& here);

/// "nothing", "text", "a list" or "a map".
std::string_view kind_name(const Yaml& node);

}  // namespace fwproof::parse
