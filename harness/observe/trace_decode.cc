#include "observe/trace_decode.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "observe/nfnetlink.h"
#include "observe/packet_decode.h"

namespace fwproof::observe {
namespace {

// Newer than Debian 12's headers (linux/netfilter/nf_tables.h since Linux 6.16).
constexpr int kTraceCtId = 18;
constexpr int kTraceCtState = 21;

std::optional<Verdict> verdict_from_code(uint32_t code) {
  switch (static_cast<int32_t>(code)) {
    case NFT_CONTINUE:
      return Verdict::continue_;
    case NFT_JUMP:
      return Verdict::jump;
    case NFT_GOTO:
      return Verdict::goto_;
    case NFT_RETURN:
      return Verdict::return_;
    default:
      break;
  }
  switch (code & NF_VERDICT_MASK) {  // the bits above are REJECT's errno or the queue's number
    case NF_ACCEPT:
      return Verdict::accept;
    case NF_DROP:
      return Verdict::drop;
    case NF_STOLEN:
      return Verdict::stolen;
    case NF_QUEUE:
      return Verdict::queue;
    default:
      return std::nullopt;
  }
}

bool decode_rule(const Attributes& attributes, TraceEvent& event) {
  const auto nest = attributes.nest(NFTA_TRACE_VERDICT);
  const auto code = nest ? nest->u32(NFTA_VERDICT_CODE) : std::nullopt;
  const auto verdict = code ? verdict_from_code(*code) : std::nullopt;
  if (!verdict) return false;
  event.verdict = *verdict;
  if (*verdict == Verdict::jump || *verdict == Verdict::goto_) {
    const auto chain = nest->text(NFTA_VERDICT_CHAIN);
    if (!chain) return false;
    event.target_chain = *chain;
  }
  if (!attributes.has(NFTA_TRACE_RULE_HANDLE)) {
    event.kind = TraceEvent::Kind::return_;
    return *verdict == Verdict::continue_ || *verdict == Verdict::return_;
  }
  const auto handle = attributes.u64(NFTA_TRACE_RULE_HANDLE);
  event.kind = TraceEvent::Kind::rule;
  event.rule = handle.value_or(0);
  return handle.has_value();
}

bool decode_policy(const Attributes& attributes, TraceEvent& event) {
  const auto policy = attributes.u32(NFTA_TRACE_POLICY);
  if (policy != NF_ACCEPT && policy != NF_DROP) return false;
  event.kind = TraceEvent::Kind::policy;
  event.verdict = *policy == NF_ACCEPT ? Verdict::accept : Verdict::drop;
  return true;
}

bool decode_headers(const Attributes& attributes, TraceMessage& trace) {
  const auto nfproto = attributes.u32(NFTA_TRACE_NFPROTO);
  const auto transport = attributes.bytes(NFTA_TRACE_TRANSPORT_HEADER);
  const bool has_network = attributes.has(NFTA_TRACE_NETWORK_HEADER);
  const auto network = attributes.bytes(NFTA_TRACE_NETWORK_HEADER);
  if (nfproto != NFPROTO_ARP) trace.start = start_of_ipv6(has_network ? network : transport);
  if (!has_network) return true;
  TraceEvent& event = trace.event;
  event.packet = nfproto == NFPROTO_ARP ? decode_arp(network) : decode_packet(network, transport);
  const bool is_ip = nfproto == NFPROTO_IPV4 || nfproto == NFPROTO_IPV6;
  return event.packet.has_value() || !is_ip;  // arp and bridge tables see more than IP
}

/// The words of `ct state` for the bits of enum nft_ct_state; INVALID packets carry no state.
std::string ct_state_name(uint32_t bits) {
  switch (bits) {
    case 1 << 0:
      return "invalid";
    case 1 << 1:
      return "established";
    case 1 << 2:
      return "related";
    case 1 << 3:
      return "new";
    case 1 << 6:
      return "untracked";
    default:
      return "";
  }
}

/// True if an attribute is either absent or a number of 32 bits; `value` is left alone if absent.
bool optional_u32(const Attributes& attributes, int type, uint32_t& value) {
  if (!attributes.has(type)) return true;
  const auto number = attributes.u32(type);
  value = number.value_or(value);
  return number.has_value();
}

}  // namespace

std::optional<TraceMessage> decode_trace(std::span<const uint8_t> message) {
  const auto nfnetlink = Nfnetlink::parse(message);
  if (!nfnetlink || nfnetlink->type != nfnetlink_type(NFNL_SUBSYS_NFTABLES, NFT_MSG_TRACE))
    return std::nullopt;
  const auto family = family_from_nfproto(nfnetlink->nfproto);
  const auto attributes = Attributes::parse(nfnetlink->attributes);
  if (!family || !attributes) return std::nullopt;
  const auto table = attributes->text(NFTA_TRACE_TABLE);
  const auto chain = attributes->text(NFTA_TRACE_CHAIN);
  const auto id = attributes->u32(NFTA_TRACE_ID);
  const auto type = attributes->u32(NFTA_TRACE_TYPE);
  if (!table || !chain || !id) return std::nullopt;

  TraceMessage trace;
  TraceEvent& event = trace.event;
  event.id = *id;
  event.family = *family;
  event.table = *table;
  event.chain = *chain;
  const bool is_rule = type == NFT_TRACETYPE_RULE || type == NFT_TRACETYPE_RETURN;
  if (!is_rule && type != NFT_TRACETYPE_POLICY) return std::nullopt;
  if (is_rule ? !decode_rule(*attributes, event) : !decode_policy(*attributes, event))
    return std::nullopt;
  uint32_t ct_state = 0;
  const bool whole = optional_u32(*attributes, NFTA_TRACE_IIF, trace.in_device) &&
                     optional_u32(*attributes, NFTA_TRACE_OIF, trace.out_device) &&
                     optional_u32(*attributes, NFTA_TRACE_MARK, event.mark) &&
                     optional_u32(*attributes, kTraceCtState, ct_state);
  if (!whole || !decode_headers(*attributes, trace)) return std::nullopt;
  event.ct_state = ct_state_name(ct_state);
  event.conntrack_id = attributes->u32(kTraceCtId);
  return trace;
}

}  // namespace fwproof::observe
