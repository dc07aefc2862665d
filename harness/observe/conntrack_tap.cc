#include "observe/conntrack_tap.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <netlink/msg.h>

#include <cerrno>
#include <utility>

#include "base/error.h"
#include "observe/conntrack_decode.h"
#include "observe/nfnetlink.h"

namespace fwproof::observe {
namespace {

constexpr const char* kAttempt = "look up a conntrack entry";
constexpr const char* kForget = "delete a conntrack entry";

std::span<const uint8_t> bytes_of(const nlmsghdr* header) {
  return {reinterpret_cast<const uint8_t*>(header), header->nlmsg_len};
}

void put(nl_msg* message, int type, std::span<const uint8_t> bytes) {
  nl::check(nla_put(message, type, static_cast<int>(bytes.size()), bytes.data()), kAttempt);
}
void put_u8(nl_msg* message, int type, uint8_t value) { put(message, type, {&value, 1}); }
void put_u16(nl_msg* message, int type, uint16_t value) {
  const uint8_t bytes[] = {static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
  put(message, type, bytes);
}

void put_protocol(nl_msg* message, const Tuple& tuple) {
  put_u8(message, CTA_PROTO_NUM, tuple.protocol);
  if (tuple.protocol == IPPROTO_ICMP) {
    put_u16(message, CTA_PROTO_ICMP_ID, tuple.icmp_id);
    put_u8(message, CTA_PROTO_ICMP_TYPE, tuple.icmp_type);
    put_u8(message, CTA_PROTO_ICMP_CODE, tuple.icmp_code);
  } else if (tuple.protocol == IPPROTO_ICMPV6) {
    put_u16(message, CTA_PROTO_ICMPV6_ID, tuple.icmp_id);
    put_u8(message, CTA_PROTO_ICMPV6_TYPE, tuple.icmp_type);
    put_u8(message, CTA_PROTO_ICMPV6_CODE, tuple.icmp_code);
  } else {
    put_u16(message, CTA_PROTO_SRC_PORT, tuple.source.port);
    put_u16(message, CTA_PROTO_DST_PORT, tuple.destination.port);
  }
}

nl::Message make_question(int type, const Tuple& original, uint16_t zone) {
  nl::Message message = nl::make_message(nfnetlink_type(NFNL_SUBSYS_CTNETLINK, type), 0);
  nl_msg* raw = message.get();
  const IpAddress& source = original.source.address;
  nfgenmsg header{.nfgen_family = static_cast<uint8_t>(source.family()), .version = NFNETLINK_V0};
  nl::check(nlmsg_append(raw, &header, sizeof header, NLMSG_ALIGNTO), kAttempt);
  nlattr* tuple = nla_nest_start(raw, CTA_TUPLE_ORIG | NLA_F_NESTED);
  nlattr* ip = nla_nest_start(raw, CTA_TUPLE_IP | NLA_F_NESTED);
  put(raw, source.is_v6() ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, source.bytes());
  put(raw, source.is_v6() ? CTA_IP_V6_DST : CTA_IP_V4_DST, original.destination.address.bytes());
  nla_nest_end(raw, ip);
  nlattr* protocol = nla_nest_start(raw, CTA_TUPLE_PROTO | NLA_F_NESTED);
  put_protocol(raw, original);
  nla_nest_end(raw, protocol);
  nla_nest_end(raw, tuple);
  if (zone != 0) put_u16(raw, CTA_ZONE, zone);
  return message;
}

}  // namespace

void ConntrackTap::drain(std::vector<ConntrackEvent>& events, std::vector<std::string>& lost) {
  mail_->take_conntrack([&](nlmsghdr* header, uint64_t order) {
    if (auto expectation = decode_expectation(bytes_of(header))) {
      expectation->node = mail_->node();
      expectation->order = order;
      expectations_.push_back(std::move(*expectation));
      return;
    }
    auto event = decode_conntrack(bytes_of(header));
    if (!event) {
      lost.push_back(not_understood(mail_->node(), "conntrack event", header->nlmsg_len));
      return;
    }
    active_ = true;
    event->entry.node = mail_->node();
    event->order = order;
    events.push_back(std::move(*event));
  });
}

std::optional<ConntrackEntry> ConntrackTap::lookup(const Tuple& original, uint16_t zone) {
  const nl::Message question = make_question(IPCTNL_MSG_CT_GET, original, zone);
  nlmsg_hdr(question.get())->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
  std::optional<ConntrackEntry> entry;
  const auto each = [&](nlmsghdr* header) {
    auto answer = decode_conntrack(bytes_of(header));
    if (!answer) throw MachineError(kAttempt, "the answer could not be understood");
    // The kernel also finds an entry by its reply tuple.
    if (answer->entry.original != original) return;
    entry = std::move(answer->entry);
    entry->node = mail_->node();
  };
  const int error_number = questions_.ask(question.get(), kAttempt, each);
  if (error_number != 0 && error_number != ENOENT)
    throw MachineError::from_errno(kAttempt, error_number);
  return entry;
}

bool ConntrackTap::forget(const Tuple& original, uint16_t zone) {
  const nl::Message message = make_question(IPCTNL_MSG_CT_DELETE, original, zone);
  nlmsg_hdr(message.get())->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
  const int error_number = questions_.ask(message.get(), kForget, [](nlmsghdr*) {});
  if (error_number != 0 && error_number != ENOENT)
    throw MachineError::from_errno(kForget, error_number);
  return error_number == 0;
}

void ConntrackTap::begin_anew() {
  active_ = false;
  expectations_.clear();
}

void ConntrackTap::flush() {
  // Without a tuple all are meant (net/netfilter/nf_conntrack_netlink.c, ctnetlink_del_conntrack).
  const nl::Message message =
      nl::make_message(nfnetlink_type(NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE), 0);
  nfgenmsg header{.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0};
  nl::check(nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO), kForget);
  questions_.request(message.get(), "node '" + mail_->node() + "': flush conntrack");
}

}  // namespace fwproof::observe
