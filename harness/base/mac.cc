#include "base/mac.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

namespace fwproof {

std::optional<MacAddress> MacAddress::parse(std::string_view text) {
  constexpr size_t kLength = 17;
  if (text.size() != kLength) return std::nullopt;
  MacAddress mac;
  for (size_t i = 0; i < mac.bytes.size(); ++i) {
    const char* pair = text.data() + i * 3;
    const auto [end, error] = std::from_chars(pair, pair + 2, mac.bytes[i], 16);
    if (error != std::errc() || end != pair + 2) return std::nullopt;
    if (i + 1 < mac.bytes.size() && *end != ':') return std::nullopt;
  }
  return mac;
}

MacAddress MacAddress::local(uint32_t number) {
  return {{2, 0, 0, static_cast<uint8_t>(number >> 16), static_cast<uint8_t>(number >> 8),
           static_cast<uint8_t>(number)}};
}

std::string MacAddress::to_string() const { return fmt::format("{:02x}", fmt::join(bytes, ":")); }

}  // namespace fwproof
