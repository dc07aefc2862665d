#include "observe/nft_trace.h"

#include <linux/filter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

#include <bit>
#include <cerrno>
#include <cstddef>
#include <iterator>
#include <optional>
#include <span>

#include "base/error.h"
#include "observe/nfnetlink.h"
#include "observe/trace_decode.h"

namespace fwproof::observe {
namespace {

/// Of all that the kernel tells when rules change only the generation is wanted: thousands of rules
/// would fill the socket's buffer.
void keep_trace_and_generations(const nl::Socket& socket) {
  // The low byte of nlmsg_type, which stands in the machine's own order (linux/netlink.h).
  constexpr uint32_t kMessage =
      offsetof(nlmsghdr, nlmsg_type) + (std::endian::native == std::endian::big ? 1 : 0);
  constexpr uint32_t kAll = ~0U;
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kMessage),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NFT_MSG_TRACE, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NFT_MSG_NEWGEN, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, kAll),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const sock_fprog program{.len = std::size(code), .filter = code};
  if (setsockopt(socket.fd(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
    throw MachineError::from_errno("filter what nf_tables tells", errno);
}

/// The number in a message about a new generation.
std::optional<uint32_t> generation_of(std::span<const uint8_t> message) {
  const auto nfnetlink = Nfnetlink::parse(message);
  if (!nfnetlink || nfnetlink->type != nfnetlink_type(NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWGEN))
    return std::nullopt;
  const auto attributes = Attributes::parse(nfnetlink->attributes);
  return attributes ? attributes->u32(NFTA_GEN_ID) : std::nullopt;
}

nl::Socket open_socket(const nl::Netns& netns) {
  const nl::NetnsScope scope(netns);
  nl::Socket socket(NETLINK_NETFILTER);
  socket.set_receive_buffer(kReceiveBuffer);
  keep_trace_and_generations(socket);
  socket.join(NFNLGRP_NFTRACE);
  socket.join(NFNLGRP_NFTABLES);
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
  const std::span bytes(reinterpret_cast<const uint8_t*>(header), header->nlmsg_len);
  if (const auto generation = generation_of(bytes)) {
    generation_ = *generation;
    return;
  }
  auto message = decode_trace(bytes);
  if (!message) {
    lost.push_back(not_understood(node_, "trace message", header->nlmsg_len));
    return;
  }
  TraceEvent& event = message->event;
  event.node = node_;
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
