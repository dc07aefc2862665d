#include <fmt/format.h>

#include "judge/checks.h"
#include "judge/yaml_text.h"

namespace fwproof::judge {
namespace {

uint64_t logged(const Seen& seen, const LogCheck& check) {
  uint64_t packets = 0;
  for (const LogSeen& log : seen.logs)
    if (log.node == check.node && log.prefix == check.prefix) packets += log.packets;
  return packets;
}

}  // namespace

void check_logs(std::span<const LogCheck> checks, const Seen& seen, Judgement& judgement) {
  for (const LogCheck& check : checks) {
    if (const auto why = seen.logs_unclear.find(check.node); why != seen.logs_unclear.end()) {
      judgement.unanswerable.push_back(fmt::format("log check on '{}' '{}': {}{}", check.node,
                                                   check.prefix, why->second, place(check.at)));
      continue;
    }
    const uint64_t packets = logged(seen, check);
    Finding f;
    f.check = "log " + check.node;
    f.asserted = fmt::format("{}: {}", check.prefix, yaml_scalar(check.packets.text));
    f.seen = fmt::format("{}: {}", check.prefix, packets);
    f.at = check.at;
    judgement.settle(check.packets.contains(packets), std::move(f));
  }
}

}  // namespace fwproof::judge
