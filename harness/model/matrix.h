// Who reaches whom on which port, as a table of truth: rows send, columns are sent to.
//
//   from     server   outside
//   desk     yes      yes
//   outside  dropped  -
#pragma once

#include <string>
#include <vector>

#include "model/location.h"

namespace fwproof {

struct MatrixCell {
  std::string asserted;  // "yes", "no", an outcome's first word, or "-": not asked
  std::string flow;      // the flow that asks; empty for "-"
};

struct MatrixRow {
  std::string node;
  std::vector<MatrixCell> cells;  // one for each column
};

struct Matrix {
  std::string what;                  // "tcp/80", "icmp"
  std::vector<std::string> columns;  // nodes, addresses, or either with a port of its own
  std::vector<MatrixRow> rows;
  Location at;
};

/// The words that a cell may have.
const std::vector<std::string>& matrix_words();

/// The table as a case writes it, aligned, a line each. `words` has a word for each cell, row by
/// row.
std::string table_text(const Matrix& matrix, const std::vector<std::vector<std::string>>& words);

}  // namespace fwproof
