#include "nl/netem.h"

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nl/message.h"

namespace fwproof::nl {
namespace {

/// A share of all packets as the kernel counts it: 2^32 - 1 is each of them.
uint32_t share(double per_cent) {
  const double whole = std::numeric_limits<uint32_t>::max();
  return static_cast<uint32_t>(std::lround(std::clamp(per_cent / 100, 0.0, 1.0) * whole));
}

/// The kernel's tick of packet schedulers is 64 ns (PSCHED_SHIFT, include/net/pkt_sched.h).
constexpr uint32_t kTickNs = 64;
uint32_t ticks(uint32_t us) {
  return static_cast<uint32_t>(std::min<uint64_t>(uint64_t{us} * 1000 / kTickNs, UINT32_MAX));
}

constexpr uint32_t kQueueLimit = 1000;  // packets, as tc's own default

}  // namespace

void set_netem(Socket& socket, int index, const NetemParameters& parameters,
               const std::string& attempt) {
  const Message message = make_message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE);
  append(message.get(),
         tcmsg{.tcm_family = AF_UNSPEC, .tcm_ifindex = index, .tcm_parent = TC_H_ROOT});
  put(nla_put_string(message.get(), TCA_KIND, "netem"));
  {
    const Nest options(message.get(), TCA_OPTIONS);
    append(message.get(), tc_netem_qopt{.latency = ticks(parameters.delay_us),
                                        .limit = kQueueLimit,
                                        .loss = share(parameters.loss),
                                        .gap = parameters.reorder > 0 ? 1u : 0u,
                                        .duplicate = share(parameters.duplicate),
                                        .jitter = ticks(parameters.jitter_us)});
    if (parameters.reorder > 0) {
      const tc_netem_reorder reorder{.probability = share(parameters.reorder), .correlation = 0};
      put(nla_put(message.get(), TCA_NETEM_REORDER, sizeof reorder, &reorder));
    }
    if (parameters.corrupt > 0) {
      const tc_netem_corrupt corrupt{.probability = share(parameters.corrupt), .correlation = 0};
      put(nla_put(message.get(), TCA_NETEM_CORRUPT, sizeof corrupt, &corrupt));
    }
  }
  socket.request(message.get(), attempt);
}

}  // namespace fwproof::nl
