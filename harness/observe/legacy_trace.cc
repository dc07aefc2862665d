#include "observe/legacy_trace.h"

#include <fmt/format.h>
#include <sys/socket.h>

namespace fwproof::observe {
namespace {

constexpr const char* kLines = "trace lines of legacy tables";

std::vector<uint8_t> families(bool ipv6) {
  return ipv6 ? std::vector<uint8_t>{AF_INET, AF_INET6} : std::vector<uint8_t>{AF_INET};
}

}  // namespace

LegacyTrace::LegacyTrace(const nl::Netns& netns, const std::string& node, bool ipv6)
    : node_(node), group_(netns, node, 0, families(ipv6)), devices_(group_.fd(), node) {}

void LegacyTrace::drain(std::vector<TraceEvent>& events, std::vector<std::string>& lost) {
  group_.drain(
      kLines, [&](const NflogMessage& nflog) { take(nflog, events, lost); }, lost);
}

void LegacyTrace::take(const NflogMessage& nflog, std::vector<TraceEvent>& events,
                       std::vector<std::string>& lost) {
  // The user's own NFLOG rules may log to group 0 as well.
  if (!nflog.prefix.starts_with(kTracePrefix)) return;
  const auto line = parse_trace_line(nflog.prefix);
  if (!line || !nflog.packet) {
    lost.push_back(
        fmt::format("node '{}': the trace line '{}' could not be understood", node_, nflog.prefix));
    return;
  }
  events.push_back({.node = node_,
                    .legacy = true,
                    .family = nflog.family,
                    .table = line->table,
                    .chain = line->chain,
                    .kind = line->kind,
                    .rule = line->number,
                    .in_dev = devices_.name(nflog.in_device, lost),
                    .out_dev = devices_.name(nflog.out_device, lost),
                    .mark = nflog.mark,
                    .packet = nflog.packet});
}

}  // namespace fwproof::observe
