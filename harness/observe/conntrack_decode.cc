#include "observe/conntrack_decode.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <netlink/netlink.h>

#include <array>
#include <string_view>

#include "observe/nfnetlink.h"

namespace fwproof::observe {
namespace {

// enum tcp_conntrack of linux/netfilter/nf_conntrack_tcp.h; LISTEN serves as SYN_SENT2 there.
constexpr std::array<std::string_view, 10> kTcpStates{
    "NONE",       "SYN_SENT", "SYN_RECV",  "ESTABLISHED", "FIN_WAIT",
    "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE",       "SYN_SENT2"};

// enum ip_conntrack_status of linux/netfilter/nf_conntrack_common.h, without IPS_.
constexpr std::array<std::string_view, 16> kStatusBits{
    "EXPECTED",   "SEEN_REPLY",   "ASSURED",      "CONFIRMED", "SRC_NAT",       "DST_NAT",
    "SEQ_ADJUST", "SRC_NAT_DONE", "DST_NAT_DONE", "DYING",     "FIXED_TIMEOUT", "TEMPLATE",
    "UNTRACKED",  "HELPER",       "OFFLOAD",      "HW_OFFLOAD"};

std::optional<IpAddress> decode_address(const Attributes& ip, int v4, int v6) {
  if (const auto bytes = ip.bytes(v4); bytes.size() == 4) return IpAddress::from_bytes(bytes);
  if (const auto bytes = ip.bytes(v6); bytes.size() == 16) return IpAddress::from_bytes(bytes);
  return std::nullopt;
}

void decode_icmp(const Attributes& proto, int id, int type, int code, Tuple& tuple) {
  tuple.icmp_id = proto.u16(id).value_or(0);
  tuple.icmp_type = proto.u8(type).value_or(0);
  tuple.icmp_code = proto.u8(code).value_or(0);
}

std::optional<Tuple> decode_tuple(const Attributes& attributes, int type, uint16_t& zone) {
  const auto nest = attributes.nest(type);
  const auto ip = nest ? nest->nest(CTA_TUPLE_IP) : std::nullopt;
  const auto proto = nest ? nest->nest(CTA_TUPLE_PROTO) : std::nullopt;
  if (!ip || !proto) return std::nullopt;
  const auto source = decode_address(*ip, CTA_IP_V4_SRC, CTA_IP_V6_SRC);
  const auto destination = decode_address(*ip, CTA_IP_V4_DST, CTA_IP_V6_DST);
  const auto number = proto->u8(CTA_PROTO_NUM);
  if (!source || !destination || !number) return std::nullopt;
  Tuple tuple{.protocol = *number, .source = {*source}, .destination = {*destination}};
  if (*number == IPPROTO_ICMP) {
    decode_icmp(*proto, CTA_PROTO_ICMP_ID, CTA_PROTO_ICMP_TYPE, CTA_PROTO_ICMP_CODE, tuple);
  } else if (*number == IPPROTO_ICMPV6) {
    decode_icmp(*proto, CTA_PROTO_ICMPV6_ID, CTA_PROTO_ICMPV6_TYPE, CTA_PROTO_ICMPV6_CODE, tuple);
  } else {
    tuple.source.port = proto->u16(CTA_PROTO_SRC_PORT).value_or(0);
    tuple.destination.port = proto->u16(CTA_PROTO_DST_PORT).value_or(0);
  }
  zone = nest->u16(CTA_TUPLE_ZONE).value_or(zone);
  return tuple;
}

/// Empty unless the entry is TCP's and the message tells its state; nothing if it is malformed.
std::optional<std::string> decode_state(const Attributes& attributes) {
  if (!attributes.has(CTA_PROTOINFO)) return "";
  const auto info = attributes.nest(CTA_PROTOINFO);
  if (!info) return std::nullopt;
  if (!info->has(CTA_PROTOINFO_TCP)) return "";
  const auto tcp = info->nest(CTA_PROTOINFO_TCP);
  const auto state = tcp ? tcp->u8(CTA_PROTOINFO_TCP_STATE) : std::nullopt;
  if (!state || *state >= kTcpStates.size()) return std::nullopt;
  return std::string(kTcpStates[*state]);
}

std::vector<std::string> status_names(uint32_t bits) {
  std::vector<std::string> names;
  for (size_t bit = 0; bit < kStatusBits.size(); ++bit)
    if (bits & 1u << bit) names.emplace_back(kStatusBits[bit]);
  return names;
}

std::optional<ConntrackEvent::Kind> decode_kind(const Nfnetlink& nfnetlink) {
  if (nfnetlink.type == nfnetlink_type(NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE))
    return ConntrackEvent::Kind::destroy;
  if (nfnetlink.type != nfnetlink_type(NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_NEW))
    return std::nullopt;
  // A new entry's message has the flags of a request to make one (net/netfilter/
  // nf_conntrack_netlink.c, ctnetlink_conntrack_event).
  return nfnetlink.flags & NLM_F_CREATE ? ConntrackEvent::Kind::new_ : ConntrackEvent::Kind::update;
}

}  // namespace

std::optional<ConntrackEvent> decode_conntrack(std::span<const uint8_t> message) {
  const auto nfnetlink = Nfnetlink::parse(message);
  const auto kind = nfnetlink ? decode_kind(*nfnetlink) : std::nullopt;
  const auto attributes = kind ? Attributes::parse(nfnetlink->attributes) : std::nullopt;
  if (!attributes) return std::nullopt;
  ConntrackEvent event{.kind = *kind};
  ConntrackEntry& entry = event.entry;
  const auto original = decode_tuple(*attributes, CTA_TUPLE_ORIG, entry.zone);
  uint16_t reply_zone = 0;
  const auto reply = decode_tuple(*attributes, CTA_TUPLE_REPLY, reply_zone);
  const auto state = decode_state(*attributes);
  const auto status = attributes->u32(CTA_STATUS);
  if (!original || !reply || !state || !status) return std::nullopt;
  entry.original = *original;
  entry.reply = *reply;
  entry.state = *state;
  entry.status = status_names(*status);
  entry.id = attributes->u32(CTA_ID).value_or(0);
  entry.timeout = attributes->u32(CTA_TIMEOUT);
  entry.mark = attributes->u32(CTA_MARK).value_or(0);
  entry.zone = attributes->u16(CTA_ZONE).value_or(entry.zone);
  return event;
}

std::optional<Expectation> decode_expectation(std::span<const uint8_t> message) {
  const auto nfnetlink = Nfnetlink::parse(message);
  if (!nfnetlink ||
      nfnetlink->type != nfnetlink_type(NFNL_SUBSYS_CTNETLINK_EXP, IPCTNL_MSG_EXP_NEW))
    return std::nullopt;
  const auto attributes = Attributes::parse(nfnetlink->attributes);
  if (!attributes) return std::nullopt;
  uint16_t zone = 0;
  const auto expected = decode_tuple(*attributes, CTA_EXPECT_TUPLE, zone);
  const auto mask = decode_tuple(*attributes, CTA_EXPECT_MASK, zone);
  const auto master = decode_tuple(*attributes, CTA_EXPECT_MASTER, zone);
  if (!expected || !mask || !master) return std::nullopt;
  Expectation expectation{.expected = *expected, .master = *master};
  // What the mask leaves out may be anything; it holds of the source alone
  // (net/netfilter/nf_conntrack_expect.h).
  if (mask->source.port == 0) expectation.expected.source.port = 0;
  expectation.helper = attributes->text(CTA_EXPECT_HELP_NAME).value_or("");
  return expectation;
}

}  // namespace fwproof::observe
