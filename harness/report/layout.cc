#include "report/layout.h"

#include <fmt/format.h>

#include "base/text.h"

namespace fwproof::report {
namespace {

/// The parameter of Select Graphic Rendition (ECMA-48, 8.3.117).
int code_of(Paint colour) {
  switch (colour) {
    case Paint::red:
      return 31;
    case Paint::green:
      return 32;
    case Paint::yellow:
      return 33;
    case Paint::bold:
      return 1;
    case Paint::dim:
      return 2;
  }
  return 0;
}

}  // namespace

std::string paint(Style style, Paint colour, std::string_view text) {
  if (!style.colour || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code_of(colour), text);
}

std::string indented(std::string_view text, size_t columns) {
  std::string out;
  for (const auto& line : split_lines(text)) {
    if (!line.empty()) out += std::string(columns, ' ') + line;
    out += '\n';
  }
  return out;
}

std::string labelled(std::string_view label, std::string_view text, size_t columns) {
  std::string out(label);
  out.append(label.size() < columns ? columns - label.size() : 2, ' ');
  bool first = true;
  for (const auto& line : split_lines(text)) {
    if (!first) out += "\n" + std::string(columns, ' ');
    out += line;
    first = false;
  }
  return out + "\n";
}

std::string wrapped(std::string_view list, size_t width) {
  std::string out;
  while (list.size() > width) {
    size_t end = list.rfind(", ", width - 1);
    if (end == std::string_view::npos) end = list.find(", ");
    if (end == std::string_view::npos) break;
    out += std::string(list.substr(0, end)) + ",\n";
    list.remove_prefix(end + 2);
  }
  return out + std::string(list);
}

std::string place(const Location& at) {
  if (at.line == 0) return printable(at.file);
  return fmt::format("{}:{}", printable(at.file), at.line);
}

std::string counted(size_t number, std::string_view singular) {
  return fmt::format("{} {}{}", number, singular, number == 1 ? "" : "s");
}

}  // namespace fwproof::report
