#include "base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/text.h"

namespace fwproof {

MachineError MachineError::from_errno(const std::string& attempt, int error_number,
                                      std::string hint) {
  const bool out_of_files = error_number == EMFILE || error_number == ENFILE;
  if (hint.empty() && out_of_files) hint = "raise the limit on open files: ulimit -n";
  return {attempt, std::generic_category().message(error_number), std::move(hint)};
}

std::string to_string(const Diagnostic& d) {
  std::string where = printable(d.file);
  if (d.line > 0) where += fmt::format(":{}", d.line);
  if (d.line > 0 && d.column > 0) where += fmt::format(":{}", d.column);
  std::string text = fmt::format("{}: error: {}", where, printable(d.message));
  if (!d.source_line.empty()) {
    // Escapes before the caret's column widen the line; the caret moves with them.
    const auto before = static_cast<size_t>(std::max(d.column, 1) - 1);
    const size_t indent = 6 + printable(d.source_line.substr(0, before)).size();
    text += fmt::format("\n      {}\n{:>{}}", printable(d.source_line), '^', indent + 1);
    if (!d.caret_note.empty()) text += " " + printable(d.caret_note);
  } else if (!d.caret_note.empty()) {
    text += fmt::format(" ({})", printable(d.caret_note));
  }
  if (!d.hint.empty()) text += "\nhint: " + printable(d.hint);
  return text;
}

namespace {
std::string join(const Diagnostics& diagnostics) {
  std::string text;
  for (const auto& d : diagnostics) text += (text.empty() ? "" : "\n") + to_string(d);
  return text;
}
}  // namespace

BadInput::BadInput(Diagnostics diagnostics)
    : std::runtime_error(join(diagnostics)), diagnostics_(std::move(diagnostics)) {}

}  // namespace fwproof
