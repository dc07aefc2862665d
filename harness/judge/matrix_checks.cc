#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "judge/checks.h"
#include "judge/outcome.h"

namespace fwproof::judge {
namespace {

constexpr size_t kCellsTold = 8;  // in words, of those that are wrong

bool is_served(const std::string& outcome) {
  return outcome == "connected" || outcome == "answered";
}

/// What was asked in one cell, and how it went.
struct Asked {
  const Flow* flow = nullptr;
  const FlowSeen* seen = nullptr;
};

Asked find(const Case& c, const Seen& seen, const std::string& name) {
  Asked asked;
  for (const Flow& flow : c.flows)
    if (flow.name == name) asked.flow = &flow;
  for (const FlowSeen& flow : seen.flows)
    if (flow.flow == name) asked.seen = &flow;
  return asked;
}

bool fits(const MatrixCell& cell, const Asked& asked) {
  const bool served = is_served(outcome_of(*asked.flow, *asked.seen));
  if (cell.asserted == "yes") return served;
  if (cell.asserted == "no") return !served;
  return has_outcome(*asked.flow, *asked.seen, cell.asserted);
}

/// The outcome as a cell may say it.
std::string cell_word(const std::string& outcome) {
  if (is_served(outcome)) return "yes";
  const std::string first = split_words(outcome).front();
  const auto& known = matrix_words();
  return std::find(known.begin(), known.end(), first) == known.end() ? "no" : first;
}

class MatrixJudge {
 public:
  MatrixJudge(const Case& c, const Matrix& matrix, const Seen& seen)
      : case_(c), matrix_(matrix), seen_(seen) {}

  void judge(Judgement& judgement) {
    for (const MatrixRow& row : matrix_.rows) {
      asserted_.emplace_back();
      found_.emplace_back();
      for (size_t c = 0; c < row.cells.size(); ++c) look_at(row, c);
    }
    Finding f;
    f.check = "matrix " + matrix_.what;
    f.asserted = table_text(matrix_, asserted_);
    f.seen = table_text(matrix_, found_);
    f.flow = first_wrong_;
    f.packet = packet_;
    f.note = note_;
    if (wrong_ > kCellsTold) f.note += fmt::format("\nand {} more", wrong_ - kCellsTold);
    f.at = matrix_.at;
    judgement.settle(wrong_ == 0, std::move(f));
  }

 private:
  void look_at(const MatrixRow& row, size_t column) {
    const MatrixCell& cell = row.cells[column];
    asserted_.back().push_back(cell.asserted);
    const Asked asked = find(case_, seen_, cell.flow);
    // A flow of which nothing tells how it went is an error of the case already (judge.cc).
    if (!asked.flow || !asked.seen || fits(cell, asked)) {
      found_.back().push_back(cell.asserted);
      return;
    }
    const std::string outcome = outcome_of(*asked.flow, *asked.seen);
    found_.back().push_back(cell_word(outcome));
    if (++wrong_ > kCellsTold) return;
    const Walk* walk = deciding_walk(*asked.flow, *asked.seen);
    note_ += fmt::format("{}{} to {}: asserted {}, seen {}", note_.empty() ? "" : "\n", row.node,
                         matrix_.columns[column], cell.asserted, outcome);
    if (walk) note_ += fmt::format(", '{}' {}", walk->name, to_string(walk->end));
    if (wrong_ > 1) return;
    first_wrong_ = cell.flow;
    if (walk) packet_ = walk->name;
  }

  const Case& case_;
  const Matrix& matrix_;
  const Seen& seen_;
  std::vector<std::vector<std::string>> asserted_;
  std::vector<std::vector<std::string>> found_;
  size_t wrong_ = 0;
  std::string first_wrong_;
  std::string packet_;
  std::string note_;
};

}  // namespace

void check_matrices(const Case& c, const Seen& seen, Judgement& judgement) {
  for (const Matrix& matrix : c.matrices) MatrixJudge(c, matrix, seen).judge(judgement);
}

}  // namespace fwproof::judge
