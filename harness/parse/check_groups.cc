#include "parse/check_groups.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "base/text.h"
#include "parse/files.h"

namespace fwproof::parse {
namespace {

/// Adds the checks of a group to those of a flow.
class Merge {
 public:
  Merge(Reader& reader, const Yaml& name, FlowChecks& into, FlowChecks group)
      : reader_(reader), name_(name), into_(into), group_(std::move(group)) {}

  void run() {
    value(&FlowChecks::outcome, "outcome");
    value(&FlowChecks::dropped, "dropped");
    value(&FlowChecks::cause, "cause");
    value(&FlowChecks::reaches, "reaches");
    value(&FlowChecks::seen_as, "seen as");
    value(&FlowChecks::answered_from, "answered from");
    value(&FlowChecks::program, "exit', 'output");
    list(&FlowChecks::walks);
    list(&FlowChecks::hooks);
    list(&FlowChecks::conntrack);
    list(&FlowChecks::expectations);
    list(&FlowChecks::captures);
  }

 private:
  template <typename Check>
  void value(std::optional<Check> FlowChecks::*member, const char* key) {
    if (!(group_.*member)) return;
    if (into_.*member)
      reader_.mistake(name_, fmt::format("'{}' is said by '{}' and once more", key, name_.scalar));
    into_.*member = std::move(group_.*member);
  }

  template <typename Check>
  void list(std::vector<Check> FlowChecks::*member) {
    std::move((group_.*member).begin(), (group_.*member).end(), std::back_inserter(into_.*member));
  }

  Reader& reader_;
  const Yaml& name_;
  FlowChecks& into_;
  FlowChecks group_;
};

void read_group(Reader& reader, const Yaml& name, const Flow* flow, const CheckScope& scope,
                FlowChecks& checks) {
  const auto text = reader.text(name, "'use'");
  if (!text) return;
  const Search search = search_checks(*text, reader.path());
  if (!search.found) {
    reader.mistake(name, fmt::format("no group of checks '{}'", *text),
                   {did_you_mean(*text, search.candidates), describe_places(search)});
    return;
  }
  try {
    const std::string yaml = read_file(*search.found, kMaxYamlBytes);
    Reader of_group(*search.found, yaml);
    YamlEntry entry;
    entry.key.kind = Yaml::Kind::scalar;
    entry.key.scalar = checks.flow;
    entry.value = parse_yaml(of_group, yaml);
    if (const Yaml* nested = entry.value.find("use"))
      of_group.mistake(*nested, "a group of checks cannot use another");
    std::erase_if(entry.value.entries, [](const YamlEntry& e) { return e.key.scalar == "use"; });
    Merge(reader, name, checks, read_flow_checks(of_group, entry, flow, scope)).run();
    reader.add(of_group.mistakes());
  } catch (const BadInput& bad) {
    reader.add(bad.diagnostics());
  }
}

}  // namespace

void read_groups(Reader& reader, const Yaml& value, const Flow* flow, const CheckScope& scope,
                 FlowChecks& checks) {
  if (value.is_list() && value.items.empty()) reader.mistake(value, "'use' names no group");
  for (const Yaml* name : reader.one_or_more(value, "'use'"))
    read_group(reader, *name, flow, scope, checks);
}

}  // namespace fwproof::parse
