#include "parse/topology.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "parse/endpoint.h"
#include "parse/files.h"
#include "parse/keys.h"
#include "parse/parse.h"
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

void check_device_name(Reader& reader, const Yaml& name) {
  const std::string fault = device_name_fault(name.scalar);
  if (!fault.empty()) reader.mistake(name, fault);
}

/// Why the kernel refuses this address on a dev, or takes packets to it for something else; empty
/// if it is an address of a host.
std::string_view address_fault(const Prefix& prefix, bool on_lo) {
  static const Prefix kLoopback = *Prefix::parse("127.0.0.0/8");
  static const Prefix kMulticast = *Prefix::parse("224.0.0.0/4");
  static const Prefix kMulticast6 = *Prefix::parse("ff00::/8");
  const IpAddress& address = prefix.address;
  if (kMulticast.contains(address) || kMulticast6.contains(address)) return "a multicast address";
  if (on_lo) return {};
  if (kLoopback.contains(address) || address.to_string() == "::1")
    return "a loopback address, which only lo can have";
  // Below a prefix of 31 bits the first and the last address belong to no host (RFC 919, RFC 3021).
  if (address.is_v6() || prefix.length > 30) return {};
  uint32_t number = 0;
  for (const uint8_t byte : address.bytes()) number = number << 8 | byte;
  const uint32_t host_bits = 0xFFFFFFFFu >> prefix.length;
  if ((number & host_bits) == 0) return "its subnet's own address";
  if ((number & host_bits) == host_bits) return "its subnet's broadcast address";
  return {};
}

