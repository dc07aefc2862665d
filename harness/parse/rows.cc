#include "parse/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "base/text.h"

namespace fwproof::parse {
namespace {

constexpr size_t kMaxRows = 1000;
constexpr size_t kMaxRowName = 64;
constexpr size_t kMaxExpanded = 16 << 20;  // bytes that all rows come to
constexpr std::string_view kOpen = "${";

using Values = std::map<std::string, std::string>;

bool is_good_name(const std::string& name, size_t most) {
  return !name.empty() && name.size() <= most && name.find_first_of("/\n\t${}") == name.npos;
}

class RowsReader {
 public:
  RowsReader(Reader& reader, const Yaml& root) : reader_(reader), root_(root) {}

  std::vector<Row> read() {
    const Yaml* rows = root_.find("rows");
    assert(rows);
    if (!reader_.is_map(*rows, "'rows'")) return {};
    if (rows->entries.empty()) reader_.mistake(*rows, "'rows' names no row");
    if (rows->entries.size() > kMaxRows)
      reader_.mistake(*rows, fmt::format("{} rows are more than the {} allowed",
                                         rows->entries.size(), kMaxRows));
    for (const YamlEntry& row : rows->entries) read_row(row);
    every_row_has_all();
    std::vector<Row> expanded;
    for (const auto& [name, values] : rows_) {
      if (expanded_ > kMaxExpanded) break;
      expanded.push_back({name, without_rows(values)});
    }
    if (expanded_ > kMaxExpanded) {
      reader_.mistake(*rows, fmt::format("the rows come to more than {} MiB", kMaxExpanded >> 20));
      return {};
    }
    every_parameter_is_used(*rows);
    return expanded;
  }

 private:
  void read_row(const YamlEntry& row) {
    const std::string& name = row.key.scalar;
    if (!is_good_name(name, kMaxRowName))
      reader_.mistake(row.key, fmt::format("row name '{}' is not 1 to {} characters without '/', "
                                           "'$', '{{' and '}}'",
                                           name, kMaxRowName));
    Values values;
    if (!reader_.is_map(row.value, fmt::format("row '{}'", name))) return;
    for (const YamlEntry& value : row.value.entries) {
      const std::string& parameter = value.key.scalar;
      if (!is_good_name(parameter, kMaxRowName)) {
        reader_.mistake(value.key, fmt::format("'{}' is no name of a parameter", parameter));
        continue;
      }
      if (!value.value.is_scalar())
        reader_.mistake(value.value, fmt::format("parameter '{}' must be text, not {}", parameter,
                                                 kind_name(value.value)));
      values[parameter] = value.value.scalar;
      parameters_.insert(parameter);
    }
    row_keys_.push_back(&row.key);
    rows_.emplace_back(name, std::move(values));
  }

  void every_row_has_all() {
    for (size_t i = 0; i < rows_.size(); ++i)
      for (const std::string& parameter : parameters_)
        if (!rows_[i].second.contains(parameter))
          reader_.mistake(*row_keys_[i], fmt::format("row '{}' has no '{}', which other rows have",
                                                     rows_[i].first, parameter));
  }

  Yaml without_rows(const Values& values) {
    Yaml tree = root_;
    std::erase_if(tree.entries, [](const YamlEntry& entry) { return entry.key.scalar == "rows"; });
    put_in(tree, values);
    return tree;
  }

  void put_in(Yaml& node, const Values& values) {
    expanded_ += sizeof node;
    if (expanded_ > kMaxExpanded) return;
    if (node.is_scalar()) put_into_text(node, values);
    for (Yaml& item : node.items) put_in(item, values);
    std::set<std::string> keys;
    for (YamlEntry& entry : node.entries) {
      put_into_text(entry.key, values);
      put_in(entry.value, values);
      if (!keys.insert(entry.key.scalar).second)
        mistake_once(entry.key, fmt::format("duplicate key '{}'", entry.key.scalar), {});
    }
  }

  /// "$${" stands for "${" itself.
  void put_into_text(Yaml& scalar, const Values& values) {
    const std::string text = std::exchange(scalar.scalar, "");
    size_t at = 0;
    for (size_t open; expanded_ + scalar.scalar.size() <= kMaxExpanded &&
                      (open = text.find(kOpen, at)) != std::string::npos;) {
      const bool escaped = open > at && text[open - 1] == '$';
      scalar.scalar += text.substr(at, open - at - (escaped ? 1 : 0));
      const size_t close = text.find('}', open);
      if (escaped || close == std::string::npos) {
        scalar.scalar += kOpen;
        at = open + kOpen.size();
        continue;
      }
      const std::string name = text.substr(open + kOpen.size(), close - open - kOpen.size());
      scalar.scalar += value_of(scalar, name, values);
      at = close + 1;
    }
    scalar.scalar += text.substr(at);
    expanded_ += scalar.scalar.size();
  }

  std::string value_of(const Yaml& scalar, const std::string& name, const Values& values) {
    used_.insert(name);
    const auto found = values.find(name);
    if (found != values.end()) return found->second;
    if (parameters_.contains(name)) return {};  // every_row_has_all() has said so
    const std::vector<std::string> known(parameters_.begin(), parameters_.end());
    const std::string note = did_you_mean(name, known);
    mistake_once(scalar, fmt::format("no row has a parameter '{}'", name),
                 {note, note.empty() ? "write '$${' for '${' itself" : ""});
    return {};
  }

  void every_parameter_is_used(const Yaml& rows) {
    for (const std::string& parameter : parameters_)
      if (!used_.contains(parameter))
        reader_.mistake(rows, fmt::format("parameter '{}' is used nowhere", parameter),
                        {"", fmt::format("write ${{{}}} where its value is to stand", parameter)});
  }

  /// What is wrong with the case's text is so in each row.
  void mistake_once(const Yaml& node, const std::string& message, Remedy remedy) {
    if (said_.emplace(node.line, node.column, message).second)
      reader_.mistake(node, message, std::move(remedy));
  }

  Reader& reader_;
  const Yaml& root_;
  std::vector<std::pair<std::string, Values>> rows_;
  std::vector<const Yaml*> row_keys_;
  std::set<std::string> parameters_;
  std::set<std::string> used_;
  size_t expanded_ = 0;
  std::set<std::tuple<int, int, std::string>> said_;
};

}  // namespace

std::vector<Row> expand_rows(Reader& reader, Yaml root) {
  if (root.find("rows")) return RowsReader(reader, root).read();
  std::vector<Row> one;
  one.push_back({"", std::move(root)});
  return one;
}

Diagnostics mistakes_of_rows(const std::vector<Row>& rows,
                             const std::vector<Diagnostics>& of_each) {
  const auto is_in = [](const Diagnostics& all, const Diagnostic& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  };
  Diagnostics merged;
  for (size_t i = 0; i < rows.size(); ++i)
    for (Diagnostic diagnostic : of_each[i]) {
      const bool everywhere =
          std::all_of(of_each.begin(), of_each.end(),
                      [&](const Diagnostics& row) { return is_in(row, diagnostic); });
      if (!everywhere)
        diagnostic.message = fmt::format("in row '{}': {}", rows[i].name, diagnostic.message);
      if (!is_in(merged, diagnostic)) merged.push_back(std::move(diagnostic));
    }
  return merged;
}

}  // namespace fwproof::parse
