#include "observe/plain.h"

#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <array>

namespace fwproof::observe {
namespace {

template <typename Name, size_t N>
bool contains(const std::array<Name, N>& names, Name name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool expression_is_plain(std::string_view name) {
  static constexpr std::array<std::string_view, 14> kNames{
      "meta",   "payload", "cmp",   "bitwise", "byteorder", "range", "immediate",
      "lookup", "counter", "limit", "reject",  "nat",       "masq",  "redir"};
  return contains(kNames, name);
}

bool ct_key_is_plain(uint32_t key) {
  static constexpr std::array<uint32_t, 4> kKeys{NFT_CT_STATE, NFT_CT_DIRECTION, NFT_CT_STATUS,
                                                 NFT_CT_MARK};
  return contains(kKeys, key);
}

bool match_is_plain(std::string_view name) {
  static constexpr std::array<std::string_view, 14> kNames{
      "tcp",  "udp",      "icmp",     "conntrack", "state", "comment", "multiport",
      "mark", "connmark", "addrtype", "iprange",   "limit", "pkttype", "length"};
  return contains(kNames, name);
}

bool target_is_plain(std::string_view name) {
  static constexpr std::array<std::string_view, 10> kNames{
      "ACCEPT",     "DROP",     "REJECT", "DNAT", "SNAT",
      "MASQUERADE", "REDIRECT", "NETMAP", "MARK", "CONNMARK"};
  return contains(kNames, name);
}

}  // namespace fwproof::observe
