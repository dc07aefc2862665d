#include "follow/legacy_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace fwproof::follow {
namespace {

bool ends_table(const Step& step) {
  return step.kind == TraceEvent::Kind::policy || step.verdict == Verdict::accept ||
         step.verdict == Verdict::drop || step.verdict == Verdict::queue ||
         step.verdict == Verdict::stolen;
}

template <typename OfPassage>
auto* find_visit(OfPassage& passage, Hook hook) {
  auto& hooks = passage.visit.hooks;
  const auto found = std::find_if(hooks.begin(), hooks.end(),
                                  [&](const HookVisit& visit) { return visit.hook == hook; });
  return found == hooks.end() ? nullptr : &*found;
}

/// The hook of a legacy table's built-in chain. A user's chain may have the same name in small
/// letters.
std::optional<Hook> built_in_hook(const std::string& chain) {
  const auto hook = parse_hook(chain);
  return hook && to_string(*hook) == chain ? hook : std::nullopt;
}

}  // namespace

/// Of a built-in chain: the oldest passage of this packet that has been in the chain's hook and not
/// yet heard of its table there. Its headers are those of the hook's start or end; where NAT
/// changed them and a later rule dropped the packet, no end was seen and the identity must do.
LegacyPlaces::Place LegacyPlaces::find_in_hook(const TraceEvent& event, Hook hook,
                                               const std::vector<Passage>& passages,
                                               const PassagesByIdentity& by_identity) const {
  const auto candidates = by_identity.find({event.node, identity_key(*event.packet)});
  if (candidates == by_identity.end()) return {};
  Place second_choice;
  for (const size_t i : candidates->second) {
    const HookVisit* visit = find_visit(passages[i], hook);
    if (!visit || done_.contains({i, hook, event.table})) continue;
    if (!same_identity(passages[i].packet, *event.packet)) continue;
    if (same_ends(*visit->at_start, *event.packet) || same_ends(*visit->at_end, *event.packet))
      return {i, hook};
    if (!visit->passed && second_choice.passage == kNowhere) second_choice = {i, hook};
  }
  return second_choice;
}

LegacyPlaces::Place LegacyPlaces::find(const TraceEvent& event,
                                       const std::vector<Passage>& passages,
                                       const PassagesByIdentity& by_identity) const {
  if (!event.packet) return {};
  if (const auto hook = built_in_hook(event.chain))
    return find_in_hook(event, *hook, passages, by_identity);
  // A user chain is entered from the chain whose message came just before.
  const auto last = last_.find(event.node);
  if (last == last_.end()) return {};
  const Packet& packet = passages[last->second.passage].packet;
  return same_identity(packet, *event.packet) ? last->second : Place{};
}

void LegacyPlaces::place(std::vector<Passage>& passages, const PassagesByIdentity& by_identity,
                         const Append& append) {
  // Of each node only the oldest may go: its later ones can depend on where it went.
  std::set<std::string> stuck;
  std::erase_if(waiting_, [&](const TraceEvent& event) {
    if (stuck.contains(event.node)) return false;
    const Place place = find(event, passages, by_identity);
    if (place.passage == kNowhere) {
      stuck.insert(event.node);
      return false;
    }
    HookVisit& visit = *find_visit(passages[place.passage], place.hook);
    append(visit, event);
    last_[event.node] = place;
    if (ends_table(visit.steps.back())) done_.insert({place.passage, place.hook, event.table});
    return true;
  });
}

std::vector<std::string> LegacyPlaces::problems() const {
  std::vector<std::string> all;
  for (const TraceEvent& event : waiting_)
    all.push_back(fmt::format("node '{}': a trace line of {} {} fits no packet that was seen there",
                              event.node, event.table, event.chain));
  return all;
}

}  // namespace fwproof::follow
