#include "judge/yaml_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace fwproof::judge {
namespace {

constexpr size_t kWidest = 80;

}  // namespace

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
