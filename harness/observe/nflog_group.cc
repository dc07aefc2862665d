#include "observe/nflog_group.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <netlink/msg.h>

#include <utility>

#include "observe/nfnetlink.h"

namespace fwproof::observe {
namespace {

/// What the kernel sets aside for a message. A small one keeps the receive buffer free.
constexpr uint32_t kMessageBytes = 1024;

nl::Message make_config(uint8_t family, uint16_t group) {
  nl::Message message = nl::make_message(nfnetlink_type(NFNL_SUBSYS_ULOG, NFULNL_MSG_CONFIG), 0);
  const nfgenmsg header{.nfgen_family = family, .version = NFNETLINK_V0, .res_id = htons(group)};
  nl::check(
      nlmsg_append(message.get(), const_cast<nfgenmsg*>(&header), sizeof header, NLMSG_ALIGNTO),
      "make an NFLOG request");
  return message;
}

template <typename Value>
void put(const nl::Message& message, int type, const Value& value) {
  nl::check(nla_put(message.get(), type, sizeof value, &value), "make an NFLOG request");
}

void take_over_logger(nl::Socket& socket, uint8_t family) {
  const nl::Message message = make_config(family, 0);
  put(message, NFULA_CFG_CMD, nfulnl_msg_config_cmd{NFULNL_CFG_CMD_PF_BIND});
  socket.request(message.get(), "send the trace of legacy tables to NFLOG");
}

void bind_group(nl::Socket& socket, uint16_t group) {
  const nl::Message message = make_config(AF_UNSPEC, group);
  put(message, NFULA_CFG_CMD, nfulnl_msg_config_cmd{NFULNL_CFG_CMD_BIND});
  put(message, NFULA_CFG_MODE,
      nfulnl_msg_config_mode{.copy_range = htonl(kLoggedBytes), .copy_mode = NFULNL_COPY_PACKET});
  put(message, NFULA_CFG_NLBUFSIZ, htonl(kMessageBytes));
  put(message, NFULA_CFG_QTHRESH, htonl(1));  // every packet is sent at once
  put(message, NFULA_CFG_FLAGS, htons(NFULNL_CFG_F_SEQ));
  socket.request(message.get(), fmt::format("listen to NFLOG group {}", group));
}

nl::Socket open_socket(const nl::Netns& netns, uint16_t group,
                       const std::vector<uint8_t>& families) {
  const nl::NetnsScope scope(netns);
  nl::Socket socket(NETLINK_NETFILTER);
  socket.set_receive_buffer(kReceiveBuffer);
  for (const uint8_t family : families) take_over_logger(socket, family);
  bind_group(socket, group);
  return socket;
}

}  // namespace

NflogGroup::NflogGroup(const nl::Netns& netns, std::string node, uint16_t group,
                       const std::vector<uint8_t>& families)
    : node_(std::move(node)), socket_(open_socket(netns, group, families)) {}

void NflogGroup::drain(const std::string& what, const Each& each, std::vector<std::string>& lost) {
  const bool whole = socket_.drain([&](nlmsghdr* header) {
    if (header->nlmsg_type == NLMSG_DONE) return;  // ends a batch of packets
    auto nflog = decode_nflog({reinterpret_cast<const uint8_t*>(header), header->nlmsg_len});
    if (!nflog) {
      lost.push_back(not_understood(node_, "NFLOG message", header->nlmsg_len));
      return;
    }
    if (nflog->sequence) count(*nflog->sequence, what, lost);
    each(std::move(*nflog));
  });
  if (!whole) lost.push_back(lost_some(node_, what));
}

void NflogGroup::count(uint32_t sequence, const std::string& what, std::vector<std::string>& lost) {
  if (sequence != next_sequence_)
    lost.push_back(
        fmt::format("node '{}': {} {} were lost", node_, sequence - next_sequence_, what));
  next_sequence_ = sequence + 1;
}

}  // namespace fwproof::observe
