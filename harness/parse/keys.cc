#include "parse/keys.h"

#include <algorithm>
#include <cassert>

namespace fwproof::parse {

const std::vector<KnownMap>& known_maps() {
  static const std::vector<KnownMap> kMaps{
      {MapKind::topology, "topology", {"extends", "nodes", "links"}},
      {MapKind::node,
       "node",
       {"kind", "vlan_filtering", "forwarding", "conntrack", "interfaces", "routes", "rules",
        "neighbours", "services", "sysctls"}},
      {MapKind::interface,
       "interface",
       {"addresses", "mtu", "mac", "kind", "master", "vlans", "link", "id", "mode", "local",
        "remote", "port", "key", "table", "peers", "vlan_filtering"}},
      {MapKind::address, "address", {"address", "peer", "shared"}},
      {MapKind::wireguard_peer, "wireguard peer", {"peer", "endpoint", "allowed"}},
      {MapKind::route,
       "route",
       {"to", "via", "dev", "table", "metric", "source", "type", "on-link", "nexthops"}},
      {MapKind::next_hop, "next hop", {"via", "dev", "weight", "on-link"}},
      {MapKind::policy_rule,
       "policy rule",
       {"priority", "family", "from", "to", "iif", "oif", "fwmark", "tos", "ipproto", "sport",
        "dport", "table", "type"}},
      {MapKind::link, "link", {"endpoints", "kind", "mtu", "netem"}},
      {MapKind::netem, "netem", {"delay", "jitter", "loss", "duplicate", "corrupt", "reorder"}},
      {MapKind::case_,
       "case",
       {"about", "claim", "needs", "topology", "rows", "rules", "backends", "flows", "steps",
        "checks", "matrix", "counters", "routes", "log", "sets", "as told", "mutant", "real time",
        "isolate"}},
      {MapKind::rules_of_a_node,
       "rules of a node",
       {"iptables", "ip6tables", "ebtables", "arptables", "ipset", "nft", "script"}},
      {MapKind::flow,
       "flow",
       {"send", "payload", "count", "source",  "length",    "ttl",   "tos",         "dscp",
        "dev",  "flags",   "seq",   "ack",     "window",    "mute",  "tcp options", "type",
        "code", "mtu",     "about", "options", "fragments", "spoof", "checksum",    "connections"}},
      {MapKind::tcp_options, "tcp options", {"mss", "window scale", "sack permitted", "timestamp"}},
      {MapKind::fragments, "fragments", {"size", "order", "overlap", "missing"}},
      {MapKind::replay, "replay", {"replay", "in", "filter", "dev"}},
      {MapKind::program, "program", {"exec", "in", "deadline", "packets"}},
      {MapKind::checks_of_a_flow,
       "checks of a flow",
       {"use", "outcome", "dropped", "cause", "reaches", "seen as", "answered from", "walk",
        "hooks", "conntrack", "expectations", "capture", "exit", "output", "error output",
        "output lacks", "error output lacks"}},
      {MapKind::list_of_steps, "list of steps", {"contains", "never"}},
      {MapKind::conntrack_entry,
       "conntrack entry",
       {"original", "reply", "state", "status", "mark", "zone", "events"}},
      {MapKind::expectation, "expectation", {"expected", "helper"}},
      {MapKind::capture, "capture", {"at", "filter", "packets"}},
      {MapKind::check_of_routes, "check of routes", {"get", "is", "table", "has", "lacks"}},
      {MapKind::contents_of_a_set, "contents of a set", {"has", "lacks"}},
      {MapKind::mutant_of_a_node,
       "mutant of a node",
       {"remove", "policy", "insert", "append", "sysctl", "forwarding", "service", "routes",
        "script", "neighbours"}},
      {MapKind::rule_to_insert, "rule to insert", {"before", "rule"}},
      {MapKind::rule_to_append, "rule to append", {"to", "rule"}},
      {MapKind::step,
       "step",
       {"flow", "start", "continue", "finish", "as", "rules", "exec", "in", "deadline",
        "flush conntrack", "delete conntrack", "link down", "link up", "sysctl"}},
      {MapKind::rule_text, "rule text", {"iptables", "nft"}},
      {MapKind::claim, "claim", {"ids", "document", "says", "outcome", "kernel", "when"}},
      {MapKind::as_told, "as told", {"checks", "counters", "routes", "log"}},
  };
  return kMaps;
}

const std::vector<std::string>& keys_of(MapKind kind) {
  const auto& maps = known_maps();
  const auto found =
      std::find_if(maps.begin(), maps.end(), [&](const KnownMap& map) { return map.kind == kind; });
  assert(found != maps.end());
  return found->keys;
}

}  // namespace fwproof::parse
