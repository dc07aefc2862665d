#include "parse/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/text.h"
#include "parse/files.h"
#include "parse/parse.h"

namespace fwproof::parse {
namespace {

bool is_iptables_line(const std::string& line) {
  return line == "COMMIT" ||
         (line.size() > 1 && line[0] == '*' && std::isalpha(static_cast<unsigned char>(line[1])));
}

RulesFile::Kind kind_of(const std::string& path, const std::string& text) {
  if (path.ends_with(".nft")) return RulesFile::Kind::nft;
  const auto lines = split_lines(text);
  const bool iptables = std::any_of(lines.begin(), lines.end(), is_iptables_line);
  return iptables ? RulesFile::Kind::iptables_save : RulesFile::Kind::nft;
}

[[noreturn]] void refuse(const std::string& path, const std::string& message) {
  Diagnostic d;
  d.file = path;
  d.message = message;
  throw BadInput({d});
}

}  // namespace

RulesFile load_rules(const std::string& path, Family family) {
  RulesFile file;
  file.path = path;
  file.text = read_file(path, kMaxRulesBytes);
  if (file.text.find('\0') != std::string::npos)
    refuse(path, "this is no text file: it holds a NUL");
  if (trim(file.text).empty()) refuse(path, "the file is empty");
  file.kind = kind_of(path, file.text);
  file.family = family;
  file.written = file.kind == RulesFile::Kind::nft ? scan_nft(path, file.text)
                                                   : scan_iptables(path, file.text, family);
  return file;
}

bool is_whole(const RulesFile& file) {
  if (file.kind != RulesFile::Kind::nft || file.text.find("include") == std::string::npos)
    return true;
  const auto lines = split_lines(file.text);
  return std::none_of(lines.begin(), lines.end(),
                      [](const std::string& line) { return trim(line).starts_with("include"); });
}

}  // namespace fwproof::parse
