#include "parse/pages.h"

#include <algorithm>
#include <cctype>
#include <regex>

#include "base/text.h"
#include "parse/files.h"

namespace fwproof::parse {
namespace {

constexpr size_t kMaxPage = 1 << 20;

/// The name in the first comment among the block's first two lines: a script begins with "#!".
std::string named_file(const std::string& text) {
  static const std::regex kName(R"(^# ([A-Za-z0-9_./-]+\.[a-z0-9]+)(:| *$))");
  const auto lines = split_lines(text);
  for (size_t i = 0; i < std::min<size_t>(lines.size(), 2); ++i) {
    const std::string line(lines[i]);
    std::smatch found;
    if (std::regex_search(line, found, kName)) return found[1];
  }
  return {};
}

}  // namespace

std::vector<PageBlock> blocks_of(const std::string& page) {
  std::vector<PageBlock> blocks;
  bool inside = false;
  int number = 0;
  for (const auto& line : split_lines(page)) {
    ++number;
    const bool fence = std::string_view(line).starts_with("```");
    if (fence && !inside) {
      blocks.push_back({std::string(trim(std::string_view(line).substr(3))), "", number, ""});
    } else if (inside && !fence) {
      blocks.back().text += std::string(line) + "\n";
    }
    inside = fence ? !inside : inside;
  }
  for (PageBlock& block : blocks) block.file = named_file(block.text);
  return blocks;
}

std::vector<PageKey> keys_in(const std::string& page) {
  static const std::regex kHeading("^#+ (.*)$");
  static const std::regex kKey(R"(^\| `([^`]+)` \|)");
  std::vector<PageKey> keys;
  std::string heading;
  bool inside = false;
  bool fenced = false;
  int number = 0;
  for (const auto& of_page : split_lines(page)) {
    ++number;
    const std::string line(of_page);
    std::smatch found;
    if (line.starts_with("```")) fenced = !fenced;
    if (fenced) continue;
    if (std::regex_match(line, found, kHeading)) {
      heading = found[1];
      std::transform(heading.begin(), heading.end(), heading.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    }
    inside = line.starts_with("| key |") || (inside && line.starts_with("|"));
    if (inside && std::regex_search(line, found, kKey)) keys.push_back({heading, found[1], number});
  }
  return keys;
}

std::string read_page(const std::string& path_in_the_source) {
  return read_file(std::string(FWPROOF_SOURCE_DIR "/") + path_in_the_source, kMaxPage);
}

}  // namespace fwproof::parse
