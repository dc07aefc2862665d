#include "parse/assertions.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "parse/connections.h"

namespace fwproof::parse {
namespace {

FlowChecks read_checks_of_flow(Reader& reader, const YamlEntry& entry,
                               const std::vector<std::string>& flow_names,
                               const CheckScope& scope) {
  const std::string& name = entry.key.scalar;
  const auto& flows = scope.of.flows;
  std::vector<const Flow*> connections;
  for (const Flow& flow : flows)
    if (flow.connection_of == name) connections.push_back(&flow);
  if (!connections.empty()) return read_connection_checks(reader, entry, connections);
  const auto flow =
      std::find_if(flows.begin(), flows.end(), [&](const Flow& f) { return f.name == name; });
  const bool known = flow != flows.end();
  if (!known && std::find(flow_names.begin(), flow_names.end(), name) == flow_names.end()) {
    const std::string note = did_you_mean(name, flow_names);
    reader.mistake(entry.key, fmt::format("unknown flow '{}'", name),
                   {note, note.empty() && !flow_names.empty()
                              ? fmt::format("the flows are: {}", fmt::join(flow_names, ", "))
                              : std::string()});
  }
  return read_flow_checks(reader, entry, known ? &*flow : nullptr, scope);
}

}  // namespace

Assertions read_assertions(Reader& reader, const Yaml& map,
                           const std::vector<std::string>& flow_names, const CheckScope& scope) {
  Assertions all;
  all.at = reader.at(map);
  const Yaml* checks = map.find("checks");
  if (checks && reader.is_map(*checks, "'checks'"))
    for (const YamlEntry& entry : checks->entries)
      all.checks.push_back(read_checks_of_flow(reader, entry, flow_names, scope));
  if (const Yaml* counters = map.find("counters"))
    all.counters = read_counters(reader, *counters, scope);
  if (const Yaml* routes = map.find("routes"))
    all.routes = read_route_checks(reader, *routes, scope);
  if (const Yaml* log = map.find("log")) all.logs = read_log_checks(reader, *log, scope);
  if (const Yaml* sets = map.find("sets")) all.sets = read_set_checks(reader, *sets, scope);
  return all;
}

}  // namespace fwproof::parse
