#include "observe/tracking.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/xt_CT.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace fwproof::observe {
namespace {

template <size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool expression_tracks(std::string_view name) {
  static constexpr std::array<std::string_view, 7> kNames{
      "ct", "nat", "masq", "redir", "connlimit", "synproxy", "flow_offload"};
  return contains(kNames, name);
}

bool object_tracks(uint32_t type) {
  return type == NFT_OBJECT_CT_HELPER || type == NFT_OBJECT_CT_TIMEOUT ||
         type == NFT_OBJECT_CT_EXPECT || type == NFT_OBJECT_SYNPROXY ||
         type == NFT_OBJECT_CONNLIMIT;
}

bool match_tracks(std::string_view name) {
  static constexpr std::array<std::string_view, 8> kNames{
      "conntrack", "state", "connlimit", "connbytes", "connlabel", "connmark", "helper", "cluster"};
  return contains(kNames, name);
}

bool target_tracks(std::string_view name, std::span<const uint8_t> data) {
  static constexpr std::array<std::string_view, 9> kNames{"SNAT",        "DNAT",     "MASQUERADE",
                                                          "REDIRECT",    "NETMAP",   "CONNMARK",
                                                          "CONNSECMARK", "SYNPROXY", "CLUSTERIP"};
  if (name != "CT") return contains(kNames, name);
  uint16_t flags = 0;  // first in every revision of xt_ct_target_info
  if (data.size() >= sizeof flags) std::memcpy(&flags, data.data(), sizeof flags);
  return (flags & XT_CT_NOTRACK) == 0;
}

}  // namespace fwproof::observe
