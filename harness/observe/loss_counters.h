// What the kernel counts, in one node, of packets that it did away with: /proc/net/snmp, netstat,
// snmp6 and stat/nf_conntrack (proc(5); the kernel's networking/snmp_counter documentation). They
// belong to the namespace, and anybody may read them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "nl/netns.h"

namespace fwproof::observe {

/// Counters by name as model/loss.h has them.
using LossCounts = std::map<std::string, uint64_t>;

// Each takes the text of a file and adds the counters of it that tell of losses.
/// "Ip: Forwarding InHdrErrors ..." and "Ip: 2 0 ...": snmp and netstat.
void read_snmp(std::string_view text, LossCounts& counts);
/// "Ip6InNoRoutes  0": snmp6.
void read_snmp6(std::string_view text, LossCounts& counts);
/// A line of names, then one for each processor, in hexadecimal: stat/nf_conntrack.
void read_conntrack_stat(std::string_view text, LossCounts& counts);

class LossCounters {
 public:
  /// Opens nothing yet. `netns` must outlive this.
  LossCounters(const nl::Netns& netns, bool ipv6) : netns_(&netns), ipv6_(ipv6) {}

  /// The counters now; of a protocol that the kernel does not know, none. Throws MachineError.
  LossCounts read();

 private:
  void open_all();

  const nl::Netns* netns_;
  bool ipv6_;
  UniqueFd snmp_;
  UniqueFd netstat_;
  UniqueFd snmp6_;
  UniqueFd conntrack_;
};

}  // namespace fwproof::observe
