#include "parse/connections.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "parse/keys.h"
#include "parse/packet_names.h"
#include "parse/step.h"

namespace fwproof::parse {
namespace {

constexpr unsigned kMaxConnections = 1'000;
constexpr unsigned kMaxPort = 65'535;

/// Can these ranges together be as many as there are connections?
bool adds_up(const ConnectionsCheck& check, uint64_t connections) {
  uint64_t least = 0;
  uint64_t most = 0;
  for (const auto& [outcome, range] : check.outcomes) {
    least += std::min(range.least, connections + 1);
    most += std::min(range.most, connections);
  }
  return least <= connections && most >= connections;
}

std::optional<ConnectionsCheck> read_outcomes(Reader& reader, const Yaml& value,
                                              const std::vector<const Flow*>& connections) {
  const size_t count = connections.size();
  ConnectionsCheck check{{}, reader.at(value)};
  if (!value.is_map()) {
    const auto outcome = read_outcome(reader, value, connections.front());
    if (!outcome) return std::nullopt;
    check.outcomes.emplace_back(*outcome, Range{count, count, std::to_string(count)});
    return check;
  }
  bool sound = true;
  for (const YamlEntry& one : value.entries) {
    auto outcome = read_outcome(reader, one.key, connections.front());
    auto range = read_range(reader, one.value, "connections");
    sound = sound && outcome && range;
    if (outcome && range) check.outcomes.emplace_back(std::move(*outcome), std::move(*range));
  }
  if (sound && !adds_up(check, count))
    reader.mistake(value, fmt::format("these numbers cannot add up to the {} connections of '{}'",
                                      count, connections.front()->connection_of));
  return check;
}

}  // namespace

std::vector<Flow> read_connections(Reader& reader, const Yaml& flow_as_written, Flow flow) {
  const Yaml* value = flow_as_written.find("connections");
  if (!value) return {std::move(flow)};
  const auto number = reader.number(*value, "'connections'", 1, kMaxConnections);
  if (!number) return {};
  if (flow.source_port != 0 && flow.source_port + *number - 1 > kMaxPort)
    reader.mistake(*value, fmt::format("{} connections from port {} on go beyond port {}", *number,
                                       flow.source_port, kMaxPort));
  const bool no_ports = flow.kind == FlowKind::other && !has_ports(flow.protocol);
  if (no_ports)
    reader.mistake(*value, protocol_name(flow.protocol) + " has no connections: it has no ports");
  std::vector<Flow> all;
  for (unsigned n = 0; n < *number; ++n) {
    Flow& one = all.emplace_back(flow);
    one.connection_of = flow.name;
    one.name = fmt::format("{} {}", flow.name, n + 1);
    if (flow.source_port != 0) one.source_port = static_cast<uint16_t>(flow.source_port + n);
  }
  return all;
}

FlowChecks read_connection_checks(Reader& reader, const YamlEntry& entry,
                                  const std::vector<const Flow*>& connections) {
  FlowChecks checks;
  checks.flow = entry.key.scalar;
  checks.at = reader.at(entry.key);
  const Yaml& map = entry.value;
  if (!reader.check_map(map, fmt::format("the checks of '{}'", checks.flow),
                        keys_of(MapKind::checks_of_a_flow)))
    return checks;
  for (const YamlEntry& check : map.entries)
    if (check.key.scalar != "outcome")
      reader.mistake(check.key,
                     fmt::format("'{}' is a check of one connection, and '{}' is {} of them",
                                 check.key.scalar, checks.flow, connections.size()),
                     {"", fmt::format("name one: '{}' to '{}'", connections.front()->name,
                                      connections.back()->name)});
  if (const Yaml* value = map.find("outcome"))
    checks.connections = read_outcomes(reader, *value, connections);
  return checks;
}

}  // namespace fwproof::parse
