// Recorded bytes for the tests of the decoders, and ways to break them.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace fwproof::observe {

inline uint8_t hex_digit(char c) { return static_cast<uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10); }

/// "4500001e" as bytes.
inline std::vector<uint8_t> from_hex(std::string_view hex) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<uint8_t>(hex_digit(hex[i]) << 4 | hex_digit(hex[i + 1])));
  return bytes;
}

/// Calls `decode` with every prefix, in memory of exactly its size, so that AddressSanitizer sees
/// a read past the end. `set_length` makes the length in a netlink header fit.
inline void try_prefixes(std::string_view hex, bool set_length,
                         const std::function<void(std::span<const uint8_t>)>& decode) {
  const std::vector<uint8_t> whole = from_hex(hex);
  for (uint32_t size = 0; size < whole.size(); ++size) {
    std::vector<uint8_t> prefix(whole.begin(), whole.begin() + size);
    prefix.shrink_to_fit();
    if (set_length && size >= sizeof size) std::memcpy(prefix.data(), &size, sizeof size);
    decode(prefix);
  }
}

/// Calls `decode` with every bit flipped and every byte inverted, one at a time.
inline void try_changes(std::string_view hex,
                        const std::function<void(std::span<const uint8_t>)>& decode) {
  std::vector<uint8_t> bytes = from_hex(hex);
  for (uint8_t& byte : bytes)
    for (const unsigned change : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
      byte = static_cast<uint8_t>(byte ^ change);
      decode(bytes);
      byte = static_cast<uint8_t>(byte ^ change);
    }
}

}  // namespace fwproof::observe
