#include "model/cause.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace fwproof {

const std::vector<std::string>& cause_names() {
  static const std::vector<std::string> kNames{"no route",       "blackhole",
                                               "prohibited",     "not forwarding",
                                               "rp_filter",      "martian",
                                               "ttl exceeded",   "fragmentation needed",
                                               "no listener",    "neighbour unresolved",
                                               "conntrack full", "socket filter",
                                               "bad checksum",   "conntrack clash"};
  return kNames;
}

std::string_view to_string(Cause cause) { return cause_names()[static_cast<size_t>(cause)]; }

std::optional<Cause> parse_cause(std::string_view text) {
  const auto& names = cause_names();
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) return std::nullopt;
  return static_cast<Cause>(found - names.begin());
}

std::string describe(const CauseFound& found) {
  std::string text(to_string(found.cause));
  if (found.evidence.empty()) return text;
  return fmt::format("{} ({})", text, fmt::join(found.evidence, "; "));
}

}  // namespace fwproof
