// The errors of fwproof that are thrown. There are two, for two different people:
//   MachineError  the machine said no (a system call, the kernel, a tool). Exit code 3.
//   BadInput      a file is wrong; carries every diagnostic found. Exit code 2.
// A check that does not hold is neither: it is a finding (model/finding.h). A bug of ours is
// assert.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace fwproof {

/// "what was tried: reason", with the node it was tried in and a hint where there is a cure.
class MachineError : public std::runtime_error {
 public:
  MachineError(const std::string& attempt, const std::string& reason, std::string hint = {})
      : std::runtime_error(attempt + ": " + reason), hint_(std::move(hint)) {}

  /// The reason is strerror(error_number). Where no hint is given and files are too many to open,
  /// the hint is how to allow more.
  static MachineError from_errno(const std::string& attempt, int error_number,
                                 std::string hint = {});

  const std::string& hint() const { return hint_; }

 private:
  std::string hint_;
};

/// One mistake in one file. line and column count from 1; 0 means the file as a whole.
struct Diagnostic {
  std::string file;
  int line = 0;
  int column = 0;
  std::string message;      // lower case, no full stop, user strings in 'single quotes'
  std::string source_line;  // the line as written; empty if there is none to show
  std::string hint;         // something to do, or empty
  std::string caret_note;   // stands behind the caret: "did you mean 'FORWARD'?"

  bool operator==(const Diagnostic&) const = default;
};

using Diagnostics = std::vector<Diagnostic>;

/// As the terminal shows it: `file:line:col: error: message`, the line, a caret, the hint. Control
/// characters in what the user wrote are shown escaped.
std::string to_string(const Diagnostic& diagnostic);

class BadInput : public std::runtime_error {
 public:
  explicit BadInput(Diagnostics diagnostics);
  const Diagnostics& diagnostics() const { return diagnostics_; }

 private:
  Diagnostics diagnostics_;
};

}  // namespace fwproof
