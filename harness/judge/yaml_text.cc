#include "judge/yaml_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace fwproof::judge {
namespace {

constexpr size_t kWidest = 80;

bool needs_quotes(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.back() == ':') return true;
  if (std::string_view("!&*?|>%@`'\"#,[]{}:").find(text.front()) != std::string_view::npos)
    return true;
  if (text == "-" || text.starts_with("- ")) return true;
  return text.find_first_of(",[]{}\n\t") != std::string_view::npos ||
         text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos;
}

}  // namespace

std::string yaml_scalar(std::string_view text) {
  if (!needs_quotes(text)) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += c;
  }
  return quoted + "'";
}

std::string yaml_list(const std::vector<std::string>& items) {
  std::vector<std::string> scalars;
  scalars.reserve(items.size());
  for (const std::string& item : items) scalars.push_back(yaml_scalar(item));
  const std::string line = fmt::format("[{}]", fmt::join(scalars, ", "));
  return line.size() <= kWidest ? line : fmt::format("[{}]", fmt::join(scalars, ",\n "));
}

std::string place(const Location& at) {
  return at.line > 0 ? fmt::format(" ({}:{})", at.file, at.line) : std::string();
}

}  // namespace fwproof::judge
