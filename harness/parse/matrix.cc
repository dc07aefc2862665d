#include "parse/matrix.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "parse/endpoint.h"
#include "parse/parse.h"

namespace fwproof::parse {
namespace {

/// A word of the table with its place in the file.
struct TableWord {
  std::string text;
  Location at;
};
using TableRow = std::vector<TableWord>;

/// The words of a block scalar, line by line. Its first line stands below the key's.
std::vector<TableRow> read_table(Reader& reader, const Yaml& scalar) {
  std::vector<TableRow> rows;
  Location at = reader.at(scalar);
  for (const auto& text : split_lines(scalar.scalar)) {
    ++at.line;
    const std::string_view source = reader.line(at);
    TableRow row;
    size_t from = 0;
    for (const std::string& word : split_words(text)) {
      const size_t found = source.find(word, from);
      const bool known = found != std::string_view::npos;
      at.column = static_cast<int>(found) + 1;
      row.push_back({word, known ? at : reader.at(scalar)});
      if (known) from = found + word.size();
    }
    if (!row.empty()) rows.push_back(std::move(row));
  }
  return rows;
}

/// "tcp" and "80" of "tcp/80", "icmp" and "" of "icmp".
struct Asked {
  std::string protocol;
  std::string port;
};

Asked split_asked(const std::string& what) {
  const size_t slash = what.find('/');
  if (slash == std::string::npos) return {what, ""};
  return {what.substr(0, slash), what.substr(slash + 1)};
}

/// The column as the destination of a flow: with the port of the table, if it has none of its own.
std::string destination(const std::string& column, const std::string& port) {
  if (port.empty() || split_host_port(column).port) return column;
  const auto address = IpAddress::parse(column);
  if (address && address->is_v6()) return fmt::format("[{}]:{}", column, port);
  return fmt::format("{}:{}", column, port);
}

class MatrixReader {
 public:
  MatrixReader(Reader& reader, const YamlEntry& entry, const Topology& topology,
               std::vector<Flow>& flows)
      : reader_(reader), entry_(entry), topology_(topology), flows_(flows) {}

  std::optional<Matrix> read() {
    matrix_.what = entry_.key.scalar;
    matrix_.at = reader_.at(entry_.key);
    if (!reader_.text(entry_.value, "a table")) return std::nullopt;
    const std::vector<TableRow> rows = read_table(reader_, entry_.value);
    if (rows.size() < 2 || rows[0].size() < 2 || rows[0][0].text != "from") {
      reader_.mistake(entry_.value,
                      fmt::format("'{}' has no table: a line of columns that begins with 'from', "
                                  "and a line for each node that sends",
                                  matrix_.what),
                      {"", "write 'tcp/80: |', and below it 'from web' and 'client yes'"});
      return std::nullopt;
    }
    for (size_t c = 1; c < rows[0].size(); ++c) add_column(rows[0][c]);
    for (size_t r = 1; r < rows.size(); ++r) add_row(rows[r]);
    return sound_ ? std::optional(std::move(matrix_)) : std::nullopt;
  }

 private:
  void mistake(const Location& at, const std::string& message, Remedy remedy = {}) {
    reader_.mistake(at, message, std::move(remedy));
    sound_ = false;
  }

  void add_column(const TableWord& word) {
    const std::string host = split_host_port(word.text).host;
    if (!IpAddress::parse(host)) check_node(word, host);
    const auto& columns = matrix_.columns;
    if (std::find(columns.begin(), columns.end(), word.text) != columns.end())
      mistake(word.at, fmt::format("'{}' has two columns", word.text));
    matrix_.columns.push_back(word.text);
  }

  void check_node(const TableWord& word, const std::string& name) {
    if (topology_.find_node(name)) return;
    const auto names = node_names(topology_);
    const std::string note = did_you_mean(name, names);
    mistake(word.at, fmt::format("unknown node '{}'", name),
            {note, note.empty() ? fmt::format("the nodes are: {}", fmt::join(names, ", ")) : ""});
  }

  void add_row(const TableRow& words) {
    const std::string& node = words[0].text;
    check_node(words[0], node);
    if (!senders_.insert(node).second) mistake(words[0].at, fmt::format("'{}' has two rows", node));
    if (words.size() != matrix_.columns.size() + 1) {
      mistake(words[0].at, fmt::format("the row of '{}' has {} cells, and the table {} columns",
                                       node, words.size() - 1, matrix_.columns.size()));
      return;
    }
    MatrixRow row{node, {}};
    for (size_t c = 1; c < words.size(); ++c) row.cells.push_back(read_cell(node, c - 1, words[c]));
    matrix_.rows.push_back(std::move(row));
  }

  MatrixCell read_cell(const std::string& node, size_t column, const TableWord& word) {
    const auto& known = matrix_words();
    if (std::find(known.begin(), known.end(), word.text) == known.end()) {
      const std::string note = did_you_mean(word.text, known);
      mistake(word.at, fmt::format("unknown word '{}' in a table", word.text),
              {note, note.empty() ? fmt::format("it is one of: {}", fmt::join(known, ", ")) : ""});
    }
    MatrixCell cell{word.text, ""};
    if (word.text == "-" || !sound_) return cell;
    const Asked asked = split_asked(matrix_.what);
    const std::string& to = matrix_.columns[column];
    try {
      Flow flow =
          parse_flow(fmt::format("{} {} -> {}", asked.protocol, node, destination(to, asked.port)),
                     topology_, word.at);
      // No '/': the name is also one of files, where evidence is kept.
      flow.name = asked.port.empty()
                      ? fmt::format("{}: {} to {}", asked.protocol, node, to)
                      : fmt::format("{} {}: {} to {}", asked.protocol, asked.port, node, to);
      cell.flow = flow.name;
      flows_.push_back(std::move(flow));
    } catch (const BadInput& bad) {
      const Diagnostic& first = bad.diagnostics().front();
      mistake(matrix_.at, fmt::format("'{}' to '{}': {}", matrix_.what, to, first.message),
              {"", first.hint});
    }
    return cell;
  }

  Reader& reader_;
  const YamlEntry& entry_;
  const Topology& topology_;
  std::vector<Flow>& flows_;
  Matrix matrix_;
  std::set<std::string> senders_;
  bool sound_ = true;
};

}  // namespace

std::vector<Matrix> read_matrices(Reader& reader, const Yaml& map, const Topology& topology,
                                  std::vector<Flow>& flows) {
  std::vector<Matrix> all;
  if (!reader.is_map(map, "'matrix'")) return all;
  for (const YamlEntry& entry : map.entries)
    if (auto matrix = MatrixReader(reader, entry, topology, flows).read())
      all.push_back(std::move(*matrix));
  if (map.entries.empty()) reader.mistake(map, "'matrix' has no table");
  return all;
}

}  // namespace fwproof::parse
