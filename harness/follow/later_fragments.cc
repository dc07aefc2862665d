#include "follow/later_fragments.h"

#include <fmt/format.h>

namespace fwproof::follow {
namespace {

bool is_later(const TraceEvent& event) {
  return event.packet && event.packet->fragment_offset == kUnknownOffset;
}

bool is_first(const TraceEvent& event) {
  return event.packet && event.packet->is_fragment() && event.packet->source.is_v6() &&
         !is_later(event);
}

}  // namespace

/// The first 12 bytes of the source are told of a later fragment too.
LaterFragments::Key LaterFragments::key_of(const TraceEvent& event) {
  const auto bytes = event.packet->source.bytes().first(12);
  return {event.node, {bytes.begin(), bytes.end()}};
}

bool LaterFragments::may_go(const TraceEvent& event) const {
  return !is_later(event) || first_.contains(key_of(event));
}

void LaterFragments::hand_on(TraceEvent event, const Go& go) const {
  if (is_later(event)) {
    const Packet& first = first_.at(key_of(event));
    event.packet->source = first.source;
    event.packet->destination = first.destination;
  }
  go(event);
}

void LaterFragments::take(const TraceEvent& event, const Go& go) {
  if (is_first(event)) first_[key_of(event)] = *event.packet;
  const auto kept = held_.find(event.node);
  if (kept == held_.end() && !is_later(event)) return go(event);
  std::deque<TraceEvent>& held = held_[event.node];
  held.push_back(event);
  while (!held.empty() && may_go(held.front())) {
    hand_on(std::move(held.front()), go);
    held.pop_front();
  }
  if (held.empty()) held_.erase(event.node);
}

std::vector<std::string> LaterFragments::problems() const {
  std::vector<std::string> all;
  for (const auto& [node, events] : held_)
    all.push_back(fmt::format(
        "node '{}': a fragment of IPv6 came without its packet's first, and of such a one the "
        "kernel's trace does not tell where it goes",
        node));
  return all;
}

}  // namespace fwproof::follow
