#include "parse/flow.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "parse/endpoint.h"
#include "parse/headers.h"
#include "parse/keys.h"
#include "parse/parse.h"
#include "parse/replay.h"
#include "parse/words.h"

namespace fwproof::parse {
namespace {

// The most a UDP datagram over IPv4 carries (RFC 768, RFC 791: 65535 less both headers).
constexpr size_t kMaxPayload = 65507;
constexpr uint64_t kMaxCount = 100'000;
constexpr auto kMaxDeadline = std::chrono::hours(1);
const char* const kFlowExample = "write 'tcp client:60000 -> 203.0.113.1:8080'";

struct Protocol {
  const char* name;
  FlowKind kind;
  uint8_t number;  // of IP; 0 for icmp, which the family decides
};

constexpr Protocol kProtocols[] = {{"tcp", FlowKind::tcp, kProtocolTcp},
                                   {"udp", FlowKind::udp, kProtocolUdp},
                                   {"icmp", FlowKind::icmp, 0},
                                   {"icmpv6", FlowKind::icmp, kProtocolIcmpv6},
                                   {"sctp", FlowKind::other, kProtocolSctp},
                                   {"dccp", FlowKind::other, kProtocolDccp},
                                   {"udplite", FlowKind::other, kProtocolUdpLite},
                                   {"gre", FlowKind::other, kProtocolGre},
                                   {"esp", FlowKind::other, kProtocolEsp},
                                   {"ah", FlowKind::other, kProtocolAh},
                                   {"igmp", FlowKind::other, kProtocolIgmp},
                                   {"arp", FlowKind::arp, 0}};

/// A name, or for a protocol that has none here its number.
std::optional<Protocol> read_protocol(Words& words) {
  const Word word = words.take();
  std::vector<std::string> names;
  for (const Protocol& protocol : kProtocols) {
    if (word.text == protocol.name) return protocol;
    names.emplace_back(protocol.name);
  }
  const auto number = parse_unsigned(word.text);
  if (number && *number <= 255) {
    for (const Protocol& protocol : kProtocols)
      if (protocol.number == *number) return protocol;
    if (*number != kProtocolIcmp)
      return Protocol{"", FlowKind::other, static_cast<uint8_t>(*number)};
  }
  const std::string note = did_you_mean(word.text, names);
  words.mistake(
      word, fmt::format("unknown protocol '{}'", word.text),
      {note, note.empty() ? fmt::format("it is one of: {}, or the number of an IP protocol",
                                        fmt::join(names, ", "))
                          : ""});
  return std::nullopt;
}

/// "tcp" of a flow's sentence, as it was meant.
std::string protocol_of(const Flow& flow) {
  switch (flow.kind) {
    case FlowKind::tcp:
      return "tcp";
    case FlowKind::udp:
      return "udp";
    case FlowKind::icmp:
      return "icmp";
    case FlowKind::arp:
      return "arp";
    default:
      return protocol_name(flow.protocol);
  }
}

bool wants_port(const Flow& flow) {
  if (flow.kind == FlowKind::other) return has_ports(flow.protocol);
  return flow.kind == FlowKind::tcp || flow.kind == FlowKind::udp;
}

/// "client" or "client:60000".
bool read_source(Words& words, const Topology& topology, Flow& flow) {
  const Word word = words.take();
  const HostPort parts = split_host_port(word.text);
  if (IpAddress::parse(parts.host)) {
    words.mistake(word, fmt::format("a flow starts at a node, not at an address: '{}'", word.text),
                  {"", "name the node; the key 'source' sets the address"});
    return false;
  }
  const Node* node = find_node(words, word, parts.host, topology);
  if (!node) return false;
  flow.node = node->name;
  if (!parts.port) return true;
  if (!wants_port(flow)) {
    words.mistake(word, protocol_of(flow) + " has no ports", {}, parts.port_offset);
    return false;
  }
  const auto port = read_port(words, word, parts);
  if (port) flow.source_port = *port;
  return port.has_value();
}

bool read_target(Words& words, const Topology& topology, Flow& flow) {
  const Word word = words.take();
  const auto endpoint = read_destination(words, word, topology);
  if (!endpoint) return false;
  flow.destination = *endpoint;
  if (wants_port(flow) == (endpoint->port != 0)) return true;
  words.mistake(word, wants_port(flow) ? fmt::format("{} {} flow goes to a port: '{}' has none",
                                                     flow.protocol == kProtocolSctp ? "an" : "a",
                                                     protocol_of(flow), word.text)
                                       : protocol_of(flow) + " has no ports");
  return false;
}

/// ARP asks on one wire: that of a network with the address.
bool read_arp(Words& words, const Word& target, const Topology& topology, Flow& flow) {
  const IpAddress& asked = flow.destination.address;
  if (asked.is_v6()) {
    words.mistake(target,
                  fmt::format("arp asks for IPv4 addresses, and {} is none", asked.to_string()));
    return false;
  }
  for (const Interface& interface : topology.find_node(flow.node)->interfaces)
    for (const Prefix& prefix : interface.addresses)
      if (flow.dev.empty() && prefix.contains(asked)) flow.dev = interface.name;
  if (flow.dev.empty())
    words.mistake(target,
                  fmt::format("node '{}' is in no network with {}", flow.node, asked.to_string()),
                  {"", "it has: " + address_list(*topology.find_node(flow.node))});
  return !flow.dev.empty();
}

/// "tcp client:60000 -> 203.0.113.1:8080".
std::optional<Flow> read_send(Words& words, const Topology& topology) {
  if (!words.valid()) return std::nullopt;
  Flow flow;
  flow.text = words.scalar().scalar;
  flow.at = words.reader().at(words.scalar());
  const Word name = words.peek();
  const auto protocol = read_protocol(words);
  if (!protocol) return std::nullopt;
  flow.kind = protocol->kind;
  flow.protocol = protocol->number;
  if (words.left() != 3 || words.peek(1).text != "->") {
    words.mistake(fmt::format("'{}' is not a flow", flow.text), {"", kFlowExample});
    return std::nullopt;
  }
  const bool source_good = read_source(words, topology, flow);
  words.take();
  const Word target = words.peek();
  if (!read_target(words, topology, flow) || !source_good) return std::nullopt;
  if (flow.kind == FlowKind::arp && !read_arp(words, target, topology, flow)) return std::nullopt;
  const bool v6 = flow.destination.address.is_v6();
  if (flow.kind == FlowKind::icmp && !v6 && flow.protocol == kProtocolIcmpv6) {
    words.mistake(name, "icmpv6 goes to an IPv6 address");
    return std::nullopt;
  }
  if (flow.kind == FlowKind::icmp) flow.protocol = v6 ? kProtocolIcmpv6 : kProtocolIcmp;
  const bool for_many = topology.is_for_many(flow.destination.address);
  if (for_many && (flow.kind == FlowKind::tcp || flow.kind == FlowKind::arp)) {
    words.mistake(name, fmt::format("{} {} flow goes to one host, and {} is for many",
                                    flow.kind == FlowKind::arp ? "an" : "a", protocol_of(flow),
                                    flow.destination.address.to_string()));
    return std::nullopt;
  }
  // No socket waits for the answers of many; and any of them may keep silent.
  if (flow.kind == FlowKind::other || flow.kind == FlowKind::arp || for_many) flow.craft.emplace();
  return flow;
}

void read_source_address(Reader& reader, const Yaml& value, const Topology& topology, Flow& flow) {
  const auto text = reader.text(value, "'source'");
  if (!text) return;
  const auto address = IpAddress::parse(*text);
  const Node* node = topology.find_node(flow.node);
  if (!address) {
    reader.mistake(value, fmt::format("'{}' is not an address", *text));
  } else if (address->is_v6() != flow.destination.address.is_v6()) {
    reader.mistake(value, fmt::format("source '{}' and destination '{}' are of two families", *text,
                                      flow.destination.address.to_string()));
  } else if (node && !has_address(*node, *address)) {
    reader.mistake(value, fmt::format("node '{}' has no address '{}'", flow.node, *text),
                   {"", "it has: " + address_list(*node)});
  } else {
    flow.source = *address;
  }
}

void read_send_options(Reader& reader, const Yaml& map, const Topology& topology, Flow& flow) {
  if (flow.kind == FlowKind::arp) {
    for (const YamlEntry& entry : map.entries)
      if (entry.key.scalar != "send" && entry.key.scalar != "dev")
        reader.mistake(entry.key,
                       fmt::format("'{}' is not for arp flows: the kernel asks", entry.key.scalar));
    if (const Yaml* dev = map.find("dev")) read_flow_dev(reader, *dev, topology, flow);
    return;
  }
  if (const Yaml* payload = map.find("payload")) {
    if (const auto text = reader.text(*payload, "'payload'")) flow.payload = *text;
    if (flow.payload.size() > kMaxPayload)
      reader.mistake(*payload, fmt::format("'payload' is longer than {} bytes", kMaxPayload));
  }
  read_headers(reader, map, topology, flow);
  if (const Yaml* count = map.find("count")) {
    const auto number = reader.number(*count, "'count'", 1, kMaxCount);
    if (number && flow.kind == FlowKind::tcp && !flow.craft)
      reader.mistake(*count,
                     "'count' is for udp, icmp and crafted packets: a tcp flow is one connection");
    if (number) flow.count = static_cast<unsigned>(*number);
  }
  if (const Yaml* source = map.find("source")) read_source_address(reader, *source, topology, flow);
  if (flow.craft && flow.craft->spoof && flow.source)
    reader.mistake(*map.find("spoof"), "a flow has either 'source' or 'spoof'",
                   {"", "'source' is for an address that the node has"});
}

std::optional<std::chrono::milliseconds> read_deadline(Reader& reader, const Yaml& value) {
  const auto text = reader.text(value, "'deadline'");
  if (!text) return std::nullopt;
  std::string_view digits = *text;
  const bool milliseconds = digits.ends_with("ms");
  const bool seconds = !milliseconds && digits.ends_with("s");
  digits.remove_suffix(milliseconds ? 2 : seconds ? 1 : 0);
  const auto number = parse_unsigned(digits);
  const uint64_t unit = milliseconds ? 1 : 1000;
  const auto most = static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(kMaxDeadline).count());
  if ((milliseconds || seconds) && number && *number > 0 && *number <= most / unit)
    return std::chrono::milliseconds(*number * unit);
  reader.mistake(value, fmt::format("'{}' is not a time up to one hour", *text),
                 {"", "write 5s or 500ms"});
  return std::nullopt;
}

/// "tcp -> 8.8.8.8:443", or "tcp" alone: any of its packets.
void read_packets(Reader& reader, const Yaml& value, const Topology& topology, Flow& flow) {
  Words words(reader, value, "'packets'");
  if (!words.valid()) return;
  const Word name = words.peek();
  const auto protocol = read_protocol(words);
  if (!protocol) return;
  if (protocol->kind == FlowKind::arp) {
    words.mistake(name, "arp is asked by the kernel, not sent by a program");
    return;
  }
  flow.exec_protocol = protocol->number;
  if (words.done()) return;
  if (words.left() != 2 || !words.take_if("->")) {
    words.mistake(fmt::format("'{}' does not say which packets", value.scalar),
                  {"", "write 'tcp -> 8.8.8.8:443'"});
    return;
  }
  flow.exec_destination = read_destination(words, words.take(), topology);
}

void read_command(Reader& reader, const Yaml& value, Flow& flow) {
  const auto* arguments = reader.list(value, "'exec'");
  if (!arguments) return;
  for (const Yaml& argument : *arguments) {
    if (!argument.is_scalar())
      reader.mistake(argument, fmt::format("an argument is text, not {}", kind_name(argument)));
    else if (argument.scalar.find('\0') != std::string::npos)
      reader.mistake(argument, "an argument cannot hold a NUL: the kernel ends it there");
    else
      flow.command.push_back(argument.scalar);
  }
  const bool unnamed =
      arguments->empty() || (arguments->front().is_scalar() && arguments->front().scalar.empty());
  if (unnamed) reader.mistake(value, "'exec' names no program");
}

std::optional<Flow> read_exec(Reader& reader, const Yaml& map, const Topology& topology) {
  reader.check_map(map, "an exec flow", keys_of(MapKind::program));
  Flow flow = read_program(reader, map, topology);
  if (const Yaml* packets = map.find("packets")) read_packets(reader, *packets, topology, flow);
  return flow;
}

std::optional<Flow> read_flow_map(Reader& reader, const Yaml& map, const Topology& topology) {
  if (map.find("exec")) return read_exec(reader, map, topology);
  if (map.find("replay")) return read_replay(reader, map, topology);
  std::vector<std::string> keys = keys_of(MapKind::flow);
  const auto& of_programs = keys_of(MapKind::program);
  keys.insert(keys.end(), of_programs.begin(), of_programs.end());
  reader.check_map(map, "a flow", keys);
  for (const std::string& key : of_programs)
    if (const Yaml* value = map.find(key))
      reader.mistake(*value, fmt::format("'{}' is for flows with 'exec'", key));
  const Yaml* send = map.find("send");
  if (!send) {
    reader.mistake(map, "a flow needs 'send' or 'exec'", {"", kFlowExample});
    return std::nullopt;
  }
  Words words(reader, *send, "'send'");
  auto flow = read_send(words, topology);
  if (flow) read_send_options(reader, map, topology, *flow);
  return flow;
}

}  // namespace

