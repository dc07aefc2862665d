// What LOG rules wrote. The kernel lets no line of them out of a network namespace unless the
// host's net.netfilter.nf_log_all_netns is set, and never to a logger of the namespace's own: LOG
// names nf_log_syslog itself (net/netfilter/nf_log.c, nf_log_packet). But its trace tells of every
// rule that a packet matched, and a LOG rule that matched has logged: the target has no condition.
#pragma once

#include <compare>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "model/ruleset.h"
#include "model/seen.h"
#include "model/trace.h"
#include "nl/netns.h"

namespace fwproof::observe {

class LogTap {
 public:
  /// Notes the rules that packets matched.
  void add(const std::vector<TraceEvent>& events);

  /// Adds to `seen` what the node's LOG rules wrote, or why that cannot be told. The rules are
  /// those the node had, at the start and at the end.
  void tell(const std::string& node, std::initializer_list<const Ruleset*> rules, Seen& seen) const;

 private:
  struct RuleName {
    std::string node;
    bool legacy = false;
    Family family = Family::ip;
    std::string table;
    std::string chain;
    uint64_t rule = 0;  // as in TraceEvent
    auto operator<=>(const RuleName&) const = default;
  };
  static const Rule* find(const RuleName& name, std::initializer_list<const Ruleset*> rules);

  std::map<RuleName, uint64_t> matched_;  // how many packets
};

/// Does the namespace have legacy tables of either family? (/proc/net/ip_tables_names)
bool has_legacy_tables(const nl::Netns& netns);

}  // namespace fwproof::observe
