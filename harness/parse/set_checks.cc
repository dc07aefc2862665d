// Checks of what sets hold at the end.
#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "base/text.h"
#include "parse/assertions.h"
#include "parse/endpoint.h"
#include "parse/keys.h"
#include "parse/rules.h"
#include "parse/words.h"

namespace fwproof::parse {
namespace {

/// The sets that a file of rules makes, as far as a light scan can tell.
void add_names(const RulesFile& file, std::vector<std::string>& names) {
  static const std::regex of_nft(R"((^|[\s;{}])(set|map|meter)\s+([^\s;{}"']+))");
  static const std::regex of_ipset(R"((^|\n)\s*(create|-N)\s+(\S+))");
  static const std::regex of_recent(R"((-m\s+recent)(\s[^\n]*?--name\s+(\S+))?)");
  const std::regex& pattern = file.kind == RulesFile::Kind::nft     ? of_nft
                              : file.kind == RulesFile::Kind::ipset ? of_ipset
                                                                    : of_recent;
  for (std::sregex_iterator found(file.text.begin(), file.text.end(), pattern), end; found != end;
       ++found)
    names.push_back((*found)[3].matched ? (*found)[3].str() : "DEFAULT");
}

/// Nothing where a program or a script may make sets of its own.
std::optional<std::vector<std::string>> known_sets(const CheckScope& scope, const Node& node) {
  if (!scope.rules_known) return std::nullopt;
  std::vector<std::string> names;
  for (const RulesFile* file : files_of(scope.of, node.name)) {
    if (!is_whole(*file)) return std::nullopt;
    add_names(*file, names);
  }
  const bool programs =
      std::any_of(scope.of.flows.begin(), scope.of.flows.end(),
                  [&](const Flow& f) { return f.kind == FlowKind::exec && f.node == node.name; });
  if (programs) return std::nullopt;
  return names;
}

class SetReader {
 public:
  SetReader(Reader& reader, const CheckScope& scope, const Node& node)
      : reader_(reader), node_(node), known_(known_sets(scope, node)) {}

  std::optional<SetCheck> read(const YamlEntry& entry) {
    SetCheck check;
    check.node = node_.name;
    check.at = reader_.at(entry.key);
    check.text = entry.key.scalar;
    if (!read_name(entry.key, check)) return std::nullopt;
    const Yaml& value = entry.value;
    if (value.is_map()) {
      if (!reader_.check_map(value, "what a set holds", keys_of(MapKind::contents_of_a_set)))
        return std::nullopt;
      if (value.entries.empty()) reader_.mistake(value, "a check of a set needs 'has' or 'lacks'");
      if (const Yaml* has = value.find("has")) check.has = elements(*has, "'has'");
      if (const Yaml* lacks = value.find("lacks")) check.lacks = elements(*lacks, "'lacks'");
      return check;
    }
    check.whole = true;
    if (value.is_list() || value.scalar != "none") check.has = elements(value, "a set");
    return check;
  }

 private:
  bool read_name(const Yaml& key, SetCheck& check) {
    Words words(reader_, key, "a set");
    if (!words.valid()) return false;
    if (words.left() > 3) {
      words.mistake(fmt::format("'{}' is not a set", key.scalar),
                    {"", "write [[FAMILY] TABLE] SET, 'ipset SET' or 'recent LIST'"});
      return false;
    }
    if (words.left() == 3) {
      const Word family = words.take();
      check.family = parse_family(family.text);
      if (!check.family) {
        words.mistake(
            family, fmt::format("unknown family '{}'", family.text),
            {did_you_mean(family.text, {"ip", "ip6", "inet", "arp", "bridge", "netdev"}), ""});
        return false;
      }
    }
    if (words.left() == 2) check.table = words.take().text;
    const Word name = words.take();
    check.name = name.text;
    if (!known_ || std::find(known_->begin(), known_->end(), name.text) != known_->end())
      return true;
    words.mistake(name, fmt::format("no rules of node '{}' make a set '{}'", node_.name, name.text),
                  {did_you_mean(name.text, *known_), ""});
    return false;
  }

  std::vector<SetElement> elements(const Yaml& value, const std::string& what) {
    std::vector<SetElement> all;
    if (value.is_list() && value.items.empty())
      reader_.mistake(value, what + " names no element", {"", "of an empty set write 'none'"});
    for (const Yaml* item : reader_.one_or_more(value, what)) {
      const auto text = reader_.text(*item, "an element");
      if (!text) continue;
      const auto words = split_words(*text);
      if (std::find(words.begin(), words.end(), "expires") != words.end())
        reader_.mistake(*item, "what is left of an element's time changes while a case runs",
                        {"", "'timeout' says how long it stays from when it is added"});
      all.push_back(read_set_element(*text));
      if (all.back().key.empty())
        reader_.mistake(*item, fmt::format("'{}' is not an element", *text));
    }
    return all;
  }

  Reader& reader_;
  const Node& node_;
  std::optional<std::vector<std::string>> known_;
};

}  // namespace

std::vector<SetCheck> read_set_checks(Reader& reader, const Yaml& map, const CheckScope& scope) {
  std::vector<SetCheck> all;
  if (!reader.is_map(map, "'sets'")) return all;
  for (const YamlEntry& of_node : map.entries) {
    const Node* node = find_node(reader, of_node.key, scope.of.topology);
    if (!node || !reader.is_map(of_node.value, "the sets of a node")) continue;
    SetReader sets(reader, scope, *node);
    for (const YamlEntry& entry : of_node.value.entries)
      if (auto check = sets.read(entry)) all.push_back(std::move(*check));
  }
  return all;
}

}  // namespace fwproof::parse
