// What rules logged. The kernel lets no line of LOG out of a network namespace unless the host's
// net.netfilter.nf_log_all_netns is set, and never to a logger of the namespace's own: LOG names
// nf_log_syslog itself (net/netfilter/nf_log.c, nf_log_packet). What NFLOG logs goes to whoever
// listens to its group. But the kernel's trace tells of every rule that a packet matched, and one
// of these that matched has logged: they have no condition.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/rules_in_force.h"
#include "model/seen.h"
#include "model/trace.h"
#include "nl/netns.h"

namespace fwproof::observe {

class LogTap {
 public:
  /// Notes what rules logged. The messages know which rules they speak of.
  void add(const std::vector<TraceEvent>& events, const RulesByNode& rules);

  /// Adds to `seen` what the node's rules logged, with each prefix that one of them has, or why
  /// that cannot be told.
  void tell(const std::string& node, const RulesByNode& rules, Seen& seen) const;

 private:
  std::map<std::pair<std::string, std::string>, uint64_t> logged_;  // by node and prefix: packets
  std::map<std::string, std::string> unclear_;                      // by node: why
};

/// Does the namespace have legacy tables of either family? (/proc/net/ip_tables_names)
bool has_legacy_tables(const nl::Netns& netns);

}  // namespace fwproof::observe
