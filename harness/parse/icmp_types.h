// The names of ICMP types and codes, as model/packet.h gives them, and back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fwproof::parse {

struct IcmpType {
  uint8_t type = 0;
  uint8_t code = 0;
};

/// The first type and code of this name; `protocol` is kProtocolIcmp or kProtocolIcmpv6.
std::optional<IcmpType> find_icmp_type(uint8_t protocol, std::string_view name);

/// All names of one protocol, sorted.
std::vector<std::string> icmp_types(uint8_t protocol);

/// Is it the name of a type and code that have no other: "icmp-40/3"?
bool is_plain_icmp_name(std::string_view name);

}  // namespace fwproof::parse
