// Capture files for tests, byte by byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fwproof::parse {

inline std::string little_endian(uint32_t value) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(value >> 8 * i);
  return bytes;
}

inline constexpr uint32_t kEthernet = 1;
inline constexpr uint32_t kRawIp = 101;

/// A classic pcap file (pcap-savefile(5)) of these frames. Those longer than `snapshot` are cut.
inline std::string pcap_of(uint32_t link, const std::vector<std::string>& frames,
                           size_t snapshot = 65535) {
  std::string file = little_endian(0xa1b2c3d4) + little_endian(0x00040002);
  file += little_endian(0) + little_endian(0) + little_endian(65535) + little_endian(link);
  for (const std::string& frame : frames) {
    const std::string taken = frame.substr(0, snapshot);
    file += little_endian(0) + little_endian(0);
    file += little_endian(static_cast<uint32_t>(taken.size()));
    file += little_endian(static_cast<uint32_t>(frame.size())) + taken;
  }
  return file;
}

/// The bytes that are written in hexadecimal digits; blanks are for the eye.
inline std::string from_hex(std::string_view text) {
  std::string bytes;
  std::string digits;
  for (const char c : text) {
    if (c == ' ' || c == '\n') continue;
    digits += c;
    if (digits.size() < 2) continue;
    bytes += static_cast<char>(std::stoi(digits, nullptr, 16));
    digits.clear();
  }
  return bytes;
}

/// 10.0.1.2:1234 to 10.0.0.5:53, UDP without payload.
inline std::string udp_packet() {
  return from_hex("4500001c 00010000 40110000 0a000102 0a000005 04d20035 00080000");
}

inline std::string in_ethernet(const std::string& packet, std::string_view type = "0800") {
  return from_hex("020000000001 020000000002") + from_hex(type) + packet;
}

}  // namespace fwproof::parse
