#include "observe/nfnetlink.h"

#include <fmt/format.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/msg.h>

#include <cstring>

namespace fwproof::observe {

std::optional<Nfnetlink> Nfnetlink::parse(std::span<const uint8_t> message) {
  if (message.size() < NLMSG_HDRLEN + sizeof(nfgenmsg)) return std::nullopt;
  nlmsghdr header;
  std::memcpy(&header, message.data(), sizeof header);
  if (header.nlmsg_len != message.size()) return std::nullopt;
  return Nfnetlink{.type = header.nlmsg_type,
                   .flags = header.nlmsg_flags,
                   .nfproto = message[NLMSG_HDRLEN],
                   .attributes = message.subspan(NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(nfgenmsg)))};
}

std::optional<Attributes> Attributes::parse(std::span<const uint8_t> bytes) {
  Attributes attributes;
  const auto* attribute = reinterpret_cast<const nlattr*>(bytes.data());
  int left = static_cast<int>(bytes.size());
  for (; nla_ok(attribute, left); attribute = nla_next(attribute, &left))
    if (const int type = nla_type(attribute); type <= kMaxType)
      attributes.by_type_[static_cast<size_t>(type)] = attribute;
  if (left > 0) return std::nullopt;
  return attributes;
}

const nlattr* Attributes::find(int type) const { return by_type_.at(static_cast<size_t>(type)); }

std::span<const uint8_t> Attributes::bytes(int type) const {
  const nlattr* attribute = find(type);
  if (!attribute) return {};
  return {static_cast<const uint8_t*>(nla_data(attribute)),
          static_cast<size_t>(nla_len(attribute))};
}

std::optional<uint64_t> Attributes::number(int type, size_t size) const {
  const auto value = bytes(type);
  if (value.size() != size) return std::nullopt;
  uint64_t result = 0;
  for (const uint8_t byte : value) result = result << 8 | byte;
  return result;
}

std::optional<uint8_t> Attributes::u8(int type) const { return number(type, 1); }
std::optional<uint16_t> Attributes::u16(int type) const { return number(type, 2); }
std::optional<uint32_t> Attributes::u32(int type) const { return number(type, 4); }
std::optional<uint64_t> Attributes::u64(int type) const { return number(type, 8); }

std::optional<std::string> Attributes::text(int type) const {
  const auto value = bytes(type);
  if (value.empty()) return std::nullopt;
  const auto* start = reinterpret_cast<const char*>(value.data());
  const size_t length = strnlen(start, value.size());
  if (length + 1 != value.size()) return std::nullopt;
  return std::string(start, length);
}

std::optional<Attributes> Attributes::nest(int type) const {
  const nlattr* attribute = find(type);
  return attribute ? parse(bytes(type)) : std::nullopt;
}

std::string not_understood(std::string_view node, std::string_view what, size_t bytes) {
  return fmt::format("node '{}': a {} of {} bytes could not be understood", node, what, bytes);
}

std::string lost_some(std::string_view node, std::string_view what) {
  return fmt::format("node '{}': {} were lost: the receive buffer ran full", node, what);
}

}  // namespace fwproof::observe
