#include "parse/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cassert>
#include <map>
#include <sstream>
#include <utility>

#include "base/text.h"

namespace fwproof::parse {
namespace {

struct Weight {
  size_t values = 0;
  int depth = 0;
};

/// How much a copy of `node` costs. Long texts count as several values.
Weight weigh(const Yaml& node) {
  Weight total{1 + node.scalar.size() / 64, 0};
  const auto add = [&](const Yaml& child) {
    const Weight weight = weigh(child);
    total.values += weight.values;
    total.depth = std::max(total.depth, weight.depth + 1);
  };
  for (const Yaml& item : node.items) add(item);
  for (const YamlEntry& entry : node.entries) {
    add(entry.key);
    add(entry.value);
  }
  return total;
}

/// Builds the tree from yaml-cpp's events, which come in the order of the text. yaml-cpp recurses
/// as deep as the text nests, but tells of each level before it enters the next: stopping it at
/// kMaxYamlDepth bounds its stack as well as ours.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(Reader& reader, size_t file) : reader_(reader), file_(file) {}

  Yaml take_root() { return std::move(root_); }
  const YAML::Mark& last_mark() const { return last_mark_; }
  /// Where the latest document begins.
  const YAML::Mark& document() const { return document_; }

  void OnDocumentStart(const YAML::Mark& mark) override { document_ = mark; }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    complete(begin(Yaml::Kind::null, mark, "?"), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Yaml node = begin(Yaml::Kind::scalar, mark, tag);
    node.scalar = value;
    node.quoted = tag == "!";
    complete(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(begin(Yaml::Kind::list, mark, tag), anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(begin(Yaml::Kind::map, mark, tag), anchor);
  }
  void OnMapEnd() override { close(); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const Yaml here = begin(Yaml::Kind::null, mark, "?");
    const auto found = anchored_.find(anchor);
    if (found == anchored_.end()) stop(here, "an alias stands inside the very value that it names");
    const Weight weight = weigh(found->second);
    aliased_values_ += weight.values;
    if (++aliases_ > kMaxAliases) stop(here, fmt::format("more than {} aliases", kMaxAliases));
    if (aliased_values_ > kMaxAliasedValues)
      stop(here, fmt::format("aliases expand to more than {} values", kMaxAliasedValues));
    if (static_cast<int>(open_.size()) + weight.depth > kMaxYamlDepth) stop_deep(here);
    complete(found->second, 0);
  }

 private:
  struct Open {
    Yaml node;
    YAML::anchor_t anchor = 0;
    std::optional<Yaml> key;           // of a map: the one whose value comes next
    std::map<std::string, int> lines;  // of a map: where each key stands
    std::optional<Yaml> merged;        // of a map: what its key "<<" names
  };

  Yaml begin(Yaml::Kind kind, const YAML::Mark& mark, const std::string& tag) {
    last_mark_ = mark;
    Yaml node;
    node.kind = kind;
    node.file = file_;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    // yaml-cpp gives plain values the tag "?" or none, and quoted ones "!".
    if (!tag.empty() && tag != "?" && tag != "!")
      stop(node, "tags are not used here", "put text that begins with '!' in quotes");
    return node;
  }

  void open(Yaml node, YAML::anchor_t anchor) {
    if (static_cast<int>(open_.size()) >= kMaxYamlDepth) stop_deep(node);
    open_.push_back({std::move(node), anchor, std::nullopt, {}});
  }

  void close() {
    assert(!open_.empty());
    Open done = std::move(open_.back());
    open_.pop_back();
    merge(done);
    complete(std::move(done.node), done.anchor);
  }

  void complete(Yaml node, YAML::anchor_t anchor) {
    if (anchor != 0) {
      aliased_values_ += weigh(node).values;
      if (aliased_values_ > kMaxAliasedValues)
        stop(node, fmt::format("anchors hold more than {} values", kMaxAliasedValues));
      anchored_.insert_or_assign(anchor, node);
    }
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (open_.back().node.is_list()) {
      open_.back().node.items.push_back(std::move(node));
    } else if (!open_.back().key) {
      if (!node.is_scalar()) stop(node, fmt::format("a key must be text, not {}", kind_name(node)));
      open_.back().key = std::move(node);
    } else {
      add_entry(open_.back(), std::move(node));
    }
  }

  void add_entry(Open& map, Yaml value) {
    Yaml key = std::move(*map.key);
    map.key.reset();
    // The mark of a value that is not there is that of whatever comes next.
    if (value.kind == Yaml::Kind::null) {
      value.line = key.line;
      value.column = key.column;
    }
    const auto [place, is_new] = map.lines.emplace(key.scalar, key.line);
    if (!is_new) {
      reader_.mistake(key, fmt::format("duplicate key '{}': it stands on line {} too", key.scalar,
                                       place->second));
      return;
    }
    if (key.scalar == "<<" && !key.quoted)
      map.merged = std::move(value);
    else
      map.node.entries.push_back({std::move(key), std::move(value)});
  }

  /// Puts in the entries of the maps that "<<" names, but for keys that are there.
  void merge(Open& map) {
    if (!map.merged) return;
    std::vector<Yaml> maps;
    if (map.merged->is_list())
      maps = std::move(map.merged->items);
    else
      maps.push_back(std::move(*map.merged));
    for (Yaml& from : maps) {
      if (!from.is_map()) {
        reader_.mistake(from,
                        fmt::format("'<<' takes a map or a list of maps, not {}", kind_name(from)),
                        {"", "name the anchor of a map: '<<: *anchor'"});
        continue;
      }
      for (YamlEntry& entry : from.entries)
        if (map.lines.emplace(entry.key.scalar, entry.key.line).second)
          map.node.entries.push_back(std::move(entry));
    }
  }

  [[noreturn]] void stop_deep(const Yaml& node) {
    stop(node, fmt::format("nested more than {} levels deep", kMaxYamlDepth));
  }

  [[noreturn]] void stop(const Yaml& node, std::string message, std::string hint = {}) {
    reader_.mistake(node, std::move(message), {"", std::move(hint)});
    reader_.give_up();
  }

  Reader& reader_;
  const size_t file_;
  Yaml root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Yaml> anchored_;
  size_t aliases_ = 0;
  size_t aliased_values_ = 0;
  YAML::Mark last_mark_;
  YAML::Mark document_;
};

/// A NUL, another control character or a byte that is not UTF-8: no YAML (YAML 1.2, c-printable).
void refuse_binary(Reader& reader, size_t file, const std::string& text) {
  const auto is_plain = [](char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\t'; };
  if (std::all_of(text.begin(), text.end(), is_plain)) return;
  int number = 0;
  for (std::string line : split_lines(text)) {
    ++number;
    std::replace(line.begin(), line.end(), '\t', ' ');
    const std::string shown = printable(line);
    if (shown == line) continue;
    const auto differs = std::mismatch(line.begin(), line.end(), shown.begin(), shown.end()).first;
    reader.mistake(
        Location{reader.path(file), number, static_cast<int>(differs - line.begin()) + 1},
        "this is no text file: it holds a control character or a byte that is not UTF-8");
    reader.give_up();
  }
}

[[noreturn]] void give_up_empty(Reader& reader, size_t file) {
  reader.mistake(Location{reader.path(file), 0, 0}, "the file is empty");
  reader.give_up();
}

[[noreturn]] void give_up_syntax(Reader& reader, size_t file, const YAML::Exception& error,
                                 const YAML::Mark& last_mark) {
  if (error.msg == "illegal document indicator in scalar") {
    reader.mistake(Location{reader.path(file), last_mark.line + 1, last_mark.column + 1},
                   "not YAML: a quote that is opened here or below is never closed");
    reader.give_up();
  }
  const bool block_scalar = error.msg.find("block scalar") != std::string::npos;
  const Location at{reader.path(file), error.mark.line + 1, error.mark.column + 1};
  const std::string_view line = reader.line(at);
  const bool tab = line.starts_with('\t');
  const bool parameter = line.find("${") != std::string_view::npos;
  reader.mistake(at, "not YAML: " + error.msg,
                 {"", block_scalar ? "put text that begins with '>' or '|' in quotes"
                      : tab        ? "YAML is indented with spaces, not with tabs"
                      : parameter  ? "text with '${...}' needs quotes within brackets"
                                   : ""});
  reader.give_up();
}

}  // namespace

const Yaml* Yaml::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const YamlEntry& e) { return e.key.scalar == key; });
  return found == entries.end() ? nullptr : &found->value;
}

Yaml parse_yaml(Reader& reader, const std::string& text, size_t file) {
  refuse_binary(reader, file, text);
  if (trim(text).empty()) give_up_empty(reader, file);
  TreeBuilder builder(reader, file);
  try {
    // yaml-cpp 0.7 takes a quote that is never closed for text up to the end of the file. An end
    // of document inside a quote is an error to it.
    std::istringstream stream(text + "\n...\n");
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) give_up_empty(reader, file);
    Yaml root = builder.take_root();
    if (root.kind == Yaml::Kind::null) give_up_empty(reader, file);
    if (parser.HandleNextDocument(builder)) {
      reader.mistake(Location{reader.path(file), builder.document().line + 1, 1},
                     "a second YAML document begins here, and a file has one",
                     {"", "put it into a file of its own"});
      reader.give_up();
    }
    std::erase_if(root.entries,
                  [](const YamlEntry& entry) { return entry.key.scalar.starts_with("x-"); });
    return root;
  } catch (const YAML::Exception& error) {
    give_up_syntax(reader, file, error, builder.last_mark());
  }
}

}  // namespace fwproof::parse
