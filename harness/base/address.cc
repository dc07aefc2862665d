#include "base/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "base/text.h"

namespace fwproof {

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string zero_terminated(text);
  if (zero_terminated.find('\0') != std::string::npos) return std::nullopt;
  IpAddress address;
  address.v6_ = text.find(':') != std::string_view::npos;
  if (inet_pton(address.family(), zero_terminated.c_str(), address.bytes_.data()) != 1)
    return std::nullopt;
  return address;
}

IpAddress IpAddress::from_bytes(std::span<const uint8_t> bytes) {
  assert(bytes.size() == 4 || bytes.size() == 16);
  IpAddress address;
  address.v6_ = bytes.size() == 16;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  return address;
}

int IpAddress::family() const { return v6_ ? AF_INET6 : AF_INET; }

std::string IpAddress::to_string() const {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(family(), bytes_.data(), text, sizeof text);
  return text;
}

std::optional<Prefix> Prefix::parse(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = IpAddress::parse(text.substr(0, slash));
  const auto length = parse_unsigned(text.substr(slash + 1));
  if (!address || !length || *length > address->bytes().size() * 8) return std::nullopt;
  return Prefix{*address, static_cast<uint8_t>(*length)};
}

bool Prefix::contains(const IpAddress& other) const {
  if (other.is_v6() != address.is_v6()) return false;
  for (size_t bit = 0; bit < length; bit += 8) {
    const auto left = static_cast<unsigned>(length - bit);
    const unsigned mask = left >= 8 ? 0xFFu : (0xFF00u >> left) & 0xFFu;
    if ((address.bytes()[bit / 8] & mask) != (other.bytes()[bit / 8] & mask)) return false;
  }
  return true;
}

std::string Prefix::to_string() const { return fmt::format("{}/{}", address.to_string(), length); }

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  if (const auto alone = IpAddress::parse(text)) return Endpoint{*alone, 0};
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  const auto port = parse_unsigned(text.substr(colon + 1));
  if (!address || address->is_v6() != bracketed || !port || *port > 65535) return std::nullopt;
  return Endpoint{*address, static_cast<uint16_t>(*port)};
}

std::string Endpoint::to_string() const {
  if (port == 0) return address.to_string();
  const std::string host = address.to_string();
  return address.is_v6() ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

}  // namespace fwproof
