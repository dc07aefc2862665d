// Nodes, devices, addresses and ports as they stand in the small notations of a case.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "model/case.h"
#include "model/topology.h"
#include "parse/words.h"

namespace fwproof::parse {

/// "host:port", "[v6]:port" or a host alone, pulled apart but not judged.
struct HostPort {
  std::string host;
  std::optional<std::string> port;
  size_t port_offset = 0;
};
HostPort split_host_port(std::string_view text);

/// All names of a topology's nodes.
std::vector<std::string> node_names(const Topology& topology);
/// The devices of a node: its interfaces, its ends of links, and lo.
std::vector<std::string> device_names(const Topology& topology, const Node& node);
/// "10.0.0.1/24, 10.0.1.1/24": all addresses of a node but those of lo.
std::string address_list(const Node& node);
/// True if the node can send from the address or listen on it (127.0.0.0/8 and ::1: every node).
bool has_address(const Node& node, const IpAddress& address);

// Each of these reports what is wrong, at the word, and then returns nothing.
const Node* find_node(Reader& reader, const Yaml& name, const Topology& topology);
const Node* find_node(Words& words, const Word& word, std::string_view name,
                      const Topology& topology);
bool check_device(Words& words, const Word& word, std::string_view dev, size_t offset,
                  const Topology& topology, const Node& node);
/// 1 to 65535.
std::optional<uint16_t> read_port(Words& words, const Word& word, const HostPort& parts);
/// An address, with or without a port.
std::optional<Endpoint> read_endpoint(Words& words, const Word& word);
/// The same, or with a range of ports: "203.0.113.1:1024..65535".
std::optional<EndpointPattern> read_endpoint_pattern(Words& words, const Word& word);
/// An endpoint, or a node with exactly one address in place of the address.
std::optional<Endpoint> read_destination(Words& words, const Word& word, const Topology& topology);
/// "1.2.3.4:60000 -> 203.0.113.1:8080": the two ends.
std::optional<std::pair<EndpointPattern, EndpointPattern>> read_tuple(Words& words);

}  // namespace fwproof::parse
