#include "observe/trace_table.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/table.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_arp.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <new>
#include <span>

#include "base/error.h"
#include "model/trace.h"

namespace fwproof::observe {
namespace {

constexpr const char* kConntrackChain = "conntrack";

struct Freer {
  void operator()(nftnl_table* table) const { nftnl_table_free(table); }
  void operator()(nftnl_chain* chain) const { nftnl_chain_free(chain); }
  void operator()(nftnl_rule* rule) const { nftnl_rule_free(rule); }
};
template <typename Object>
using Owned = std::unique_ptr<Object, Freer>;

template <typename Object>
Object* allocated(Object* object) {
  if (!object) throw std::bad_alloc();
  return object;
}

/// Requests that the kernel carries out as one, in the form it reads from one datagram.
class Batch {
 public:
  Batch() { take(nftnl_batch_begin(at(), next_++)); }

  /// What is added from here on is of this family (NFPROTO_*).
  void use_family(uint16_t family) { family_ = family; }

  void add(nftnl_table* table) {
    const auto header = begin(NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
    nftnl_table_nlmsg_build_payload(header, table);
    take(header);
  }
  void add(nftnl_chain* chain) {
    const auto header = begin(NFT_MSG_NEWCHAIN, NLM_F_CREATE);
    nftnl_chain_nlmsg_build_payload(header, chain);
    take(header);
  }
  void add(nftnl_rule* rule) {
    const auto header = begin(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
    nftnl_rule_nlmsg_build_payload(header, rule);
    take(header);
  }

  /// Sends all and waits until the kernel has said yes to the last request, or no to any.
  void commit(nl::Socket& socket, const std::string& attempt) {
    last_->nlmsg_flags |= NLM_F_ACK;
    take(nftnl_batch_end(at(), next_++));
    if (send(socket.fd(), bytes_.data(), size_, 0) < 0)
      throw MachineError::from_errno(attempt, errno);
    if (const int error = nl_wait_for_ack(socket.get()); error < 0)
      throw MachineError(attempt, nl_geterror(error),
                         error == -NLE_EXIST ? "its rules make one of that name themselves"
                                             : "a table with an owner needs Linux 5.12 or newer");
  }

 private:
  char* at() { return bytes_.data() + size_; }

  nlmsghdr* begin(uint16_t type, uint16_t flags) {
    return nftnl_nlmsg_build_hdr(at(), type, family_, flags, next_++);
  }

  void take(nlmsghdr* header) {
    last_ = header;
    size_ += NLMSG_ALIGN(header->nlmsg_len);
  }

  // About 160 requests of at most 500 bytes.
  std::vector<char> bytes_ = std::vector<char>(80 << 10);
  uint16_t family_ = NFPROTO_INET;
  size_t size_ = 0;
  uint32_t next_ = 1;
  nlmsghdr* last_ = nullptr;
};

void add_table(Batch& batch, const TraceScope& scope) {
  const Owned<nftnl_table> table(allocated(nftnl_table_alloc()));
  nftnl_table_set_str(table.get(), NFTNL_TABLE_NAME, kTraceTable);
  if (scope.owned) nftnl_table_set_u32(table.get(), NFTNL_TABLE_FLAGS, NFT_TABLE_F_OWNER);
  batch.add(table.get());
}

Owned<nftnl_chain> make_chain(const char* name) {
  Owned<nftnl_chain> chain(allocated(nftnl_chain_alloc()));
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_TABLE, kTraceTable);
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_NAME, name);
  return chain;
}

Owned<nftnl_rule> make_rule(const char* chain) {
  Owned<nftnl_rule> rule(allocated(nftnl_rule_alloc()));
  nftnl_rule_set_str(rule.get(), NFTNL_RULE_TABLE, kTraceTable);
  nftnl_rule_set_str(rule.get(), NFTNL_RULE_CHAIN, chain);
  return rule;
}

/// The rule takes the expression over.
nftnl_expr* add_expression(nftnl_rule* rule, const char* name) {
  nftnl_expr* expression = allocated(nftnl_expr_alloc(name));
  nftnl_rule_add_expr(rule, expression);
  return expression;
}

void add_base_chain(Batch& batch, const TraceChain& from, uint32_t hook_number) {
  const auto chain = make_chain(from.name);
  nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_HOOKNUM, hook_number);
  nftnl_chain_set_s32(chain.get(), NFTNL_CHAIN_PRIO, from.last ? kLastPriority : kFirstPriority);
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_TYPE, "filter");
  nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_POLICY, NF_ACCEPT);
  batch.add(chain.get());
}

/// Hook is in the order of enum nf_inet_hooks.
void add_base_chain(Batch& batch, const TraceChain& from) {
  add_base_chain(batch, from, static_cast<uint32_t>(from.hook));
}

