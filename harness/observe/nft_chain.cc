#include "observe/nft_chain.h"

#include <libnftnl/chain.h>
#include <linux/netfilter.h>
#include <linux/netfilter_arp.h>

#include <iterator>
#include <optional>

namespace fwproof::observe {
namespace {

/// Hook numbers are each family's own (linux/netfilter.h, linux/netfilter_arp.h).
std::optional<Hook> to_hook(Family family, uint32_t number) {
  if (family == Family::netdev)
    return number == NF_NETDEV_INGRESS ? Hook::ingress : Hook::egress;
  if (family == Family::arp) {
    if (number == NF_ARP_IN) return Hook::input;
    if (number == NF_ARP_OUT) return Hook::output;
    return std::nullopt;
  }
  constexpr Hook kHooks[] = {Hook::prerouting, Hook::input,       Hook::forward,
                             Hook::output,     Hook::postrouting, Hook::ingress};
  return number < std::size(kHooks) ? std::optional(kHooks[number]) : std::nullopt;
}

}  // namespace

Chain decode_chain(const nftnl_chain& from, Family family) {
  Chain chain{.name = nftnl_chain_get_str(&from, NFTNL_CHAIN_NAME),
              .handle = nftnl_chain_get_u64(&from, NFTNL_CHAIN_HANDLE)};
  if (nftnl_chain_is_set(&from, NFTNL_CHAIN_HOOKNUM)) {
    const auto hook = to_hook(family, nftnl_chain_get_u32(&from, NFTNL_CHAIN_HOOKNUM));
    if (hook)
      chain.base = {.hook = *hook,
                    .priority = nftnl_chain_get_s32(&from, NFTNL_CHAIN_PRIO),
                    .type = nftnl_chain_get_str(&from, NFTNL_CHAIN_TYPE)};
  }
  if (nftnl_chain_is_set(&from, NFTNL_CHAIN_POLICY))
    chain.policy = nftnl_chain_get_u32(&from, NFTNL_CHAIN_POLICY) == NF_ACCEPT ? Verdict::accept
                                                                               : Verdict::drop;
  if (nftnl_chain_is_set(&from, NFTNL_CHAIN_PACKETS))
    chain.policy_counter = {.packets = nftnl_chain_get_u64(&from, NFTNL_CHAIN_PACKETS),
                            .bytes = nftnl_chain_get_u64(&from, NFTNL_CHAIN_BYTES)};
  return chain;
}

}  // namespace fwproof::observe