Flow read_program(Reader& reader, const Yaml& map, const Topology& topology) {
  Flow flow;
  flow.kind = FlowKind::exec;
  flow.at = reader.at(map);
  read_command(reader, *map.find("exec"), flow);
  flow.text = fmt::format("{}", fmt::join(flow.command, " "));
  const Yaml* in = map.find("in");
  if (!in) reader.mistake(map, "an exec flow needs 'in': the node it runs in");
  if (in && reader.text(*in, "'in'"))
    if (const Node* node = find_node(reader, *in, topology)) flow.node = node->name;
  if (const Yaml* deadline = map.find("deadline"))
    flow.deadline = read_deadline(reader, *deadline).value_or(flow.deadline);
  return flow;
}

std::optional<Flow> read_flow(Reader& reader, const YamlEntry& entry, const Topology& topology) {
  std::optional<Flow> flow;
  if (entry.value.is_map()) {
    flow = read_flow_map(reader, entry.value, topology);
  } else {
    Words words(reader, entry.value, fmt::format("flow '{}'", entry.key.scalar));
    flow = read_send(words, topology);
  }
  if (flow) {
    flow->name = entry.key.scalar;
    flow->at = reader.at(entry.key);
  }
  return flow;
}

Flow parse_flow(const std::string& text, const Topology& topology, const Location& at) {
  // The text is a file of one line to the reader; afterwards each mistake moves to where it stands.
  Reader reader(at.file, text);
  Yaml scalar;
  scalar.kind = Yaml::Kind::scalar;
  scalar.scalar = text;
  scalar.line = 1;
  scalar.column = 1;
  Words words(reader, scalar, "a flow");
  auto flow = read_send(words, topology);
  if (!flow) {
    Diagnostics mistakes = reader.mistakes();
    for (Diagnostic& d : mistakes) {
      d.line = at.line;
      if (at.line > 0) d.column += at.column - 1;
    }
    throw BadInput(mistakes);
  }
  flow->name = "flow";
  flow->at = at;
  return *flow;
}

}  // namespace fwproof::parse