void add_accept(nftnl_rule* rule) {
  nftnl_expr* accept = add_expression(rule, "immediate");
  nftnl_expr_set_u32(accept, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
  nftnl_expr_set_u32(accept, NFTNL_EXPR_IMM_VERDICT, NF_ACCEPT);
}

/// `accept`: the kernel tells of it in one message, of a policy in two, of which the first says
/// that the chain has ended (nft_do_chain() in net/netfilter/nf_tables_core.c).
void add_accepting_rule(Batch& batch, const char* chain) {
  const auto rule = make_rule(chain);
  add_accept(rule.get());
  batch.add(rule.get());
}

template <typename Value>
void add_compare(nftnl_rule* rule, uint32_t how, Value value) {
  nftnl_expr* compare = add_expression(rule, "cmp");
  nftnl_expr_set_u32(compare, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
  nftnl_expr_set_u32(compare, NFTNL_EXPR_CMP_OP, how);
  nftnl_expr_set(compare, NFTNL_EXPR_CMP_DATA, &value, sizeof value);
}

void load_meta(nftnl_rule* rule, uint32_t key) {
  nftnl_expr* meta = add_expression(rule, "meta");
  nftnl_expr_set_u32(meta, NFTNL_EXPR_META_KEY, key);
  nftnl_expr_set_u32(meta, NFTNL_EXPR_META_DREG, NFT_REG_1);
}

/// `meta protocol`, an ETH_P_*.
void match_protocol(nftnl_rule* rule, uint16_t protocol) {
  load_meta(rule, NFT_META_PROTOCOL);
  add_compare(rule, NFT_CMP_EQ, htons(protocol));
}

/// One byte of a header.
void load_byte(nftnl_rule* rule, uint32_t base, uint32_t offset) {
  nftnl_expr* payload = add_expression(rule, "payload");
  nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
  nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_BASE, base);
  nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
  nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_LEN, 1);
}

/// `meta nftrace set 1`
void add_trace(nftnl_rule* rule) {
  nftnl_expr* one = add_expression(rule, "immediate");
  const uint8_t value = 1;
  nftnl_expr_set_u32(one, NFTNL_EXPR_IMM_DREG, NFT_REG_1);
  nftnl_expr_set(one, NFTNL_EXPR_IMM_DATA, &value, sizeof value);
  nftnl_expr* trace = add_expression(rule, "meta");
  nftnl_expr_set_u32(trace, NFTNL_EXPR_META_KEY, NFT_META_NFTRACE);
  nftnl_expr_set_u32(trace, NFTNL_EXPR_META_SREG, NFT_REG_1);
}

/// `meta nftrace set 1 accept`, with an ETH_P_* for what is of that protocol alone.
void add_tracing_rule(Batch& batch, const char* chain, uint16_t protocol = 0) {
  const auto rule = make_rule(chain);
  if (protocol != 0) match_protocol(rule.get(), protocol);
  add_trace(rule.get());
  add_accept(rule.get());
  batch.add(rule.get());
}

/// Ends a rule: it logs what it matched, and does the same with it as the chain's other rules.
void add_logging(Batch& batch, nftnl_rule* rule, Family family, const TraceChain& chain) {
  nftnl_expr* log = add_expression(rule, "log");
  nftnl_expr_set_str(log, NFTNL_EXPR_LOG_PREFIX, headers_prefix(family, chain.name).c_str());
  nftnl_expr_set_u16(log, NFTNL_EXPR_LOG_GROUP, kHeadersGroup);
  nftnl_expr_set_u32(log, NFTNL_EXPR_LOG_SNAPLEN, kLoggedBytes);
  nftnl_expr_set_u16(log, NFTNL_EXPR_LOG_QTHRESHOLD, 1);
  if (chain.first) add_trace(rule);
  add_accept(rule);
  batch.add(rule);
}

/// What the trace tells too little of: what has an extension header (RFC 8200 section 4), and
/// errors of ICMPv6 (RFC 4443 section 2.1). It is logged by the rule that lets it go on, so that
/// the trace tells of it in one message, as of all else.
void add_logging_rules(Batch& batch, Family family, const TraceChain& chain) {
  constexpr uint32_t kNextHeader = 6;
  constexpr uint8_t kExtensions[] = {0, 43, 44, 60};
  for (const uint8_t extension : kExtensions) {
    const auto rule = make_rule(chain.name);
    match_protocol(rule.get(), ETH_P_IPV6);
    load_byte(rule.get(), NFT_PAYLOAD_NETWORK_HEADER, kNextHeader);
    add_compare(rule.get(), NFT_CMP_EQ, extension);
    add_logging(batch, rule.get(), family, chain);
  }
  constexpr uint8_t kFirstQuestion = 128;
  const auto rule = make_rule(chain.name);
  load_meta(rule.get(), NFT_META_L4PROTO);
  add_compare(rule.get(), NFT_CMP_EQ, uint8_t{kProtocolIcmpv6});
  load_byte(rule.get(), NFT_PAYLOAD_TRANSPORT_HEADER, 0);
  add_compare(rule.get(), NFT_CMP_LT, kFirstQuestion);
  add_logging(batch, rule.get(), family, chain);
}

