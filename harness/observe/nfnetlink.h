// Messages of the kernel's nfnetlink subsystems taken apart: header, then attributes by type, whose
// numbers are in network order. Pure: no sockets, safe on any bytes.
#pragma once

#include <linux/netlink.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fwproof::observe {

/// The type field of a message: subsystem and the subsystem's own message number
/// (linux/netfilter/nfnetlink.h).
constexpr uint16_t nfnetlink_type(int subsystem, int message) {
  return static_cast<uint16_t>(subsystem << 8 | message);
}

struct Nfnetlink {
  uint16_t type = 0;
  uint16_t flags = 0;  // NLM_F_*
  uint8_t nfproto = 0;
  std::span<const uint8_t> attributes;

  /// A whole message, its netlink header first, aligned to 4 bytes. Nothing if it is cut short.
  static std::optional<Nfnetlink> parse(std::span<const uint8_t> message);
};

/// The attributes of one message or nest, found by type. Every getter gives nothing if the
/// attribute is not there or has another size than asked for.
class Attributes {
 public:
  /// Nothing if the bytes are no row of attributes.
  static std::optional<Attributes> parse(std::span<const uint8_t> bytes);

  bool has(int type) const { return find(type) != nullptr; }
  std::optional<uint8_t> u8(int type) const;
  std::optional<uint16_t> u16(int type) const;
  std::optional<uint32_t> u32(int type) const;
  std::optional<uint64_t> u64(int type) const;
  std::optional<std::string> text(int type) const;
  std::optional<Attributes> nest(int type) const;
  /// Empty if it is not there.
  std::span<const uint8_t> bytes(int type) const;

 private:
  // No message read here has attributes of a higher number that we ask for (CTA_ZONE is 18,
  // NFTA_TRACE_CT_STATE is 21).
  static constexpr int kMaxType = 31;

  const nlattr* find(int type) const;
  std::optional<uint64_t> number(int type, size_t size) const;

  std::array<const nlattr*, kMaxType + 1> by_type_{};
};

/// "node 'gw': a trace message of 48 bytes could not be understood".
std::string not_understood(std::string_view node, std::string_view what, size_t bytes);

/// "node 'gw': trace lines of legacy tables were lost: the receive buffer ran full".
std::string lost_some(std::string_view node, std::string_view what);

/// How much the sockets of taps may queue. One trace message takes about 1,280 bytes of it, and a
/// packet makes up to a dozen.
inline constexpr int kReceiveBuffer = 32 << 20;

}  // namespace fwproof::observe
