#include "parse/mutants.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "parse/endpoint.h"
#include "parse/keys.h"
#include "parse/step.h"
#include "parse/topology.h"

namespace fwproof::parse {
namespace {

using Says = StepPattern::Says;

/// Reads the changes of one node.
class MutantReader {
 public:
  MutantReader(Reader& reader, const CheckScope& scope, const Node& node)
      : reader_(reader), scope_(scope), node_(node) {}

  std::vector<Mutant> read(const Yaml& changes) {
    const bool good = reader_.check_map(changes, "a mutant", keys_of(MapKind::mutant_of_a_node));
    if (good && changes.entries.empty()) reader_.mistake(changes, "a mutant that changes nothing");
    if (!good) return {};
    for (const YamlEntry& change : changes.entries) read_change(change.key, change.value);
    return std::move(mutants_);
  }

 private:
  void read_change(const Yaml& key, const Yaml& value) {
    const std::string& change = key.scalar;
    if (change == "remove") read_remove(key, value);
    if (change == "policy") read_policy(key, value);
    if (change == "insert") read_added_rule(key, value, Mutant::Kind::insert);
    if (change == "append") read_added_rule(key, value, Mutant::Kind::append);
    if (change == "sysctl") read_sysctl(value);
    if (change == "forwarding") read_forwarding(key, value);
    if (change == "service") read_service_taken(key, value);
    if (change == "routes") read_none(key, value, Mutant::Kind::route);
    if (change == "neighbours") read_none(key, value, Mutant::Kind::neighbours);
    if (change == "script") read_script(key, value);
  }

  Mutant& add(const Yaml& key, Mutant::Kind kind) {
    Mutant& mutant = mutants_.emplace_back();
    mutant.node = node_.name;
    mutant.kind = kind;
    mutant.at = reader_.at(key);
    return mutant;
  }

  std::optional<StepPattern> read_place(const Yaml& value, std::string_view what) {
    Words words(reader_, value, what);
    auto step = read_step(words, {scope_.of, node_, scope_.rules_known, false});
    if (!step || step->rule_handle == 0) return step;
    reader_.mistake(value, "a rule that is not loaded yet has no handle",
                    {"", "name it by its number, its comment or its line"});
    return std::nullopt;
  }

  void read_remove(const Yaml& key, const Yaml& value) {
    const auto step = read_place(value, "'remove'");
    if (step && step->says != Says::rule)
      reader_.mistake(value, fmt::format("'{}' names no rule", step->text),
                      {"", "write such as 'filter INPUT rule 1'"});
    else if (step)
      add(key, Mutant::Kind::remove).step = *step;
  }

  /// "filter INPUT ACCEPT".
  void read_policy(const Yaml& key, const Yaml& value) {
    const auto step = read_place(value, "'policy'");
    if (!step) return;
    const bool known =
        equals_ignore_case(step->target, "ACCEPT") || equals_ignore_case(step->target, "DROP");
    if (!known || step->says == Says::rule || step->says == Says::return_) {
      reader_.mistake(value, fmt::format("'{}' sets no policy", step->text),
                      {"", "write such as 'filter INPUT ACCEPT' or 'filter INPUT DROP'"});
      return;
    }
    Mutant& mutant = add(key, Mutant::Kind::policy);
    mutant.step = *step;
    mutant.text = step->target;
    mutant.step.target.clear();
  }

  /// {before: filter INPUT rule 1, rule: -p tcp -j DROP}, {to: filter INPUT, rule: ...}
  void read_added_rule(const Yaml& key, const Yaml& map, Mutant::Kind kind) {
    const bool insert = kind == Mutant::Kind::insert;
    const char* place_key = insert ? "before" : "to";
    const MapKind map_kind = insert ? MapKind::rule_to_insert : MapKind::rule_to_append;
    const std::string what = fmt::format("'{}'", key.scalar);
    if (!reader_.check_map(map, what, keys_of(map_kind))) return;
    const Yaml* place = map.find(place_key);
    const Yaml* rule = map.find("rule");
    if (!place || !rule) {
      reader_.mistake(key, fmt::format("{} needs '{}'", what, place ? "rule" : place_key));
      return;
    }
    const auto step = read_place(*place, fmt::format("'{}'", place_key));
    if (!step) return;
    Mutant& mutant = add(key, kind);
    mutant.step = *step;
    if (!rule->is_map()) {
      mutant.text = reader_.text(*rule, "'rule'").value_or("");
      return;
    }
    reader_.check_map(*rule, "'rule'", keys_of(MapKind::rule_text));
    for (const YamlEntry& entry : rule->entries) {
      const auto text = reader_.text(entry.value, fmt::format("'{}'", entry.key.scalar));
      (entry.key.scalar == "nft" ? mutant.nft_text : mutant.text) = text.value_or("");
    }
  }

  void read_sysctl(const Yaml& map) {
    if (!reader_.is_map(map, "'sysctl'")) return;
    for (const YamlEntry& entry : map.entries) {
      const bool good = check_sysctl_key(reader_, entry.key);
      const auto value = reader_.text(entry.value, fmt::format("sysctl '{}'", entry.key.scalar));
      if (!good || !value) continue;
      Mutant& mutant = add(entry.key, Mutant::Kind::sysctl);
      mutant.key = entry.key.scalar;
      mutant.text = *value;
    }
  }

