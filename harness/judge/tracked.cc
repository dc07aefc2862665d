#include "judge/tracked.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace fwproof::judge {
namespace {

auto identity(const ConntrackEntry& e) {
  return std::tuple(e.id, e.zone, e.original.protocol, e.original.source, e.original.destination,
                    e.original.icmp_id);
}

/// The latest of this identity; nullptr if there is none.
Tracked* latest(std::vector<Tracked>& all, const ConntrackEntry& entry) {
  const auto found = std::find_if(all.rbegin(), all.rend(), [&](const Tracked& t) {
    return identity(t.entry) == identity(entry);
  });
  return found == all.rend() ? nullptr : &*found;
}

Tracked& add(std::vector<Tracked>& all, const ConntrackEntry& entry) {
  all.emplace_back().entry = entry;
  return all.back();
}

void note(const ConntrackEvent& event, std::vector<Tracked>& all) {
  Tracked* known = latest(all, event.entry);
  const bool anew = event.kind == ConntrackEvent::Kind::new_;
  if (known && anew) known->ends = std::min(known->ends, event.order);
  Tracked& t = known && !anew ? *known : add(all, event.entry);
  t.entry = event.entry;
  t.events.push_back(&event);
  if (anew) t.begins = event.order;
  if (event.kind != ConntrackEvent::Kind::destroy) return;
  t.destroyed = true;
  t.ends = event.order;
}

bool is_of(const Tuple& tuple, const Packet& packet) {
  const bool same = tuple.source == packet.from() && tuple.destination == packet.to();
  const bool reversed = tuple.source == packet.to() && tuple.destination == packet.from();
  return tuple.protocol == packet.protocol && (same || reversed) &&
         (!packet.is_icmp() || tuple.icmp_id == packet.icmp_id);
}

bool fits(const Tracked& t, const HookVisit& hook) {
  return is_seen_at(t.entry.original, hook) || is_seen_at(t.entry.reply, hook);
}

bool fits_any(const Tracked& t, const std::vector<const HookVisit*>& hooks) {
  return std::any_of(hooks.begin(), hooks.end(),
                     [&](const HookVisit* hook) { return fits(t, *hook); });
}

/// Does the kernel's trace tell the entries' ids? Any packet's tells.
bool tells_ids(const Seen& seen) {
  for (const FlowSeen& flow : seen.flows)
    for (const Walk& walk : flow.walks)
      for (const NodeVisit& visit : walk.visits)
        for (const HookVisit& hook : visit.hooks)
          if (hook.conntrack_id) return true;
  return false;
}

/// Behind this hook the kernel confirms what the packet began, and tells of it.
bool confirms(const HookVisit& hook) {
  return hook.passed && (hook.hook == Hook::input || hook.hook == Hook::postrouting);
}

/// Those of `among` that the packet belonged to at this hook, or began behind it.
std::vector<const Tracked*> met(const HookVisit& hook, const std::vector<const Tracked*>& among,
                                bool ids_told) {
  std::vector<const Tracked*> alive;
  const Tracked* begun = nullptr;
  for (const Tracked* t : among) {
    if (ids_told ? hook.conntrack_id != t->entry.id : !fits(*t, hook)) continue;
    if (t->begins > hook.order) {
      if (!begun || t->begins < begun->begins) begun = t;
    } else if (hook.order <= t->ends) {
      alive.push_back(t);
    }
  }
  if (alive.empty() && begun && confirms(hook)) alive.push_back(begun);
  return alive;
}

bool in_several_zones(const std::vector<const Tracked*>& entries) {
  return std::any_of(entries.begin(), entries.end(), [&](const Tracked* t) {
    return t->entry.zone != entries.front()->entry.zone;
  });
}

bool another_flow_fits(const FlowSeen& flow, const std::string& node, const Seen& seen,
                       const std::vector<const Tracked*>& entries) {
  return std::any_of(seen.flows.begin(), seen.flows.end(), [&](const FlowSeen& other) {
    const auto hooks = hooks_at(other, node);
    return other.flow != flow.flow && std::any_of(entries.begin(), entries.end(),
                                                  [&](auto* t) { return fits_any(*t, hooks); });
  });
}

}  // namespace

std::vector<Tracked> entries_of(const std::string& node, const Seen& seen) {
  std::vector<Tracked> all;
  for (const ConntrackEvent& event : seen.conntrack_events)
    if (event.entry.node == node) note(event, all);
  for (const ConntrackEntry& entry : seen.conntrack_at_end) {
    if (entry.node != node) continue;
    Tracked* known = latest(all, entry);
    Tracked& t = known ? *known : add(all, entry);
    t.entry = entry;
    t.at_end = true;
  }
  return all;
}

OwnEntries own_entries(const FlowSeen& flow, const std::string& node, const Seen& seen,
                       const std::vector<Tracked>& all) {
  const auto hooks = hooks_at(flow, node);
  std::vector<const Tracked*> fitting;
  for (const Tracked& t : all)
    if (fits_any(t, hooks)) fitting.push_back(&t);
  const bool ids_told = tells_ids(seen);
  OwnEntries own;
  own.doubtful =
      !ids_told && in_several_zones(fitting) && another_flow_fits(flow, node, seen, fitting);
  std::set<const Tracked*> belonged;
  for (const HookVisit* hook : hooks)
    for (const Tracked* t : met(*hook, fitting, ids_told)) belonged.insert(t);
  for (const Tracked* t : fitting)
    if (own.doubtful || belonged.contains(t)) own.entries.push_back(*t);
  return own;
}

std::optional<uint64_t> sight_that_made(const Expectation& expectation, const Seen& seen) {
  std::vector<Tuple> tuples{expectation.master};
  for (const Tracked& t : entries_of(expectation.node, seen))
    if (t.entry.original == expectation.master) tuples.push_back(t.entry.reply);
  std::optional<uint64_t> latest;
  for (const FlowSeen& flow : seen.flows)
    for (const HookVisit* hook : hooks_at(flow, expectation.node))
      if (hook->order <= expectation.order && hook->order >= latest.value_or(0) &&
          std::any_of(tuples.begin(), tuples.end(),
                      [&](const Tuple& tuple) { return is_seen_at(tuple, *hook); }))
        latest = hook->order;
  return latest;
}

std::vector<const HookVisit*> hooks_at(const FlowSeen& flow, const std::string& node) {
  std::vector<const HookVisit*> all;
  for (const Walk& walk : flow.walks)
    for (const HookVisit* hook : hooks_in(walk, node)) all.push_back(hook);
  return all;
}

bool is_seen_at(const Tuple& tuple, const HookVisit& hook) {
  return (hook.at_start && is_of(tuple, *hook.at_start)) ||
         (hook.at_end && is_of(tuple, *hook.at_end));
}

}  // namespace fwproof::judge
