#include "follow/next_hook.h"

#include <algorithm>

namespace fwproof::follow {

bool is_open(const HookVisit& visit, Hook hook) { return visit.hook == hook && !visit.passed; }

bool is_within_bridge(const HookVisit& visit, const TraceEvent& event, Hook hook) {
  return event.family == Family::inet && visit.bridge && is_open(visit, hook);
}

bool comes_next(const HookVisit& last, const TraceEvent& event, Hook entry) {
  if (is_open(last, Hook::ingress)) return entry == Hook::prerouting;
  if (event.family == Family::bridge)
    return entry == Hook::output && last.hook == Hook::postrouting && !last.bridge && last.passed;
  return entry == Hook::prerouting && is_within_bridge(last, event, entry);
}

bool was_dropped(const Passage& passage) {
  const auto& steps = passage.visit.hooks.back().steps;
  return std::any_of(steps.begin(), steps.end(),
                     [](const Step& step) { return step.verdict == Verdict::drop; });
}

bool is_same_piece(const Packet& a, const Packet& b) {
  return a.is_fragment() == b.is_fragment() && a.fragment_offset == b.fragment_offset;
}

bool comes_up(const Passage& passage, const TraceEvent& event, Hook hook) {
  const auto& hooks = passage.visit.hooks;
  if (event.family != Family::inet || hooks.empty()) return false;
  const HookVisit& last = hooks.back();
  const bool left_bridge = last.bridge && last.hook == Hook::input && last.passed;
  const bool after_prerouting =
      last.hook == Hook::prerouting && last.passed && hook != Hook::prerouting;
  const bool between_devices =
      is_open(last, Hook::ingress) && hook == Hook::ingress && !was_dropped(passage);
  const bool came_anew = hook == Hook::ingress && event.in_dev == hooks.front().in_dev;
  return (left_bridge || after_prerouting || between_devices) && !came_anew && last.at_end &&
         is_same_piece(passage.packet, *event.packet) &&
         same_identity(*last.at_end, *event.packet) && same_ends(*last.at_end, *event.packet);
}

bool may_be_sent(const Passage& passage) {
  if (passage.visit.hooks.empty()) return true;
  const HookVisit& last = passage.visit.hooks.back();
  const bool ends = last.hook == Hook::postrouting || last.hook == Hook::input;
  return !(ends && last.passed && !last.bridge);
}

bool is_held(const Passage& passage) {
  if (passage.visit.hooks.empty() || was_dropped(passage)) return false;
  const HookVisit& last = passage.visit.hooks.back();
  return last.hook == Hook::prerouting || is_open(last, Hook::output) ||
         (last.hook == Hook::input && last.bridge);
}

bool may_be_copied(const Passage& passage) {
  const HookVisit& last = passage.visit.hooks.back();
  if (!last.passed) return false;
  if (last.hook == Hook::postrouting) return passage.packet.source.is_v6();
  return last.hook == Hook::output || last.hook == Hook::forward;
}

bool skips_a_hook(const std::vector<HookVisit>& before, const TraceChain& now) {
  return now.first && now.last && now.hook == Hook::postrouting && !before.empty() &&
         before.back().hook == Hook::prerouting;
}

}  // namespace fwproof::follow
