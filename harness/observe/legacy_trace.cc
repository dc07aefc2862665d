#include "observe/legacy_trace.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <netlink/msg.h>

#include "observe/nflog_decode.h"
#include "observe/nfnetlink.h"

namespace fwproof::observe {
namespace {

/// Enough for all headers with options, and for the quote in an ICMP error.
constexpr uint32_t kCopyBytes = 256;

/// What the kernel sets aside for a message. A small one keeps the receive buffer free.
constexpr uint32_t kMessageBytes = 1024;

nl::Message make_config(uint8_t family) {
  nl::Message message = nl::make_message(nfnetlink_type(NFNL_SUBSYS_ULOG, NFULNL_MSG_CONFIG), 0);
  const nfgenmsg header{.nfgen_family = family, .version = NFNETLINK_V0, .res_id = htons(0)};
  nl::check(
      nlmsg_append(message.get(), const_cast<nfgenmsg*>(&header), sizeof header, NLMSG_ALIGNTO),
      "make an NFLOG request");
  return message;
}

template <typename Value>
void put(const nl::Message& message, int type, const Value& value) {
  nl::check(nla_put(message.get(), type, sizeof value, &value), "make an NFLOG request");
}

/// The trace of a family goes to NFLOG: the same as writing nfnetlink_log to
/// net.netfilter.nf_log.<family>. LOG and NFLOG targets go where they always do.
void take_over_logger(nl::Socket& socket, uint8_t family) {
  const nl::Message message = make_config(family);
  put(message, NFULA_CFG_CMD, nfulnl_msg_config_cmd{NFULNL_CFG_CMD_PF_BIND});
  socket.request(message.get(), "send the trace of legacy tables to NFLOG");
}

void bind_group(nl::Socket& socket) {
  const nl::Message message = make_config(AF_UNSPEC);
  put(message, NFULA_CFG_CMD, nfulnl_msg_config_cmd{NFULNL_CFG_CMD_BIND});
  put(message, NFULA_CFG_MODE,
      nfulnl_msg_config_mode{.copy_range = htonl(kCopyBytes), .copy_mode = NFULNL_COPY_PACKET});
  put(message, NFULA_CFG_NLBUFSIZ, htonl(kMessageBytes));
  put(message, NFULA_CFG_QTHRESH, htonl(1));  // every packet is sent at once
  put(message, NFULA_CFG_FLAGS, htons(NFULNL_CFG_F_SEQ));
  socket.request(message.get(), "listen to NFLOG group 0");
}

nl::Socket open_socket(const nl::Netns& netns, bool ipv6) {
  const nl::NetnsScope scope(netns);
  nl::Socket socket(NETLINK_NETFILTER);
  socket.set_receive_buffer(kReceiveBuffer);
  take_over_logger(socket, AF_INET);
  if (ipv6) take_over_logger(socket, AF_INET6);
  bind_group(socket);
  return socket;
}

}  // namespace

LegacyTrace::LegacyTrace(const nl::Netns& netns, std::string node, bool ipv6)
    : node_(std::move(node)), socket_(open_socket(netns, ipv6)), devices_(socket_.fd(), node_) {}

void LegacyTrace::drain(std::vector<TraceEvent>& events, std::vector<std::string>& lost) {
  const bool whole = socket_.drain([&](nlmsghdr* header) { take(header, events, lost); });
  if (!whole) lost.push_back(lost_some(node_, "trace lines of legacy tables"));
}

void LegacyTrace::take(nlmsghdr* header, std::vector<TraceEvent>& events,
                       std::vector<std::string>& lost) {
  if (header->nlmsg_type == NLMSG_DONE) return;  // ends a batch of packets
  const auto nflog = decode_nflog({reinterpret_cast<const uint8_t*>(header), header->nlmsg_len});
  if (!nflog) {
    lost.push_back(not_understood(node_, "NFLOG message", header->nlmsg_len));
    return;
  }
  if (nflog->sequence) count(*nflog->sequence, lost);
  // The user's own NFLOG rules may log to group 0 as well.
  if (!nflog->prefix.starts_with(kTracePrefix)) return;
  const auto line = parse_trace_line(nflog->prefix);
  if (!line || !nflog->packet) {
    lost.push_back(fmt::format("node '{}': the trace line '{}' could not be understood", node_,
                               nflog->prefix));
    return;
  }
  events.push_back({.node = node_,
                    .legacy = true,
                    .family = nflog->family,
                    .table = line->table,
                    .chain = line->chain,
                    .kind = line->kind,
                    .rule = line->number,
                    .in_dev = devices_.name(nflog->in_device, lost),
                    .out_dev = devices_.name(nflog->out_device, lost),
                    .mark = nflog->mark,
                    .packet = nflog->packet});
}

void LegacyTrace::count(uint32_t sequence, std::vector<std::string>& lost) {
  if (sequence != next_sequence_)
    lost.push_back(fmt::format("node '{}': {} trace lines of legacy tables were lost", node_,
                               sequence - next_sequence_));
  next_sequence_ = sequence + 1;
}

}  // namespace fwproof::observe
