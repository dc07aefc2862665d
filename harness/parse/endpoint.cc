#include "parse/endpoint.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace fwproof::parse {
namespace {

std::vector<Prefix> addresses_off_lo(const Node& node) {
  std::vector<Prefix> addresses;
  for (const Interface& interface : node.interfaces)
    if (interface.name != "lo")
      addresses.insert(addresses.end(), interface.addresses.begin(), interface.addresses.end());
  return addresses;
}

std::string unknown_node(std::string_view name) { return fmt::format("unknown node '{}'", name); }

Remedy known_nodes(std::string_view name, const Topology& topology) {
  const auto names = node_names(topology);
  const std::string note = did_you_mean(name, names);
  if (!note.empty() || names.size() > 20) return {note, ""};
  return {"", fmt::format("the nodes are: {}", fmt::join(names, ", "))};
}

}  // namespace

HostPort split_host_port(std::string_view text) {
  if (IpAddress::parse(text)) return {std::string(text), std::nullopt, 0};
  const size_t colon = text.rfind(':');
  const size_t bracket = text.rfind(']');
  const bool port_follows =
      colon != std::string_view::npos && (bracket == std::string_view::npos || bracket < colon);
  HostPort parts;
  std::string_view host = port_follows ? text.substr(0, colon) : text;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  parts.host = host;
  if (port_follows) {
    parts.port = text.substr(colon + 1);
    parts.port_offset = colon + 1;
  }
  return parts;
}

std::vector<std::string> node_names(const Topology& topology) {
  std::vector<std::string> names;
  for (const Node& node : topology.nodes) names.push_back(node.name);
  return names;
}

std::vector<std::string> device_names(const Topology& topology, const Node& node) {
  std::vector<std::string> names{"lo"};
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  if (node.bridge) add(kBridgeDevice);
  for (const Interface& interface : node.interfaces) add(interface.name);
  for (const Link& link : topology.links)
    for (const LinkEnd& end : link.endpoints)
      if (end.node == node.name) add(end.dev);
  return names;
}

std::string address_list(const Node& node) {
  std::vector<std::string> texts;
  for (const Prefix& prefix : addresses_off_lo(node)) texts.push_back(prefix.to_string());
  return fmt::format("{}", fmt::join(texts, ", "));
}

bool has_address(const Node& node, const IpAddress& address) {
  static const Prefix kLoopback4 = *Prefix::parse("127.0.0.0/8");
  static const Prefix kLoopback6 = *Prefix::parse("::1/128");
  if (kLoopback4.contains(address) || kLoopback6.contains(address)) return true;
  for (const Interface& interface : node.interfaces)
    for (const Prefix& prefix : interface.addresses)
      if (prefix.address == address) return true;
  return false;
}

const Node* find_node(Reader& reader, const Yaml& name, const Topology& topology) {
  const Node* node = topology.find_node(name.scalar);
  if (!node) reader.mistake(name, unknown_node(name.scalar), known_nodes(name.scalar, topology));
  return node;
}

const Node* find_node(Words& words, const Word& word, std::string_view name,
                      const Topology& topology) {
  const Node* node = topology.find_node(name);
  if (!node) words.mistake(word, unknown_node(name), known_nodes(name, topology));
  return node;
}

bool check_device(Words& words, const Word& word, std::string_view dev, size_t offset,
                  const Topology& topology, const Node& node) {
  const auto devices = device_names(topology, node);
  if (std::find(devices.begin(), devices.end(), dev) != devices.end()) return true;
  const std::string note = did_you_mean(dev, devices);
  words.mistake(word, fmt::format("node '{}' has no dev '{}'", node.name, dev),
                {note, note.empty() ? fmt::format("its devs are: {}", fmt::join(devices, ", "))
                                    : std::string()},
                offset);
  return false;
}

std::optional<uint16_t> read_port(Words& words, const Word& word, const HostPort& parts) {
  const auto port = parse_unsigned(*parts.port);
  if (port && *port >= 1 && *port <= 65535) return static_cast<uint16_t>(*port);
  words.mistake(word, fmt::format("port '{}' is not a number from 1 to 65535", *parts.port), {},
                parts.port_offset);
  return std::nullopt;
}

std::optional<Endpoint> read_endpoint(Words& words, const Word& word) {
  const HostPort parts = split_host_port(word.text);
  const auto address = IpAddress::parse(parts.host);
  if (!address) {
    words.mistake(word, fmt::format("'{}' is not an address or address:port", word.text),
                  {"", "write 192.0.2.1:80 or [2001:db8::1]:80"});
    return std::nullopt;
  }
  Endpoint endpoint{*address, 0};
  if (!parts.port) return endpoint;
  const auto port = read_port(words, word, parts);
  if (!port) return std::nullopt;
  endpoint.port = *port;
  return endpoint;
}

std::optional<Endpoint> read_destination(Words& words, const Word& word, const Topology& topology) {
  const HostPort parts = split_host_port(word.text);
  if (IpAddress::parse(parts.host)) return read_endpoint(words, word);
  const Node* node = find_node(words, word, parts.host, topology);
  if (!node) return std::nullopt;
  const auto addresses = addresses_off_lo(*node);
  if (addresses.size() != 1) {
    const std::string message =
        addresses.empty() ? fmt::format("node '{}' has no address", node->name)
                          : fmt::format("node '{}' has {} addresses", node->name, addresses.size());
    words.mistake(word, message,
                  {"", addresses.empty() ? "" : "say which: " + address_list(*node)});
    return std::nullopt;
  }
  Endpoint endpoint{addresses.front().address, 0};
  if (!parts.port) return endpoint;
  const auto port = read_port(words, word, parts);
  if (!port) return std::nullopt;
  endpoint.port = *port;
  return endpoint;
}

std::optional<EndpointPattern> read_endpoint_pattern(Words& words, const Word& word) {
  const size_t dots = word.text.find("..");
  if (dots == std::string::npos) {
    const auto one = read_endpoint(words, word);
    return one ? std::optional<EndpointPattern>(*one) : std::nullopt;
  }
  Word first = word;
  first.text = word.text.substr(0, dots);
  const auto least = read_endpoint(words, first);
  if (!least) return std::nullopt;
  const auto most = parse_unsigned(word.text.substr(dots + 2));
  if (least->port == 0 || !most || *most < least->port || *most > 65535) {
    words.mistake(word, fmt::format("'{}' is no range of ports", word.text),
                  {"", "write 192.0.2.1:1024..65535"});
    return std::nullopt;
  }
  EndpointPattern range(*least);
  range.most = static_cast<uint16_t>(*most);
  return range;
}

std::optional<std::pair<EndpointPattern, EndpointPattern>> read_tuple(Words& words) {
  if (!words.valid()) return std::nullopt;
  if (words.left() != 3 || words.peek(1).text != "->") {
    words.mistake(fmt::format("'{}' is not a tuple", words.scalar().scalar),
                  {"", "write '192.0.2.1:1024 -> 192.0.2.2:80', without ports for icmp"});
    return std::nullopt;
  }
  const auto source = read_endpoint_pattern(words, words.take());
  words.take();
  const auto destination = read_endpoint_pattern(words, words.take());
  if (!source || !destination) return std::nullopt;
  return std::pair(*source, *destination);
}

}  // namespace fwproof::parse
