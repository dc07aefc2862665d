// Checks of walks, hooks and counters: everything that is written in steps.
#include <fmt/format.h>

#include "parse/checks.h"
#include "parse/endpoint.h"
#include "parse/keys.h"
#include "parse/packet_names.h"
#include "parse/step.h"

namespace fwproof::parse {
namespace {

/// Calls `read(node, packet key, mode, list)` for each list below node -> packet -> list, where the
/// list may stand under `contains` or `never`.
template <typename Read>
void for_each_list(Reader& reader, const Yaml& map, std::string_view what, const Topology& topology,
                   const Read& read) {
  if (!reader.is_map(map, what)) return;
  for (const YamlEntry& by_node : map.entries) {
    const Node* node = find_node(reader, by_node.key, topology);
    const std::string of_node = fmt::format("{} of '{}'", what, by_node.key.scalar);
    if (!node || !reader.is_map(by_node.value, of_node)) continue;
    for (const auto& [packet, value] : by_node.value.entries) {
      if (!read_packet_name(reader, packet)) continue;
      if (!value.is_map()) {
        read(*node, packet, ListMode::exact, value);
        continue;
      }
      const std::string of_packet = fmt::format("{} of '{}'", what, packet.scalar);
      reader.check_map(value, of_packet, keys_of(MapKind::list_of_steps));
      for (const auto& [key, list] : value.entries) {
        if (list.is_list() && list.items.empty())
          reader.mistake(list, fmt::format("'{}' of nothing checks nothing", key.scalar));
        if (key.scalar == "contains") read(*node, packet, ListMode::contains, list);
        if (key.scalar == "never") read(*node, packet, ListMode::never, list);
      }
    }
  }
}

}  // namespace

std::vector<WalkCheck> read_walks(Reader& reader, const Yaml& map, const CheckScope& scope) {
  std::vector<WalkCheck> checks;
  for_each_list(reader, map, "'walk'", scope.of.topology,
                [&](const Node& node, const Yaml& packet, ListMode mode, const Yaml& list) {
                  WalkCheck check{node.name, packet.scalar, mode, {}, reader.at(packet)};
                  for (const Yaml* item : reader.one_or_more(list, "a walk")) {
                    Words words(reader, *item, "a step");
                    if (auto step = read_step(words, {scope.of, node, scope.rules_known}))
                      check.steps.push_back(std::move(*step));
                  }
                  checks.push_back(std::move(check));
                });
  return checks;
}

std::vector<HooksCheck> read_hooks(Reader& reader, const Yaml& map, const CheckScope& scope) {
  std::vector<HooksCheck> checks;
  for_each_list(reader, map, "'hooks'", scope.of.topology,
                [&](const Node& node, const Yaml& packet, ListMode mode, const Yaml& list) {
                  HooksCheck check{node.name, packet.scalar, mode, {}, reader.at(packet)};
                  for (const Yaml* item : reader.one_or_more(list, "a list of hooks")) {
                    Words words(reader, *item, "a hook");
                    if (auto hook = read_hook(words, scope.of.topology, node))
                      check.hooks.push_back(std::move(*hook));
                  }
                  checks.push_back(std::move(check));
                });
  return checks;
}

std::vector<CounterCheck> read_counters(Reader& reader, const Yaml& map, const CheckScope& scope) {
  std::vector<CounterCheck> checks;
  if (!reader.is_map(map, "'counters'")) return checks;
  for (const YamlEntry& by_node : map.entries) {
    const Node* node = find_node(reader, by_node.key, scope.of.topology);
    const std::string of_node = fmt::format("'counters' of '{}'", by_node.key.scalar);
    if (!node || !reader.is_map(by_node.value, of_node)) continue;
    for (const YamlEntry& entry : by_node.value.entries) {
      Words words(reader, entry.key, "a step");
      const auto step = read_step(words, {scope.of, *node, scope.rules_known, false});
      const auto range = read_range(reader, entry.value);
      if (!step || !range) continue;
      if (step->says == StepPattern::Says::rule || step->says == StepPattern::Says::policy)
        checks.push_back({node->name, *step, *range, reader.at(entry.key)});
      else
        reader.mistake(entry.key, fmt::format("'{}' counts nothing", step->text),
                       {"",
                        "name a rule or the policy: 'filter INPUT rule 1', 'filter INPUT "
                        "policy'"});
    }
  }
  return checks;
}

}  // namespace fwproof::parse
