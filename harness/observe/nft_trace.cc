#include "observe/nft_trace.h"

#include <fmt/format.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <optional>
#include <span>
#include <utility>

#include "observe/nfnetlink.h"
#include "observe/trace_decode.h"

namespace fwproof::observe {
namespace {

/// The number in a message about a new generation.
std::optional<uint32_t> generation_of(std::span<const uint8_t> message) {
  const auto nfnetlink = Nfnetlink::parse(message);
  if (!nfnetlink || nfnetlink->type != nfnetlink_type(NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWGEN))
    return std::nullopt;
  const auto attributes = Attributes::parse(nfnetlink->attributes);
  return attributes ? attributes->u32(NFTA_GEN_ID) : std::nullopt;
}

bool same_chain(const TraceEvent& a, const TraceEvent& b) {
  return a.family == b.family && a.table == b.table && a.chain == b.chain;
}

}  // namespace

NftTrace::NftTrace(std::shared_ptr<Mail> mail, TraceTable& table)
    : mail_(std::move(mail)),
      devices_(table.socket().fd(), mail_->node()),
      headers_(table.headers()) {
  if (headers_) headers_->forget();  // of these the mail does not tell
}

void NftTrace::drain(std::vector<TraceEvent>& events, std::vector<std::string>& lost) {
  if (headers_) headers_->drain(lost);
  const auto each = [&](nlmsghdr* header, uint64_t order) { take(header, order, events, lost); };
  if (mail_->take_rules(each)) return;
  for (auto& [id, end] : ends_) events.push_back(std::move(end));
  ends_.clear();  // what followed them may be among the lost
}

void NftTrace::take(nlmsghdr* header, uint64_t order, std::vector<TraceEvent>& events,
                    std::vector<std::string>& lost) {
  const std::span bytes(reinterpret_cast<const uint8_t*>(header), header->nlmsg_len);
  if (const auto generation = generation_of(bytes)) {
    generation_ = *generation;
    return;
  }
  auto message = decode_trace(bytes);
  if (!message) {
    lost.push_back(not_understood(mail_->node(), "trace message", header->nlmsg_len));
    return;
  }
  if (headers_) headers_->complete(*message);
  TraceEvent& event = message->event;
  if (message->start && !event.packet)
    lost.push_back(
        fmt::format("node '{}': a fragment of IPv6 went by, and the kernel did not tell where to",
                    mail_->node()));
  event.node = mail_->node();
  event.order = order;
  event.generation = generation_;
  event.in_dev = devices_.name(message->in_device, lost);
  event.out_dev = devices_.name(message->out_device, lost);
  tell(std::move(event), events);
}

void NftTrace::tell(TraceEvent event, std::vector<TraceEvent>& events) {
  if (const auto end = ends_.find(event.id); end != ends_.end()) {
    TraceEvent before = std::move(end->second);
    ends_.erase(end);
    if (event.kind == TraceEvent::Kind::policy && same_chain(before, event)) {
      // The headers stand in the first message of the chain, which was its end.
      before.kind = event.kind;
      before.verdict = event.verdict;
      event = std::move(before);
    } else {
      events.push_back(std::move(before));
    }
  }
  if (event.kind == TraceEvent::Kind::return_) {
    const uint32_t id = event.id;
    ends_.emplace(id, std::move(event));
  } else {
    events.push_back(std::move(event));
  }
}

}  // namespace fwproof::observe