void add_own_rules(Batch& batch, const TraceChain& chain, bool ipv6) {
  if (ipv6) add_logging_rules(batch, Family::inet, chain);
  if (chain.first)
    add_tracing_rule(batch, chain.name);
  else
    add_accepting_rule(batch, chain.name);
}

/// A look at `ct state` in a chain that nothing jumps to.
void add_conntrack_chain(Batch& batch) {
  batch.add(make_chain(kConntrackChain).get());
  const auto rule = make_rule(kConntrackChain);
  nftnl_expr* state = add_expression(rule.get(), "ct");
  nftnl_expr_set_u32(state, NFTNL_EXPR_CT_KEY, NFT_CT_STATE);
  nftnl_expr_set_u32(state, NFTNL_EXPR_CT_DREG, NFT_REG_1);
  batch.add(rule.get());
}

void add_ingress_chain(Batch& batch, const std::vector<std::string>& devices, bool ipv6) {
  const auto chain = make_chain(kIngressChain.name);
  nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_HOOKNUM, NF_INET_INGRESS);
  nftnl_chain_set_s32(chain.get(), NFTNL_CHAIN_PRIO, kFirstPriority);
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_TYPE, "filter");
  nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_POLICY, NF_ACCEPT);
  std::vector<const char*> names;
  for (const std::string& device : devices) names.push_back(device.c_str());
  names.push_back(nullptr);
  nftnl_chain_set_array(chain.get(), NFTNL_CHAIN_DEVICES, names.data());
  batch.add(chain.get());
  add_own_rules(batch, kIngressChain, ipv6);
}

/// ARP and the like have no headers that could be followed, so they are not traced.
void add_bridge_table(Batch& batch, const TraceScope& scope) {
  batch.use_family(NFPROTO_BRIDGE);
  add_table(batch, scope);
  for (const TraceChain& chain : kTraceChains) {
    add_base_chain(batch, chain);
    if (scope.ipv6) add_logging_rules(batch, Family::bridge, chain);
    if (chain.first) {
      add_tracing_rule(batch, chain.name, ETH_P_IP);
      add_tracing_rule(batch, chain.name, ETH_P_IPV6);
    } else {
      add_accepting_rule(batch, chain.name);
    }
  }
}

nl::Socket open_socket(const nl::Netns& netns) {
  const nl::NetnsScope scope(netns);
  return nl::Socket(NETLINK_NETFILTER);
}

/// ARP has two hooks of its own (NF_ARP_IN, NF_ARP_OUT of linux/netfilter_arp.h).
void add_arp_table(Batch& batch, const TraceScope& scope) {
  batch.use_family(NFPROTO_ARP);
  add_table(batch, scope);
  for (const TraceChain& chain : kTraceChains) {
    if (chain.hook != Hook::input && chain.hook != Hook::output) continue;
    add_base_chain(batch, chain, chain.hook == Hook::input ? NF_ARP_IN : NF_ARP_OUT);
    add_own_rules(batch, chain, false);
  }
}

}  // namespace

TraceTable::TraceTable(const nl::Netns& netns, const std::string& node, const TraceScope& scope)
    : owner_(open_socket(netns)),
      headers_(scope.ipv6 ? std::make_unique<FullHeaders>(netns, node) : nullptr) {
  Batch batch;
  add_table(batch, scope);
  const auto chains = scope.lone ? std::span<const TraceChain>(kLoneChains)
                                 : std::span<const TraceChain>(kTraceChains);
  for (const TraceChain& chain : chains) {
    add_base_chain(batch, chain);
    add_own_rules(batch, chain, scope.ipv6);
  }
  if (scope.conntrack) add_conntrack_chain(batch);
  if (!scope.ingress.empty()) add_ingress_chain(batch, scope.ingress, scope.ipv6);
  if (scope.bridge) add_bridge_table(batch, scope);
  if (scope.arp) add_arp_table(batch, scope);
  batch.commit(owner_, fmt::format("make fwproof's table in node '{}'", node));
}

void TraceTable::widen(const std::string& node, const TraceScope& by) {
  Batch batch;
  if (!by.ingress.empty()) add_ingress_chain(batch, by.ingress, by.ipv6);
  if (by.bridge) add_bridge_table(batch, by);
  batch.commit(owner_, fmt::format("add to fwproof's table in node '{}'", node));
}

}  // namespace fwproof::observe
