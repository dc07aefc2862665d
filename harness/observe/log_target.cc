#include "observe/log_target.h"

#include <linux/netfilter/xt_LOG.h>
#include <linux/netfilter/xt_NFLOG.h>
#include <linux/netfilter_bridge/ebt_log.h>
#include <linux/netfilter_bridge/ebt_nflog.h>

#include <cstddef>
#include <cstring>
#include <string>

namespace fwproof::observe {
namespace {

/// Where in its data a target has its prefix.
struct Place {
  std::string_view target;
  size_t offset;
  size_t size;
};
constexpr Place kPlaces[] = {
    {"LOG", offsetof(xt_log_info, prefix), sizeof xt_log_info::prefix},
    {"NFLOG", offsetof(xt_nflog_info, prefix), sizeof xt_nflog_info::prefix},
    {"log", offsetof(ebt_log_info, prefix), sizeof ebt_log_info::prefix},
    {"nflog", offsetof(ebt_nflog_info, prefix), sizeof ebt_nflog_info::prefix},
};

}  // namespace

std::optional<RuleLog> target_log(std::string_view target, std::span<const uint8_t> data) {
  for (const Place& place : kPlaces) {
    if (place.target != target || data.size() < place.offset + place.size) continue;
    const auto* prefix = reinterpret_cast<const char*>(data.data()) + place.offset;
    return RuleLog{std::string(prefix, strnlen(prefix, place.size))};
  }
  return std::nullopt;
}

}  // namespace fwproof::observe
