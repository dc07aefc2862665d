#include <cstring>
#include <string>
#include <vector>

#include "base/text.h"
#include "follow/follower.h"
#include "fuzz/targets.h"
#include "observe/conntrack_decode.h"
#include "observe/nflog_decode.h"
#include "observe/packet_decode.h"
#include "observe/trace_decode.h"
#include "parse/parse.h"

namespace fwproof::fuzz {
namespace {

/// In memory of their own, as aligned as netlink messages are and no byte longer than they are.
std::vector<uint8_t> own(std::span<const uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

/// What follows in `bytes` one after the other: two bytes of length, and as many.
std::vector<std::vector<uint8_t>> split_records(std::span<const uint8_t> bytes) {
  std::vector<std::vector<uint8_t>> records;
  while (bytes.size() >= 2) {
    const size_t length = std::min<size_t>(bytes[0] | bytes[1] << 8, bytes.size() - 2);
    records.push_back(own(bytes.subspan(2, length)));
    bytes = bytes.subspan(2 + length);
  }
  return records;
}

/// A trace message that says on which of two nodes it was, before it.
void add_event(std::span<const uint8_t> record, std::vector<TraceEvent>& events) {
  if (record.empty()) return;
  const std::string node = record[0] % 2 == 0 ? "client" : "gw";
  const std::vector<uint8_t> bytes = own(record.subspan(1));
  if (auto message = observe::decode_trace(bytes)) {
    message->event.node = node;
    events.push_back(std::move(message->event));
  } else if (auto nflog = observe::decode_nflog(bytes)) {
    const auto line = observe::parse_trace_line(nflog->prefix);
    if (!line) return;
    events.push_back({.node = node,
                      .legacy = true,
                      .family = nflog->family,
                      .table = line->table,
                      .chain = line->chain,
                      .kind = line->kind,
                      .rule = line->number,
                      .packet = nflog->packet});
  }
}

}  // namespace

void take_trace(std::span<const uint8_t> bytes) {
  const auto message = observe::decode_trace(own(bytes));
  if (message && message->event.packet) must_be_printable(describe(*message->event.packet));
}

void take_conntrack(std::span<const uint8_t> bytes) {
  const auto event = observe::decode_conntrack(own(bytes));
  if (event) must_be_printable(printable(describe(event->entry)));
}

void take_nflog(std::span<const uint8_t> bytes) {
  const auto message = observe::decode_nflog(own(bytes));
  if (!message) return;
  observe::parse_trace_line(message->prefix);
  if (message->packet) must_be_printable(describe(*message->packet));
}

void take_packet(std::span<const uint8_t> bytes) {
  const std::vector<uint8_t> frame = own(bytes);
  must_be_printable(observe::describe_frame(frame));
  if (const auto packet = observe::decode_packet(frame)) must_be_printable(describe(*packet));
}

void take_walk(std::span<const uint8_t> bytes) {
  static const Case c =
      parse::load_case(FWPROOF_SOURCE_DIR "/cases/nat/port-forward.yaml", FWPROOF_SOURCE_DIR)
          .front();
  std::vector<TraceEvent> events;
  for (const auto& record : split_records(bytes)) add_event(record, events);
  RulesByNode rulesets;
  for (const NodeRules& node : c.rules.at(Backend::iptables_nft))
    for (const RulesFile& file : node.files) rulesets[node.node] = file.written;
  follow::Follower follower(Backend::iptables_nft, rulesets);
  follower.add(events);
  FlowResult result;
  result.local = {IpAddress::parse("1.2.3.4").value(), 60000};
  result.remote = c.flows.front().destination;
  follower.walks(c.flows.front(), result);
  follower.problems();
}

}  // namespace fwproof::fuzz
