#include "observe/nft_trace.h"

#include <linux/netfilter/nfnetlink.h>

#include "observe/nfnetlink.h"
#include "observe/trace_decode.h"

namespace fwproof::observe {
namespace {

nl::Socket open_socket(const nl::Netns& netns) {
  const nl::NetnsScope scope(netns);
  nl::Socket socket(NETLINK_NETFILTER);
  socket.set_receive_buffer(kReceiveBuffer);
  socket.join(NFNLGRP_NFTRACE);
  return socket;
}

bool same_chain(const TraceEvent& a, const TraceEvent& b) {
  return a.family == b.family && a.table == b.table && a.chain == b.chain;
}

}  // namespace

NftTrace::NftTrace(const nl::Netns& netns, std::string node)
    : node_(std::move(node)), socket_(open_socket(netns)), devices_(socket_.fd(), node_) {}

void NftTrace::drain(std::vector<TraceEvent>& events, std::vector<std::string>& lost) {
  const bool whole = socket_.drain([&](nlmsghdr* header) { take(header, events, lost); });
  if (whole) return;
  lost.push_back(lost_some(node_, "trace messages"));
  for (auto& [id, end] : ends_) events.push_back(std::move(end));
  ends_.clear();  // what followed them may be among the lost
}

void NftTrace::take(nlmsghdr* header, std::vector<TraceEvent>& events,
                    std::vector<std::string>& lost) {
  auto message = decode_trace({reinterpret_cast<const uint8_t*>(header), header->nlmsg_len});
  if (!message) {
    lost.push_back(not_understood(node_, "trace message", header->nlmsg_len));
    return;
  }
  TraceEvent& event = message->event;
  event.node = node_;
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
