#include "model/dscp.h"

#include <charconv>

namespace fwproof {
namespace {

constexpr uint8_t kMost = 63;
constexpr uint8_t kExpedited = 46;  // RFC 3246

}  // namespace

std::string dscp_name(uint8_t dscp) {
  const int group = dscp / 8;
  const int rest = dscp % 8;
  if (dscp == kExpedited) return "ef";
  if (rest == 0) return "cs" + std::to_string(group);
  const bool assured = group >= 1 && group <= 4 && (rest == 2 || rest == 4 || rest == 6);
  if (assured) return "af" + std::to_string(group) + std::to_string(rest / 2);
  return std::to_string(dscp);
}

std::optional<uint8_t> parse_dscp(std::string_view text) {
  const bool hex = text.starts_with("0x");
  const std::string_view digits = hex ? text.substr(2) : text;
  uint8_t number = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number, hex ? 16 : 10);
  if (error == std::errc() && stop == end && number <= kMost) return number;
  for (uint8_t dscp = 0; dscp <= kMost; ++dscp)
    if (dscp_name(dscp) == text) return dscp;
  return std::nullopt;
}

}  // namespace fwproof
