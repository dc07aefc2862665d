#include "drive/fragment.h"

#include <algorithm>

namespace fwproof::drive {
namespace {

constexpr size_t kIpv6Header = 40;
constexpr uint8_t kFragmentHeader = 44;  // IANA's number of IPv6's extension header
constexpr uint8_t kMoreFragments = 0x20;

using Bytes = std::vector<uint8_t>;

void set16(Bytes& bytes, size_t at, size_t value) {
  bytes[at] = static_cast<uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<uint8_t>(value);
}

/// A part of a packet: where it begins behind the IP header, and whether it is the last.
struct Part {
  size_t offset = 0;
  std::span<const uint8_t> data;
  bool last = false;
};

Bytes fragment4(std::span<const uint8_t> header, const Part& part) {
  Bytes bytes(header.begin(), header.end());
  set16(bytes, 2, header.size() + part.data.size());
  set16(bytes, 6, part.offset / 8);
  if (!part.last) bytes[6] |= kMoreFragments;
  bytes.insert(bytes.end(), part.data.begin(), part.data.end());
  return bytes;
}

Bytes fragment6(std::span<const uint8_t> header, const Part& part, uint32_t id) {
  Bytes bytes(header.begin(), header.end());
  Bytes extension(8);
  extension[0] = header[6];
  set16(extension, 2, part.offset | (part.last ? 0 : 1));
  set16(extension, 4, id >> 16);
  set16(extension, 6, id & 0xffff);
  bytes[6] = kFragmentHeader;
  set16(bytes, 4, extension.size() + part.data.size());
  bytes.insert(bytes.end(), extension.begin(), extension.end());
  bytes.insert(bytes.end(), part.data.begin(), part.data.end());
  return bytes;
}

}  // namespace

size_t ip_header_size(std::span<const uint8_t> packet) {
  return packet[0] >> 4 == 6 ? kIpv6Header : (packet[0] & 0x0fu) * 4;
}

std::vector<Bytes> cut(std::span<const uint8_t> packet, const Fragments& how, uint32_t id) {
  const auto header = packet.first(ip_header_size(packet));
  const auto body = packet.subspan(header.size());
  std::vector<Bytes> fragments;
  unsigned number = 0;
  for (size_t at = 0; at < body.size(); at += how.size) {
    ++number;
    const size_t start = at == 0 ? 0 : at - how.overlap;
    const size_t end = std::min<size_t>(at + how.size, body.size());
    const Part part{start, body.subspan(start, end - start), end == body.size()};
    if (std::find(how.missing.begin(), how.missing.end(), number) != how.missing.end()) continue;
    fragments.push_back(packet[0] >> 4 == 6 ? fragment6(header, part, id)
                                            : fragment4(header, part));
  }
  if (how.reversed) std::reverse(fragments.begin(), fragments.end());
  return fragments;
}

}  // namespace fwproof::drive