/// Whether the kernel takes the two for one route: the same target, whatever the way to it.
bool same_target(const Route& a, const Route& b) {
  const auto is_v6 = [](const Route& route) {
    return route.to ? route.to->address.is_v6() : route.via && route.via->is_v6();
  };
  const auto is_default = [](const Route& route) { return !route.to || route.to->length == 0; };
  return is_v6(a) == is_v6(b) && is_default(a) == is_default(b) &&
         (is_default(a) || *a.to == *b.to);
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
    if (const Yaml* value = map.find("forwarding"))
      node_.forwarding = reader_.boolean(*value, "'forwarding'").value_or(false);
    if (const Yaml* value = map.find("conntrack"))
      node_.conntrack = reader_.boolean(*value, "'conntrack'").value_or(false);
    if (const Yaml* value = map.find("interfaces")) read_interfaces(*value);
    if (const Yaml* value = map.find("routes")) read_routes(*value);
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

  void read_interfaces(const Yaml& map) {
    if (!reader_.is_map(map, "'interfaces'")) return;
    for (const YamlEntry& entry : map.entries) {
      check_device_name(reader_, entry.key);
      Interface interface;
      interface.name = entry.key.scalar;
      interface.at = reader_.at(entry.key);
      const std::string what = fmt::format("interface '{}'", interface.name);
      if (entry.value.kind != Yaml::Kind::null &&
          reader_.check_map(entry.value, what, keys_of(MapKind::interface)))
        read_interface(entry.value, interface);
      node_.interfaces.push_back(std::move(interface));
    }
  }

  void read_interface(const Yaml& map, Interface& interface) {
    if (const Yaml* mtu = map.find("mtu"))
      if (const auto value = reader_.number(*mtu, "'mtu'", kLeastMtu, kMostMtu))
        interface.mtu = static_cast<uint32_t>(*value);
    const Yaml* addresses = map.find("addresses");
    const auto* list = addresses ? reader_.list(*addresses, "'addresses'") : nullptr;
    if (!list) return;
    for (const Yaml& item : *list) {
      const auto text = reader_.text(item, "an address");
      if (!text) continue;
      if (const auto prefix = Prefix::parse(*text)) {
        if (const auto fault = address_fault(*prefix, interface.name == "lo"); !fault.empty())
          reader_.mistake(item, fmt::format("'{}' is {}", *text, fault));
        interface.addresses.push_back(*prefix);
        places_.addresses.push_back({{node_.name, interface.name}, *prefix, reader_.at(item)});
      } else {
        const bool no_length = IpAddress::parse(*text).has_value();
        reader_.mistake(item,
                        fmt::format("'{}' is not an address with the length of its prefix", *text),
                        {"", no_length ? fmt::format("write {}/{}", *text,
                                                     text->find(':') == std::string::npos ? 24 : 64)
                                       : "write 10.0.0.1/24 or 2001:db8::1/64"});
      }
    }
  }

  void read_routes(const Yaml& value) {
    const auto* list = reader_.list(value, "'routes'");
    if (!list) return;
    for (const Yaml& item : *list)
      if (reader_.check_map(item, "a route", keys_of(MapKind::route))) read_route(item);
  }

  void read_route(const Yaml& map) {
    TopologyPlaces::RouteWords words;
    words.node = node_.name;
    Route& route = words.route;
    route.at = reader_.at(map);
    if (const Yaml* to = reader_.required(map, "to", "a route needs 'to'",
                                          {"", "write {to: default, via: 10.0.0.1}"}))
      read_route_target(*to, route);
    if (const Yaml* via = map.find("via")) {
      words.via_at = reader_.at(*via);
      const auto text = reader_.text(*via, "'via'");
      if (text) route.via = IpAddress::parse(*text);
      if (text && !route.via) reader_.mistake(*via, fmt::format("'{}' is not an address", *text));
    }
    if (const Yaml* dev = map.find("dev")) {
      words.dev_at = reader_.at(*dev);
      route.dev = reader_.text(*dev, "'dev'").value_or("");
    }
    if (!map.find("via") && !map.find("dev")) reader_.mistake(map, "a route needs 'via' or 'dev'");
    if (route.to && route.via && route.to->address.is_v6() != route.via->is_v6())
      reader_.mistake(words.via_at, "'to' and 'via' of a route are of two families");
    const auto twin = std::find_if(node_.routes.begin(), node_.routes.end(),
                                   [&](const Route& other) { return same_target(other, route); });
    if (twin != node_.routes.end())
      reader_.mistake(map,
                      fmt::format("node '{}' has a route to the same place already, on line {}",
                                  node_.name, twin->at.line));
    node_.routes.push_back(route);
    places_.routes.push_back(std::move(words));
  }

  void read_route_target(const Yaml& to, Route& route) {
    const auto text = reader_.text(to, "'to'");
    if (!text || *text == "default") return;
    route.to = Prefix::parse(*text);
    if (const auto address = IpAddress::parse(*text))
      route.to = Prefix{*address, static_cast<uint8_t>(address->bytes().size() * 8)};
    if (!route.to) {
      reader_.mistake(to, fmt::format("'{}' is not 'default', an address or a prefix", *text),
                      {did_you_mean(*text, {"default"}), ""});
      return;
    }
    const Prefix subnet = subnet_of(*route.to);
    if (subnet.address != route.to->address)
      reader_.mistake(to, fmt::format("'{}' has bits set beyond its prefix", *text),
                      {fmt::format("did you mean '{}'?", subnet.to_string()), ""});
  }

  static Prefix subnet_of(const Prefix& prefix) {
    std::vector<uint8_t> bytes(prefix.address.bytes().begin(), prefix.address.bytes().end());
    for (size_t bit = prefix.length; bit < bytes.size() * 8; ++bit)
      bytes[bit / 8] = static_cast<uint8_t>(bytes[bit / 8] & ~(0x80u >> (bit % 8)));
    return {IpAddress::from_bytes(bytes), prefix.length};
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
      else if (std::find(node_.services.begin(), node_.services.end(), *service) !=
               node_.services.end())
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
  const auto word = transparent ? words.take() : words.take_only(kServices);
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

Topology read_topology(Reader& reader, const Yaml& root) {
  Topology topology;
  topology.file = reader.path();
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
  check_topology(reader, topology, places);
  return topology;
}

Topology load_topology(const std::string& path) {
  const std::string text = read_file(path, kMaxYamlBytes);
  Reader reader(path, text);
  Topology topology = read_topology(reader, parse_yaml(reader, text));
  reader.throw_if_mistaken();
  const size_t slash = path.rfind('/');
  topology.name = path.substr(slash == std::string::npos ? 0 : slash + 1);
  topology.name = topology.name.substr(0, topology.name.rfind('.'));
  return topology;
}

}  // namespace fwproof::parse
