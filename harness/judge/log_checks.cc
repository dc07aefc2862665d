#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "judge/checks.h"
#include "judge/yaml_text.h"

namespace fwproof::judge {
namespace {

/// The prefixes of the node's rules that the check may mean: the one that is written or, if there
/// is none such, those that end in ':' and blanks besides.
std::vector<const LogSeen*> meant(const LogCheck& check, const Seen& seen) {
  std::vector<const LogSeen*> alike;
  for (const LogSeen& log : seen.logs) {
    if (log.node != check.node) continue;
    if (log.prefix == check.prefix) return {&log};
    if (log_word(log.prefix) == check.prefix) alike.push_back(&log);
  }
  return alike;
}

/// Why the check cannot be answered; empty if it can.
std::string doubt(const LogCheck& check, const Seen& seen,
                  const std::vector<const LogSeen*>& logs) {
  if (const auto why = seen.logs_unclear.find(check.node); why != seen.logs_unclear.end())
    return why->second;
  if (logs.size() <= 1) return {};
  std::vector<std::string> names;
  for (const LogSeen* log : logs) names.push_back("'" + log->prefix + "'");
  return fmt::format("it may be {}; say which", fmt::join(names, " or "));
}

}  // namespace

void check_logs(std::span<const LogCheck> checks, const Seen& seen, Judgement& judgement) {
  for (const LogCheck& check : checks) {
    const auto logs = meant(check, seen);
    if (const std::string why = doubt(check, seen, logs); !why.empty()) {
      judgement.unanswerable.push_back(fmt::format("log check on '{}' '{}': {}{}", check.node,
                                                   check.prefix, why, place(check.at)));
      continue;
    }
    const uint64_t packets = logs.empty() ? 0 : logs.front()->packets;
    Finding f;
    f.check = "log " + check.node;
    f.asserted = fmt::format("{}: {}", check.prefix, yaml_scalar(check.packets.text));
    f.seen = fmt::format("{}: {}", check.prefix, packets);
    if (logs.empty()) f.note = "no rule there logs with this prefix";
    f.at = check.at;
    judgement.settle(!logs.empty() && check.packets.contains(packets), std::move(f));
  }
}

}  // namespace fwproof::judge
