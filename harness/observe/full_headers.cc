#include "observe/full_headers.h"

#include <fmt/format.h>

namespace fwproof::observe {

std::string headers_prefix(Family family, std::string_view chain) {
  return fmt::format("fwproof: {} {}", to_string(family), chain);
}

void FullHeaders::drain(std::vector<std::string>& lost) {
  const auto take = [&](NflogMessage nflog) {
    if (nflog.packet && nflog.start)
      logged_[{std::move(nflog.prefix), *nflog.start}].push_back(std::move(*nflog.packet));
  };
  group_.drain("headers of IPv6", take, lost);
}

void FullHeaders::forget() {
  std::vector<std::string> lost;
  drain(lost);
  logged_.clear();
}

void FullHeaders::complete(TraceMessage& message) {
  if (!message.start) return;
  TraceEvent& event = message.event;
  if (is_trace_table(event.family, event.table)) {
    const auto found = logged_.find({headers_prefix(event.family, event.chain), *message.start});
    told_.erase(event.id);
    if (found == logged_.end()) return;
    event.packet = std::move(found->second.front());
    told_.emplace(event.id, *event.packet);
    found->second.pop_front();
    if (found->second.empty()) logged_.erase(found);
    return;
  }
  // A chain of the user's in between: rules before it may have changed what the message does tell.
  const auto told = told_.find(event.id);
  if (told == told_.end()) return;
  Packet packet = told->second;
  if (event.packet) {
    packet.source = event.packet->source;
    packet.destination = event.packet->destination;
  }
  packet.tos = static_cast<uint8_t>((*message.start)[0] << 4 | (*message.start)[1] >> 4);
  packet.ttl = (*message.start)[7];
  event.packet = packet;
}

}  // namespace fwproof::observe
