#include "report/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace fwproof::report {
namespace {

constexpr size_t kContext = 3;  // lines around each change

struct Line {
  char mark;  // ' ', '-' or '+'
  std::string text;
};

/// Common lines are those of a longest common subsequence.
std::vector<Line> compared(const std::vector<std::string>& before,
                           const std::vector<std::string>& after) {
  size_t first = 0;
  while (first < std::min(before.size(), after.size()) && before[first] == after[first]) ++first;
  size_t last = 0;
  while (last < std::min(before.size(), after.size()) - first &&
         before[before.size() - 1 - last] == after[after.size() - 1 - last])
    ++last;
  const size_t rows = before.size() - first - last;
  const size_t columns = after.size() - first - last;
  std::vector<std::vector<uint32_t>> common(rows + 1, std::vector<uint32_t>(columns + 1, 0));
  for (size_t i = rows; i-- > 0;)
    for (size_t j = columns; j-- > 0;)
      common[i][j] = before[first + i] == after[first + j]
                         ? common[i + 1][j + 1] + 1
                         : std::max(common[i + 1][j], common[i][j + 1]);
  std::vector<Line> lines;
  for (size_t i = 0; i < first; ++i) lines.push_back({' ', before[i]});
  for (size_t i = 0, j = 0; i < rows || j < columns;) {
    if (i < rows && j < columns && before[first + i] == after[first + j]) {
      lines.push_back({' ', before[first + i++]});
      ++j;
    } else if (i < rows && (j == columns || common[i + 1][j] >= common[i][j + 1])) {
      lines.push_back({'-', before[first + i++]});
    } else {
      lines.push_back({'+', after[first + j++]});
    }
  }
  for (size_t i = before.size() - last; i < before.size(); ++i) lines.push_back({' ', before[i]});
  return lines;
}

/// Where the hunk that begins at the change `at` ends: at a change with no other one near.
size_t end_of_hunk(const std::vector<Line>& lines, size_t at) {
  size_t end = at;
  for (size_t i = at; i < lines.size() && i <= end + 2 * kContext; ++i)
    if (lines[i].mark != ' ') end = i;
  return std::min(end + kContext + 1, lines.size());
}

}  // namespace

std::string diff(const std::string& path, const std::string& before, const std::string& after) {
  if (before == after) return {};
  const std::vector<Line> lines = compared(split_lines(before), split_lines(after));
  std::string text = fmt::format("--- {}\n+++ {}\n", path, path);
  size_t old_line = 1;
  size_t new_line = 1;
  for (size_t i = 0; i < lines.size();) {
    size_t change = i;
    while (change < lines.size() && lines[change].mark == ' ') ++change;
    if (change == lines.size()) break;
    const size_t begin = std::max(i, change - std::min(change, kContext));
    const size_t end = end_of_hunk(lines, change);
    old_line += begin - i;
    new_line += begin - i;
    std::string body;
    size_t old_count = 0;
    size_t new_count = 0;
    for (size_t at = begin; at < end; ++at) {
      body += lines[at].mark + printable(lines[at].text) + "\n";
      old_count += lines[at].mark != '+';
      new_count += lines[at].mark != '-';
    }
    text += fmt::format("@@ -{},{} +{},{} @@\n{}", old_line, old_count, new_line, new_count, body);
    old_line += old_count;
    new_line += new_count;
    i = end;
  }
  return text;
}

}  // namespace fwproof::report
