#include "parse/replay.h"

#include <fmt/format.h>

#include "base/text.h"
#include "parse/endpoint.h"
#include "parse/files.h"
#include "parse/headers.h"
#include "parse/keys.h"
#include "parse/pcap_file.h"

namespace fwproof::parse {
namespace {

constexpr size_t kMaxPcapBytes = 64 << 20;
constexpr size_t kIpv6Header = 40;
constexpr size_t kTcpFlagsAt = 13;

uint8_t protocol_of(const Replayed& packet) {
  return packet.source.is_v6() ? packet.bytes[6] : packet.bytes[9];
}

/// The flags of a TCP packet; 0 of others, and of later fragments.
uint8_t tcp_flags(const Replayed& packet) {
  const auto& bytes = packet.bytes;
  const bool v6 = packet.source.is_v6();
  const bool later = !v6 && ((bytes[6] & 0x1f) != 0 || bytes[7] != 0);
  const size_t at = (v6 ? kIpv6Header : size_t{4} * (bytes[0] & 0xf)) + kTcpFlagsAt;
  return protocol_of(packet) == kProtocolTcp && !later && at < bytes.size() ? bytes[at] : 0;
}

std::vector<Replayed> read_packets(Reader& reader, const Yaml& name, const Yaml* filter) {
  const auto text = reader.text(name, "'replay'");
  const auto chosen = filter ? reader.text(*filter, "'filter'") : std::nullopt;
  if (!text || (filter && !chosen)) return {};
  const Search search = search_pcap(*text, reader.path());
  if (!search.found) {
    reader.mistake(name, fmt::format("no capture '{}'", *text),
                   {did_you_mean(*text, search.candidates), describe_places(search)});
    return {};
  }
  try {
    return read_pcap(read_file(*search.found, kMaxPcapBytes), chosen.value_or(""), *text);
  } catch (const BadCapture& bad) {
    reader.mistake(bad.in_filter ? *filter : name, bad.message, {"", bad.hint});
  } catch (const BadInput& bad) {
    reader.add(bad.diagnostics());
  }
  return {};
}

}  // namespace

std::optional<Flow> read_replay(Reader& reader, const Yaml& map, const Topology& topology) {
  reader.check_map(map, "a replay", keys_of(MapKind::replay));
  const Yaml& name = *map.find("replay");
  Flow flow;
  flow.kind = FlowKind::other;
  flow.at = reader.at(map);
  Craft& craft = flow.craft.emplace();
  craft.replay = read_packets(reader, name, map.find("filter"));
  const Yaml* in = map.find("in");
  if (!in) reader.mistake(map, "a replay needs 'in': the node that sends");
  const Node* node = in && reader.text(*in, "'in'") ? find_node(reader, *in, topology) : nullptr;
  if (!node || craft.replay.empty()) return std::nullopt;
  flow.node = node->name;
  flow.text = fmt::format("replay {} in {}", name.scalar, node->name);
  flow.destination = {craft.replay.front().destination, 0};
  flow.protocol = protocol_of(craft.replay.front());
  uint8_t flags = 0;
  for (const Replayed& packet : craft.replay) flags |= tcp_flags(packet);
  craft.flags = flags;
  if (const Yaml* dev = map.find("dev")) read_flow_dev(reader, *dev, topology, flow);
  return flow;
}

}  // namespace fwproof::parse
