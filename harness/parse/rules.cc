#include "parse/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "parse/files.h"
#include "parse/parse.h"
#include "parse/remembered.h"

namespace fwproof::parse {
namespace {

bool is_iptables_line(const std::string& line) {
  return line == "COMMIT" ||
         (line.size() > 1 && line[0] == '*' && std::isalpha(static_cast<unsigned char>(line[1])));
}

bool is_ipset_line(const std::string& line) {
  return line.starts_with("create ") || line.starts_with("add ");
}

RulesFile::Kind kind_by_interpreter(const std::string& first_line) {
  if (first_line.find("nft") != std::string::npos) return RulesFile::Kind::nft;
  if (first_line.find("tables-restore") != std::string::npos) return RulesFile::Kind::iptables_save;
  return RulesFile::Kind::script;
}

RulesFile::Kind kind_of(const std::string& path, const std::string& text,
                        std::optional<RulesFile::Kind> wanted) {
  if (wanted == RulesFile::Kind::script) return *wanted;
  if (path.ends_with(".nft")) return RulesFile::Kind::nft;
  if (text.starts_with("#!")) return kind_by_interpreter(text.substr(0, text.find('\n')));
  if (path.ends_with(".sh")) return RulesFile::Kind::script;
  const auto lines = split_lines(text);
  if (std::any_of(lines.begin(), lines.end(), is_iptables_line))
    return RulesFile::Kind::iptables_save;
  const auto first = std::find_if(lines.begin(), lines.end(), [](const std::string& line) {
    return !trim(line).empty() && !trim(line).starts_with('#');
  });
  // "add" begins a command of nft as well, which goes on with what is added.
  const bool ipset = first != lines.end() && is_ipset_line(*first) &&
                     (path.ends_with(".ipset") || first->starts_with("create ") ||
                      wanted == RulesFile::Kind::ipset);
  return ipset ? RulesFile::Kind::ipset : RulesFile::Kind::nft;
}

[[noreturn]] void refuse(const std::string& path, const std::string& message) {
  Diagnostic d;
  d.file = path;
  d.message = message;
  throw BadInput({d});
}

RulesFile scan(const std::string& path, std::string text, Family family,
               std::optional<RulesFile::Kind> wanted) {
  RulesFile file;
  file.path = path;
  file.text = std::move(text);
  if (file.text.find('\0') != std::string::npos)
    refuse(path, "this is no text file: it holds a NUL");
  if (trim(file.text).empty()) refuse(path, "the file is empty");
  file.kind = kind_of(path, file.text, wanted);
  file.family = family;
  if (file.kind == RulesFile::Kind::nft) file.written = scan_nft(path, file.text);
  if (file.kind == RulesFile::Kind::iptables_save)
    file.written = scan_iptables(path, file.text, family);
  return file;
}

}  // namespace

RulesFile load_rules(const std::string& path, Family family,
                     std::optional<RulesFile::Kind> wanted) {
  static Remembered<std::tuple<std::string, Family, std::optional<RulesFile::Kind>>, RulesFile>
      known;
  std::string text = read_file(path, kMaxRulesBytes);
  return known.get({path, family, wanted}, text, [&] { return scan(path, text, family, wanted); });
}

bool is_whole(const RulesFile& file) {
  if (file.kind == RulesFile::Kind::script) return false;
  if (file.kind != RulesFile::Kind::nft || file.text.find("include") == std::string::npos)
    return true;
  const auto lines = split_lines(file.text);
  return std::none_of(lines.begin(), lines.end(),
                      [](const std::string& line) { return trim(line).starts_with("include"); });
}

}  // namespace fwproof::parse
