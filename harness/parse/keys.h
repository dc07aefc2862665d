// The maps that a person writes in topologies and cases, and the keys of each: what the parser
// accepts, in one place. schema/ and docs/reference.md have the same maps under the same names;
// schema_test.cc compares the three.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fwproof::parse {

enum class MapKind {
  topology,
  node,
  interface,
  address,
  wireguard_peer,
  route,
  next_hop,
  policy_rule,
  link,
  netem,
  case_,
  rules_of_a_node,
  flow,
  tcp_options,
  fragments,
  replay,
  program,
  checks_of_a_flow,
  list_of_steps,
  conntrack_entry,
  expectation,
  capture,
  check_of_routes,
  contents_of_a_set,
  mutant_of_a_node,
  rule_to_insert,
  rule_to_append,
  rule_text,
  step,
  claim,
  as_told,
};

struct KnownMap {
  MapKind kind;
  /// The heading in docs/reference.md, and, with '-' for ' ', the definition in schema/.
  std::string_view name;
  std::vector<std::string> keys;
};

const std::vector<KnownMap>& known_maps();

const std::vector<std::string>& keys_of(MapKind kind);

}  // namespace fwproof::parse
