#include "follow/departure.h"

#include "follow/next_hook.h"

namespace fwproof::follow {

std::optional<Packet> left_with(const Passage& passage) {
  if (passage.whole) return std::nullopt;
  const auto& hooks = passage.visit.hooks;
  const Hook last = passage.packet.arp != 0 ? Hook::output : Hook::postrouting;
  // What ingress takes it sends on, by another device (fwd, nft_fwd_netdev.c), and so does, without
  // a word, a bridge behind it whose chains are not traced.
  const bool handed_on = is_open(hooks.back(), Hook::ingress) && !was_dropped(passage);
  const bool left =
      handed_on || (hooks.back().hook == last && hooks.back().passed) ||
      (hooks.back().hook == Hook::egress && hooks.back().steps.back().verdict != Verdict::drop);
  return left ? hooks.back().at_end : std::nullopt;
}

std::string left_by(const Passage& passage) {
  const auto& hooks = passage.visit.hooks;
  const HookVisit& last = hooks.back();
  if (hooks.size() > 1 && last.hook == Hook::postrouting && !last.bridge) {
    const HookVisit& before = hooks[hooks.size() - 2];
    if (before.bridge && before.hook == Hook::postrouting) return before.out_dev;
  }
  return last.out_dev.empty() ? last.in_dev : last.out_dev;
}

bool hears_itself(const Passage& passage) {
  return passage.copy_of && passage.visit.hooks.front().hook == Hook::postrouting;
}

bool adjacent(const Passage& from, const Passage& to) {
  const std::string& out = from.visit.hooks.back().out_dev;
  const bool same_node = from.visit.node == to.visit.node;
  if (hears_itself(from)) return same_node && to.visit.hooks.front().in_dev == out;
  return out == "lo" ? same_node && to.number > from.number : !same_node;
}

}  // namespace fwproof::follow
