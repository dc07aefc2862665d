#include "observe/log_target.h"

#include <linux/netfilter/xt_LOG.h>

#include <cstring>
#include <string>

namespace fwproof::observe {

std::optional<RuleLog> target_log(std::string_view target, std::span<const uint8_t> data) {
  xt_log_info info;
  if (target != "LOG" || data.size() < sizeof info) return std::nullopt;
  std::memcpy(&info, data.data(), sizeof info);
  return RuleLog{std::string(info.prefix, strnlen(info.prefix, sizeof info.prefix))};
}

}  // namespace fwproof::observe