  void read_forwarding(const Yaml& key, const Yaml& value) {
    if (const auto on = reader_.boolean(value, "'forwarding'"))
      add(key, Mutant::Kind::forwarding).text = *on ? "true" : "false";
  }

  void read_service_taken(const Yaml& key, const Yaml& value) {
    const auto service = read_service(reader_, value);
    if (!service) return;
    const auto is_meant = [&](const Service& known) {
      return known.transport == service->transport && known.port == service->port &&
             (!service->address || known.address == service->address);
    };
    if (std::none_of(node_.services.begin(), node_.services.end(), is_meant)) {
      reader_.mistake(value, fmt::format("node '{}' has no service '{}'", node_.name, value.scalar),
                      {"", services()});
      return;
    }
    add(key, Mutant::Kind::service).text = value.scalar;
  }

  std::string services() const {
    std::vector<std::string> names;
    for (const Service& service : node_.services)
      names.push_back(fmt::format("{}/{}", to_string(service.transport), service.port));
    if (names.empty()) return "it has none";
    return fmt::format("its services are: {}", fmt::join(names, ", "));
  }

  void read_none(const Yaml& key, const Yaml& value, Mutant::Kind kind) {
    if (value.is_scalar() && value.scalar == "none")
      add(key, kind);
    else
      reader_.mistake(value, fmt::format("'{}' of a mutant can only be 'none'", key.scalar));
  }

  /// `script: [FILE, ARGUMENTS...]`: a script of the node's rules, with other arguments.
  void read_script(const Yaml& key, const Yaml& value) {
    const auto words = reader_.one_or_more(value, "a script");
    if (value.is_list() && words.empty()) reader_.mistake(value, "'script' names no file");
    if (words.empty()) return;
    const auto name = reader_.text(*words.front(), "a script");
    if (!name) return;
    if (const auto scripts = scripts_of_node();
        scope_.rules_known && std::none_of(scripts.begin(), scripts.end(), [&](const auto& path) {
          return is_path_end(*name, path);
        })) {
      reader_.mistake(*words.front(),
                      fmt::format("node '{}' runs no script '{}'", node_.name, *name),
                      {"", scripts.empty() ? "its rules are no script"
                                           : fmt::format("it runs: {}", fmt::join(scripts, ", "))});
      return;
    }
    Mutant& mutant = add(key, Mutant::Kind::script);
    mutant.text = *name;
    for (size_t i = 1; i < words.size(); ++i)
      mutant.arguments.push_back(reader_.text(*words[i], "an argument").value_or(""));
  }

  std::set<std::string> scripts_of_node() const {
    std::set<std::string> paths;
    for (const auto& [backend, nodes] : scope_.of.rules)
      for (const NodeRules& rules : nodes)
        for (const RulesFile& file : rules.files)
          if (rules.node == node_.name && file.kind == RulesFile::Kind::script)
            paths.insert(file.path);
    return paths;
  }

  Reader& reader_;
  const CheckScope& scope_;
  const Node& node_;
  std::vector<Mutant> mutants_;
};

}  // namespace

namespace {

constexpr std::string_view kWithoutStep = "without step";

/// {without step: 2}
std::optional<Mutant> read_without_step(Reader& reader, const YamlEntry& entry, const Case& of) {
  if (of.steps.empty()) {
    reader.mistake(entry.key, "the case has no 'steps'");
    return std::nullopt;
  }
  const auto number = reader.number(entry.value, "'without step'", 1, of.steps.size());
  if (!number) return std::nullopt;
  const CaseStep& step = of.steps[*number - 1];
  if (!is_change(step)) {
    reader.mistake(entry.value,
                   fmt::format("step {} is '{}', which is no change", *number, step.text),
                   {"", "a mutant leaves out a step that changes something"});
    return std::nullopt;
  }
  Mutant mutant;
  mutant.kind = Mutant::Kind::step;
  mutant.number = *number;
  mutant.text = step.text;
  mutant.at = reader.at(entry.key);
  return mutant;
}

}  // namespace

std::vector<Mutant> read_mutants(Reader& reader, const Yaml& value, const CheckScope& scope) {
  std::vector<Mutant> mutants;
  for (const Yaml* map : reader.one_or_more(value, "'mutant'")) {
    if (!reader.is_map(*map, "a mutant")) continue;
    for (const YamlEntry& entry : map->entries) {
      if (entry.key.scalar == kWithoutStep) {
        if (auto mutant = read_without_step(reader, entry, scope.of))
          mutants.push_back(std::move(*mutant));
        continue;
      }
      const Node* node = find_node(reader, entry.key, scope.of.topology);
      if (!node) continue;
      for (Mutant& mutant : MutantReader(reader, scope, *node).read(entry.value))
        mutants.push_back(std::move(mutant));
    }
  }
  return mutants;
}

}  // namespace fwproof::parse
