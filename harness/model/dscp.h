// Differentiated services code points and their names (RFC 2474, RFC 2597, RFC 3246): cs0 to cs7,
// af11 to af43, ef.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fwproof {

/// "ef", or the number where the code point has no name.
std::string dscp_name(uint8_t dscp);

/// A name in small letters, or a number from 0 to 63, also as 0x2e.
std::optional<uint8_t> parse_dscp(std::string_view text);

}  // namespace fwproof
