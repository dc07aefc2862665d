// Hardware addresses of Ethernet devices as values.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fwproof {

struct MacAddress {
  std::array<uint8_t, 6> bytes{};

  /// "02:00:00:00:00:07": six pairs of hexadecimal digits, nothing else.
  static std::optional<MacAddress> parse(std::string_view text);
  /// The locally administered address with this number in its last three bytes.
  static MacAddress local(uint32_t number);

  /// A group address (IEEE 802, the lowest bit of the first byte) belongs to no device.
  bool is_multicast() const { return (bytes[0] & 1) != 0; }
  bool is_zero() const { return bytes == std::array<uint8_t, 6>{}; }
  std::string to_string() const;
  auto operator<=>(const MacAddress&) const = default;
};

}  // namespace fwproof
