#include "model/matrix.h"

#include <algorithm>

namespace fwproof {

const std::vector<std::string>& matrix_words() {
  static const std::vector<std::string> kWords{"yes",      "no",         "-",       "connected",
                                               "answered", "refused",    "dropped", "rejected",
                                               "lost",     "unreachable"};
  return kWords;
}

std::string table_text(const Matrix& matrix, const std::vector<std::vector<std::string>>& words) {
  std::vector<std::vector<std::string>> table{{"from"}};
  table[0].insert(table[0].end(), matrix.columns.begin(), matrix.columns.end());
  for (size_t r = 0; r < matrix.rows.size(); ++r) {
    table.push_back({matrix.rows[r].node});
    table.back().insert(table.back().end(), words[r].begin(), words[r].end());
  }
  std::string text;
  for (const auto& row : table) {
    for (size_t c = 0; c < row.size(); ++c) {
      size_t width = 0;
      for (const auto& other : table) width = std::max(width, other[c].size());
      text += row[c];
      if (c + 1 < row.size()) text.append(width - row[c].size() + 2, ' ');
    }
    text += '\n';
  }
  text.pop_back();
  return text;
}

}  // namespace fwproof
