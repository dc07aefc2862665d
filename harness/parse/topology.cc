#include "parse/topology.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "parse/endpoint.h"
#include "parse/extends.h"
#include "parse/files.h"
#include "parse/interfaces.h"
#include "parse/keys.h"
#include "parse/parse.h"
#include "parse/routing.h"
#include "parse/words.h"

namespace fwproof::parse {
namespace {

constexpr size_t kMaxNodeName = 32;
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kDigits = "0123456789";

bool only(std::string_view text, std::string_view also) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return kLetters.find(c) != kLetters.npos || kDigits.find(c) != kDigits.npos ||
           also.find(c) != also.npos;
  });
}

void check_node_name(Reader& reader, const Yaml& name) {
  const std::string& text = name.scalar;
  if (text.empty() || text.size() > kMaxNodeName || !only(text, "-_.") || text == "." ||
      text == "..")
    reader.mistake(name, fmt::format("node name '{}' is not 1 to {} letters, digits, '-', '_' "
                                     "or '.'",
                                     text, kMaxNodeName));
}

class NodeReader {
 public:
  NodeReader(Reader& reader, TopologyPlaces& places) : reader_(reader), places_(places) {}

  Node read(const YamlEntry& entry) {
    check_node_name(reader_, entry.key);
    node_.name = entry.key.scalar;
    node_.at = reader_.at(entry.key);
    const Yaml& map = entry.value;
    // "web:" alone is a node with nothing but lo.
    if (map.kind == Yaml::Kind::null) return std::move(node_);
    if (!reader_.check_map(map, fmt::format("node '{}'", node_.name), keys_of(MapKind::node)))
      return std::move(node_);
    if (const Yaml* kind = map.find("kind")) read_kind(*kind);
    if (const Yaml* value = map.find("vlan_filtering")) read_vlan_filtering(*value);
    if (const Yaml* value = map.find("forwarding"))
      node_.forwarding = reader_.boolean(*value, "'forwarding'").value_or(false);
    if (const Yaml* value = map.find("conntrack"))
      node_.conntrack = reader_.boolean(*value, "'conntrack'").value_or(false);
    if (const Yaml* value = map.find("interfaces"))
      node_.interfaces = read_interfaces(reader_, *value, node_.name, places_);
    if (const Yaml* value = map.find("routes")) read_routes(reader_, *value, node_, places_);
    if (const Yaml* value = map.find("rules")) read_policy_rules(reader_, *value, node_, places_);
    if (const Yaml* value = map.find("neighbours"))
      read_neighbours(reader_, *value, node_, places_);
    if (const Yaml* value = map.find("services")) read_services(*value);
    if (const Yaml* value = map.find("sysctls")) read_sysctls(*value);
    return std::move(node_);
  }

 private:
  void read_kind(const Yaml& kind) {
    const auto text = reader_.text(kind, "'kind'");
    node_.bridge = text == "bridge";
    if (text && !node_.bridge)
      reader_.mistake(kind, fmt::format("unknown kind '{}' of a node", *text),
                      {did_you_mean(*text, {"bridge"}), "leave 'kind' out unless it is 'bridge'"});
  }

  void read_vlan_filtering(const Yaml& value) {
    node_.vlan_filtering = reader_.boolean(value, "'vlan_filtering'").value_or(false);
    if (node_.vlan_filtering && !node_.bridge)
      reader_.mistake(value, "'vlan_filtering' of a node is for 'kind: bridge'",
                      {"", "elsewhere give it to an interface of kind bridge"});
  }

  void read_services(const Yaml& value) {
    const auto* list = reader_.list(value, "'services'");
    if (!list) return;
    for (const Yaml& item : *list) {
      const auto service = read_service(reader_, item);
      if (!service) continue;
      if (service->address && !has_address(node_, *service->address))
        reader_.mistake(item, fmt::format("node '{}' has no address '{}'", node_.name,
                                          service->address->to_string()));
      else if (std::any_of(node_.services.begin(), node_.services.end(),
                           [&](const Service& known) { return known.same_place(*service); }))
        reader_.mistake(item, fmt::format("service '{}' is listed twice", item.scalar));
      else
        node_.services.push_back(*service);
    }
  }

  void read_sysctls(const Yaml& map) {
    if (!reader_.is_map(map, "'sysctls'")) return;
    for (const YamlEntry& entry : map.entries) {
      const bool good = check_sysctl_key(reader_, entry.key);
      const auto value = reader_.text(entry.value, fmt::format("sysctl '{}'", entry.key.scalar));
      if (value && value->find_first_of("\n\r") != std::string::npos)
        reader_.mistake(entry.value,
                        fmt::format("the value of '{}' is more than one line", entry.key.scalar));
      else if (good && value)
        node_.sysctls.emplace_back(entry.key.scalar, *value);
    }
  }

