#include "observe/nflog_decode.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>

#include "base/text.h"
#include "observe/nfnetlink.h"

namespace fwproof::observe {

std::optional<NflogMessage> decode_nflog(std::span<const uint8_t> message) {
  const auto nfnetlink = Nfnetlink::parse(message);
  if (!nfnetlink || nfnetlink->type != nfnetlink_type(NFNL_SUBSYS_ULOG, NFULNL_MSG_PACKET))
    return std::nullopt;
  const auto family = family_from_nfproto(nfnetlink->nfproto);
  const auto attributes = Attributes::parse(nfnetlink->attributes);
  if (!family || !attributes) return std::nullopt;
  NflogMessage nflog;
  nflog.family = *family;
  nflog.prefix = attributes->text(NFULA_PREFIX).value_or("");
  nflog.in_device = attributes->u32(NFULA_IFINDEX_INDEV).value_or(0);
  nflog.out_device = attributes->u32(NFULA_IFINDEX_OUTDEV).value_or(0);
  nflog.mark = attributes->u32(NFULA_MARK).value_or(0);
  nflog.sequence = attributes->u32(NFULA_SEQ);
  const auto payload = attributes->bytes(NFULA_PAYLOAD);
  nflog.packet = decode_packet(payload);
  nflog.start = start_of_ipv6(payload);
  return nflog;
}

std::optional<TraceLine> parse_trace_line(std::string_view prefix) {
  if (!prefix.starts_with(kTracePrefix)) return std::nullopt;
  std::string_view text = trim(prefix.substr(kTracePrefix.size()));
  // The name of a chain may hold colons, the other three may not.
  const size_t after_table = text.find(':');
  const size_t before_number = text.rfind(':');
  if (after_table == before_number) return std::nullopt;
  const size_t before_kind = text.rfind(':', before_number - 1);
  if (before_kind <= after_table || before_kind > before_number) return std::nullopt;
  TraceLine line;
  line.table = text.substr(0, after_table);
  line.chain = text.substr(after_table + 1, before_kind - after_table - 1);
  const auto kind = text.substr(before_kind + 1, before_number - before_kind - 1);
  const auto number = parse_unsigned(text.substr(before_number + 1));
  if (line.table.empty() || line.chain.empty() || !number) return std::nullopt;
  line.number = *number;
  if (kind == "rule") {
    line.kind = TraceEvent::Kind::rule;
  } else if (kind == "return") {
    line.kind = TraceEvent::Kind::return_;
  } else if (kind == "policy") {
    line.kind = TraceEvent::Kind::policy;
  } else {
    return std::nullopt;
  }
  return line;
}

}  // namespace fwproof::observe
