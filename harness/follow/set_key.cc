#include "follow/set_key.h"

#include <fmt/format.h>

namespace fwproof::follow {
namespace {

std::string in_quotes(const std::string& dev) {
  return dev.empty() ? std::string() : fmt::format("\"{}\"", dev);
}

std::string part_text(KeyPart part, const Packet& packet, const HookVisit& visit,
                      const std::string& ct_state) {
  const bool ports = packet.has_ports() && packet.fragment_offset == 0;
  switch (part) {
    case KeyPart::source:
      return packet.source.to_string();
    case KeyPart::destination:
      return packet.destination.to_string();
    case KeyPart::source_port:
      return ports ? std::to_string(packet.source_port) : "";
    case KeyPart::destination_port:
      return ports ? std::to_string(packet.destination_port) : "";
    case KeyPart::protocol:
      return std::to_string(packet.protocol);
    case KeyPart::icmp_type:
      return packet.is_icmp() ? std::to_string(packet.icmp_type) : "";
    case KeyPart::in_dev:
      return in_quotes(visit.in_dev);
    case KeyPart::out_dev:
      return in_quotes(visit.out_dev);
    case KeyPart::ct_state:
      return ct_state;
  }
  return {};
}

}  // namespace

std::string set_key(const SetLookup& lookup, const HookVisit& visit, const std::string& ct_state) {
  if (!visit.at_end || visit.at_end->arp != 0) return {};
  std::string key;
  for (const KeyPart part : lookup.key) {
    const std::string text = part_text(part, *visit.at_end, visit, ct_state);
    if (text.empty()) return {};
    key += (key.empty() ? "" : " . ") + text;
  }
  return key;
}

}  // namespace fwproof::follow
