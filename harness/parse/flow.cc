#include "parse/flow.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "parse/endpoint.h"
#include "parse/keys.h"
#include "parse/parse.h"
#include "parse/words.h"

namespace fwproof::parse {
namespace {

// The most a UDP datagram over IPv4 carries (RFC 768, RFC 791: 65535 less both headers).
constexpr size_t kMaxPayload = 65507;
constexpr uint64_t kMaxCount = 100'000;
constexpr auto kMaxDeadline = std::chrono::hours(1);
const char* const kFlowExample = "write 'tcp client:60000 -> 203.0.113.1:8080'";

std::optional<FlowKind> read_protocol(Words& words) {
  const Word word = words.take();
  if (word.text == "tcp") return FlowKind::tcp;
  if (word.text == "udp") return FlowKind::udp;
  if (word.text == "icmp") return FlowKind::icmp;
  const std::string note = did_you_mean(word.text, {"tcp", "udp", "icmp"});
  words.mistake(word, fmt::format("unknown protocol '{}'", word.text),
                {note, note.empty() ? "it is one of: tcp, udp, icmp" : ""});
  return std::nullopt;
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
  if (flow.kind == FlowKind::icmp) {
    words.mistake(word, "icmp has no ports", {}, parts.port_offset);
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
  const bool wants_port = flow.kind != FlowKind::icmp;
  if (wants_port == (endpoint->port != 0)) return true;
  words.mistake(word, wants_port
                          ? fmt::format("a {} flow goes to a port: '{}' has none",
                                        flow.kind == FlowKind::tcp ? "tcp" : "udp", word.text)
                          : std::string("icmp has no ports"));
  return false;
}

/// "tcp client:60000 -> 203.0.113.1:8080".
std::optional<Flow> read_send(Words& words, const Topology& topology) {
  if (!words.valid()) return std::nullopt;
  Flow flow;
  flow.text = words.scalar().scalar;
  flow.at = words.reader().at(words.scalar());
  const auto kind = read_protocol(words);
  if (!kind) return std::nullopt;
  flow.kind = *kind;
  if (words.left() != 3 || words.peek(1).text != "->") {
    words.mistake(fmt::format("'{}' is not a flow", flow.text), {"", kFlowExample});
    return std::nullopt;
  }
  const bool source_good = read_source(words, topology, flow);
  words.take();
  if (!read_target(words, topology, flow) || !source_good) return std::nullopt;
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
  if (const Yaml* payload = map.find("payload")) {
    if (const auto text = reader.text(*payload, "'payload'")) flow.payload = *text;
    if (flow.payload.size() > kMaxPayload)
      reader.mistake(*payload, fmt::format("'payload' is longer than {} bytes", kMaxPayload));
  }
  if (const Yaml* count = map.find("count")) {
    const auto number = reader.number(*count, "'count'", 1, kMaxCount);
    if (number && flow.kind == FlowKind::tcp)
      reader.mistake(*count, "'count' is for udp and icmp: a tcp flow is one connection");
    if (number) flow.count = static_cast<unsigned>(*number);
  }
  if (const Yaml* source = map.find("source")) read_source_address(reader, *source, topology, flow);
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
  flow.exec_protocol = read_protocol(words);
  if (!flow.exec_protocol || words.done()) return;
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
  if (const Yaml* packets = map.find("packets")) read_packets(reader, *packets, topology, flow);
  return flow;
}

std::optional<Flow> read_flow_map(Reader& reader, const Yaml& map, const Topology& topology) {
  if (map.find("exec")) return read_exec(reader, map, topology);
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