  Reader& reader_;
  TopologyPlaces& places_;
  Node node_;
};

}  // namespace

std::string device_name_fault(std::string_view name) {
  if (name.size() > kMaxDeviceName)
    return fmt::format("dev name '{}' is {} bytes long, the kernel takes {}", name, name.size(),
                       kMaxDeviceName);
  if (name.empty() || name == "." || name == ".." || name == "all" || name == "default" ||
      name.find_first_of("/:% \t\n\"'") != std::string_view::npos)
    return fmt::format("'{}' is no dev name the kernel takes", name);
  return {};
}

std::optional<Service> read_service(Reader& reader, const Yaml& value) {
  const char* const kServices = "a service like tcp/80 or udp/10.0.0.5:53";
  Words words(reader, value, "a service");
  const bool transparent =
      words.valid() && words.left() == 2 && words.peek(1).text == "transparent";
  const bool says = words.valid() && words.left() >= 3 && words.peek(1).text == "says";
  const auto word = transparent || says ? words.take() : words.take_only(kServices);
  if (!word) return std::nullopt;
  const size_t slash = word->text.find('/');
  const std::string transport = word->text.substr(0, slash);
  if (slash == std::string::npos || (transport != "tcp" && transport != "udp")) {
    words.mistake(*word, fmt::format("'{}' is not {}", word->text, kServices));
    return std::nullopt;
  }
  if (transparent && transport == "udp")
    words.mistake(words.peek(), "'transparent' is for tcp services");
  const std::string rest = word->text.substr(slash + 1);
  HostPort parts = split_host_port(rest);
  const bool with_address = parts.port.has_value();
  if (!with_address) parts.port = rest;
  parts.port_offset += slash + 1;
  Service service;
  service.transport = transport == "tcp" ? Transport::tcp : Transport::udp;
  service.transparent = transparent;
  if (says) service.says = trim(value.scalar.substr(words.peek(1).offset));
  if (service.says.find_first_of("\r\n") != std::string::npos)
    words.mistake(words.peek(), "what a service says is one line", {"", "its end is added"});
  service.at = reader.at(value);
  if (with_address) service.address = IpAddress::parse(parts.host);
  if (with_address && !service.address) {
    words.mistake(*word, fmt::format("'{}' is not an address", parts.host), {}, slash + 1);
    return std::nullopt;
  }
  const auto port = read_port(words, *word, parts);
  if (!port) return std::nullopt;
  service.port = *port;
  return service;
}

bool check_sysctl_key(Reader& reader, const Yaml& key) {
  const std::string& text = key.scalar;
  if (text.starts_with("net.") && only(text, "_./-") && text.find("..") == std::string::npos &&
      text.back() != '.')
    return true;
  reader.mistake(key, fmt::format("'{}' is not a sysctl of a netns", text),
                 {"", "a key begins with 'net.' and holds letters, digits, '_', '-', '.' and '/'"});
  return false;
}

Topology read_topology(Reader& reader, Yaml root) {
  Topology topology;
  topology.file = reader.path();
  reader.correct_keys(root, "a topology", keys_of(MapKind::topology));
  if (!reader.check_map(root, "a topology", keys_of(MapKind::topology))) return topology;
  TopologyPlaces places;
  const Yaml* nodes = reader.required(root, "nodes", "a topology needs 'nodes'");
  if (nodes && reader.is_map(*nodes, "'nodes'")) {
    if (nodes->entries.empty()) reader.mistake(*nodes, "'nodes' names no node");
    if (nodes->entries.size() > kMaxNodes)
      reader.mistake(*nodes, fmt::format("{} nodes are more than the {} allowed",
                                         nodes->entries.size(), kMaxNodes));
    for (const YamlEntry& entry : nodes->entries)
      topology.nodes.push_back(NodeReader(reader, places).read(entry));
  }
  const Yaml* links = root.find("links");
  if (links) read_links(reader, *links, topology, places);
  resolve_neighbours(reader, topology, places);
  check_topology(reader, topology, places);
  return topology;
}

Topology load_topology(const std::string& path) {
  const std::string text = read_file(path, kMaxYamlBytes);
  Reader reader(path, text);
  Topology topology = read_topology(reader, parse_topology(reader, text));
  reader.throw_if_mistaken();
  const size_t slash = path.rfind('/');
  topology.name = path.substr(slash == std::string::npos ? 0 : slash + 1);
  topology.name = topology.name.substr(0, topology.name.rfind('.'));
  return topology;
}

}  // namespace fwproof::parse
