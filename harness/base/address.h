// IP addresses, prefixes and endpoints as values. IPv4 and IPv6 alike.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fwproof {

class IpAddress {
 public:
  IpAddress() = default;
  /// "192.0.2.1" or "2001:db8::1", nothing else (inet_pton(3)).
  static std::optional<IpAddress> parse(std::string_view text);
  /// 4 or 16 bytes in network order.
  static IpAddress from_bytes(std::span<const uint8_t> bytes);

  bool is_v6() const { return v6_; }
  /// AF_INET or AF_INET6.
  int family() const;
  std::span<const uint8_t> bytes() const { return {bytes_.data(), v6_ ? 16u : 4u}; }
  std::string to_string() const;

  auto operator<=>(const IpAddress&) const = default;

 private:
  bool v6_ = false;
  std::array<uint8_t, 16> bytes_{};  // IPv4 stands in the first four
};

/// An address with the length of its subnet's prefix: 10.0.0.1/24.
struct Prefix {
  IpAddress address;
  uint8_t length = 0;

  static std::optional<Prefix> parse(std::string_view text);
  bool contains(const IpAddress& other) const;
  std::string to_string() const;
  auto operator<=>(const Prefix&) const = default;
};

/// An address and a port; the port is 0 where the protocol has none.
struct Endpoint {
  IpAddress address;
  uint16_t port = 0;

  /// "10.0.0.5:80", "[2001:db8::1]:80", or an address alone.
  static std::optional<Endpoint> parse(std::string_view text);
  std::string to_string() const;
  auto operator<=>(const Endpoint&) const = default;
};

}  // namespace fwproof
