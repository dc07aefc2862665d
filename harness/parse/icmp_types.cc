#include "parse/icmp_types.h"

#include <map>

#include "base/text.h"
#include "model/packet.h"

namespace fwproof::parse {
namespace {

constexpr int kMaxCode = 16;  // no code above it has a name

const std::map<std::string, IcmpType, std::less<>>& names_of(uint8_t protocol) {
  static const auto make = [](uint8_t of) {
    std::map<std::string, IcmpType, std::less<>> names;
    Packet packet;
    packet.protocol = of;
    for (int type = 0; type < 256; ++type)
      for (int code = 0; code < kMaxCode; ++code) {
        packet.icmp_type = static_cast<uint8_t>(type);
        packet.icmp_code = static_cast<uint8_t>(code);
        const std::string name = icmp_name(packet);
        if (!is_plain_icmp_name(name))
          names.emplace(name, IcmpType{packet.icmp_type, packet.icmp_code});
      }
    return names;
  };
  static const auto v4 = make(kProtocolIcmp);
  static const auto v6 = make(kProtocolIcmpv6);
  return protocol == kProtocolIcmp ? v4 : v6;
}

}  // namespace

std::optional<IcmpType> find_icmp_type(uint8_t protocol, std::string_view name) {
  const auto& names = names_of(protocol);
  const auto found = names.find(name);
  return found == names.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> icmp_types(uint8_t protocol) {
  std::vector<std::string> all;
  for (const auto& [name, type] : names_of(protocol)) all.push_back(name);
  return all;
}

bool is_plain_icmp_name(std::string_view name) {
  const size_t dash = name.find('-');
  const size_t slash = name.find('/');
  if (slash == name.npos || dash > slash) return false;
  const std::string_view start = name.substr(0, dash);
  const auto type = parse_unsigned(name.substr(dash + 1, slash - dash - 1));
  const auto code = parse_unsigned(name.substr(slash + 1));
  return (start == "icmp" || start == "icmpv6") && type && *type <= 255 && code && *code <= 255;
}

}  // namespace fwproof::parse
