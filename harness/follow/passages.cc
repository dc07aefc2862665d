#include "follow/passages.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "follow/next_hook.h"
#include "follow/trace_step.h"

namespace fwproof::follow {
namespace {

const TraceChain* own_chain(const TraceEvent& event) {
  if (event.legacy || !is_trace_table(event.family, event.table)) return nullptr;
  if (event.chain == kIngressChain.name) return &kIngressChain;
  for (const TraceChain& chain : kTraceChains)
    if (event.chain == chain.name) return &chain;
  for (const TraceChain& chain : kLoneChains)
    if (event.chain == chain.name) return &chain;
  return nullptr;
}

/// ARP has no hook but INPUT on its way in.
bool comes_in(const TraceEvent& event, Hook hook) {
  return hook == Hook::prerouting || hook == Hook::ingress ||
         (event.family == Family::arp && hook == Hook::input);
}

/// The headers as a message has them, and which entry of connection tracking they are of.
void note_sight(HookVisit& visit, const TraceEvent& event) {
  visit.at_end = event.packet;
  visit.order = event.order;
  visit.conntrack_id = event.conntrack_id;
}

bool begins_passage(const TraceEvent& event, const TraceChain& chain) {
  return chain.first && (comes_in(event, chain.hook) || chain.hook == Hook::output);
}

/// The last step that jumped to this chain, or went to it; the end if none did. `Told` is a step or
/// a message of the chain.
template <typename Told>
auto jump_to(const HookVisit& visit, const Told& told) {
  return std::find_if(visit.steps.rbegin(), visit.steps.rend(), [&](const Step& before) {
    const auto words = split_words(before.target);
    return before.family == told.family && before.table == told.table &&
           before.legacy == told.legacy && words.size() == 2 && words[1] == told.chain &&
           (words[0] == "jump" || words[0] == "goto");
  });
}

/// Notes the rule that led to the step's chain.
void note_jump(const HookVisit& visit, Step& step) {
  const auto jump = jump_to(visit, step);
  if (jump == visit.steps.rend()) return;
  step.depth = jump->depth + 1;
  step.via_chain = jump->chain;
  step.via_rule = jump->rule_number;
}

/// What a node tells groups unasked: that it listens to them (IGMP; MLD, RFC 2710, RFC 3810), and
/// of neighbours (RFC 4861). MLD stands behind hop-by-hop options, and where the topology has no
/// IPv6 these alone are told.
bool is_announcement(const Packet& p) {
  constexpr uint8_t kHopByHop = 0, kListenerQuery = 130, kRedirect = 137, kListenerReport2 = 143;
  const bool icmpv6 = p.protocol == kProtocolIcmpv6 &&
                      ((p.icmp_type >= kListenerQuery && p.icmp_type <= kRedirect) ||
                       p.icmp_type == kListenerReport2);
  const bool hidden = p.source.is_v6() && p.protocol == kHopByHop;
  return p.is_for_many() && (icmpv6 || hidden || p.protocol == kProtocolIgmp);
}

/// A whole packet with the ends that its fragments came with.
Packet as_it_came(Packet whole, const std::vector<Passage>& passages,
                  const std::vector<size_t>& fragments) {
  for (const size_t i : fragments) {
    const Packet& fragment = passages[i].packet;
    whole.source = fragment.source;
    whole.destination = fragment.destination;
    if (fragment.fragment_offset != 0) continue;  // it has no ports
    whole.source_port = fragment.source_port;
    whole.destination_port = fragment.destination_port;
  }
  return whole;
}

}  // namespace

PieceKey piece_key(const Packet& p) { return {p.source, p.destination, p.protocol, p.ip_id}; }

void Passages::add(const TraceEvent& event) {
  if (event.legacy) {
    legacy_.wait(event);
  } else {
    add_nf_tables(event);
  }
  legacy_.place(all_, by_identity_, [this](HookVisit& visit, const TraceEvent& step) {
    if (!visit.passed) visit.at_end = step.packet;
    append(visit, step);
  });
}

size_t Passages::make(const TraceEvent& event) {
  Passage passage;
  passage.visit.node = event.node;
  passage.packet = *event.packet;
  passage.number = count_[event.node]++;
  all_.push_back(std::move(passage));
  const size_t made = all_.size() - 1;
  by_id_[{event.node, event.id}] = made;
  by_identity_[{event.node, identity_key(*event.packet)}].push_back(made);
  return made;
}

void Passages::begin(const TraceEvent& event, Hook hook) {
  if (!event.packet) {
    problems_.push_back(
        fmt::format("a trace message of node '{}' has no packet headers", event.node));
    return;
  }
  const size_t made = make(event);
  all_[made].came_in = comes_in(event, hook);
  if (event.packet->is_fragment()) pieces_[{event.node, piece_key(*event.packet)}].push_back(made);
}

/// The passage that a message belongs to: the newest of its trace id, unless its headers or its
/// hook say that it is another packet's.
size_t Passages::find(const TraceEvent& event, const TraceChain* own) {
  const auto known = by_id_.find({event.node, event.id});
  const size_t newest = known == by_id_.end() ? kNowhere : known->second;
  if (!event.packet) return newest;
  const bool fits = newest != kNowhere && is_same_piece(all_[newest].packet, *event.packet) &&
                    (!own || !own->first || own->hook != Hook::postrouting ||
                     event.family == Family::bridge || may_be_sent(all_[newest]));
  if (fits) return newest;
  if (const size_t whole = begin_whole(event, own); whole != kNowhere) return whole;
  const size_t copy = begin_copy(event, own);
  return copy != kNowhere ? copy : newest;
}

/// The fragments that the node may have made this whole packet of: those of the last of them, whose
/// trace id it goes on with (inet_frag_reasm_prepare() in net/ipv4/inet_fragment.c), whatever ends
/// NAT gave it before anything was told of it; or else those with its ends.
Passages::Pieces::iterator Passages::pieces_of(const TraceEvent& event) {
  const Packet& whole = *event.packet;
  const auto may_be_of = [&](const Packet& fragment) {
    const bool v6 = whole.source.is_v6();
    return fragment.source.is_v6() == v6 && fragment.protocol == whole.protocol &&
           (v6 || fragment.ip_id == whole.ip_id);
  };
  if (const auto known = by_id_.find({event.node, event.id}); known != by_id_.end()) {
    const Packet& last = all_[known->second].packet;
    if (last.is_fragment() && may_be_of(last)) {
      const auto of_last = pieces_.find({event.node, piece_key(last)});
      if (of_last != pieces_.end()) return of_last;
    }
  }
  const auto alike = pieces_.lower_bound({event.node, piece_key(whole)});
  if (alike == pieces_.end() || alike->first.first != event.node) return pieces_.end();
  const Packet& fragment = all_[alike->second.front()].packet;
  const bool of_it = may_be_of(fragment) && fragment.source == whole.source &&
                     fragment.destination == whole.destination;
  return of_it ? alike : pieces_.end();
}

/// A whole packet where only fragments of it came in: the node put them together.
size_t Passages::begin_whole(const TraceEvent& event, const TraceChain* own) {
  if (event.packet->is_fragment()) return kNowhere;
  const auto found = pieces_of(event);
  if (found == pieces_.end()) return kNowhere;
  std::vector<size_t> held;
  for (const size_t i : found->second)
    if (is_held(all_[i])) held.push_back(i);
  if (held.empty()) return kNowhere;
  pieces_.erase(found);
  const HookVisit& held_in = all_[held.back()].visit.hooks.back();
  const Hook hook = own ? own->hook : held_in.hook;
  const bool within_bridge = held_in.bridge && held_in.hook == hook;
  const size_t whole = make(event);
  for (const size_t i : held) all_[i].whole = whole;
  Passage& passage = all_[whole];
  passage.packet = as_it_came(*event.packet, all_, held);
  passage.fragments = std::move(held);
  if (own && own->first) return whole;
  passage.visit.hooks.push_back({.hook = hook,
                                 .in_dev = event.in_dev,
                                 .out_dev = event.out_dev,
                                 .bridge = within_bridge,
                                 .at_start = passage.packet});
  note_sight(passage.visit.hooks.back(), event);
  return whole;
}

/// POSTROUTING once more, of a packet for many that has just been sent.
size_t Passages::begin_copy(const TraceEvent& event, const TraceChain* own) {
  if (!own || !own->first || own->hook != Hook::postrouting || event.family == Family::bridge)
    return kNowhere;
  const auto candidates = by_identity_.find({event.node, identity_key(*event.packet)});
  if (candidates == by_identity_.end()) return kNowhere;
  for (auto i = candidates->second.rbegin(); i != candidates->second.rend(); ++i) {
    const Passage& passage = all_[*i];
    if (passage.copy_of || !may_be_copied(passage) ||
        !same_identity(*passage.visit.hooks.back().at_end, *event.packet))
      continue;
    const size_t of = *i;
    const size_t copy = make(event);
    all_[copy].copy_of = of;
    return copy;
  }
  return kNowhere;
}

bool Passages::goes_on(const TraceEvent& event, Hook entry) {
  const auto found = by_id_.find({event.node, event.id});
  if (found == by_id_.end() || !event.packet) return false;
  const Passage& passage = all_[found->second];
  return (same_identity(passage.packet, *event.packet) &&
          comes_next(passage.visit.hooks.back(), event, entry)) ||
         comes_up(passage, event, entry);
}

/// The newest packet like it that came in here, got through PREROUTING and is no copy itself.
size_t Passages::original_of(const TraceEvent& event) const {
  const auto alike = by_identity_.find({event.node, identity_key(*event.packet)});
  if (alike == by_identity_.end()) return kNowhere;
  const auto fits = [&](size_t index) {
    const Passage& passage = all_[index];
    const auto& hooks = passage.visit.hooks;
    if (!(passage.came_in || !passage.fragments.empty()) || passage.copy_of) return false;
    const auto came = std::find_if(hooks.begin(), hooks.end(), [](const HookVisit& visit) {
      return visit.hook == Hook::prerouting;
    });
    return came != hooks.end() && came->passed && came->at_end &&
           same_identity(*came->at_end, *event.packet) && came->at_end->ttl == event.packet->ttl;
  };
  const auto newest = std::find_if(alike->second.rbegin(), alike->second.rend(), fits);
  return newest == alike->second.rend() ? kNowhere : *newest;
}

/// A bridge sends a copy of what is for many out of every port, and so it does where it does not
/// know the receiver's. Where only IP's chains are asked (br_netfilter), it is on both sides of
/// FORWARD for them; what IP itself forwards to where it came from has lost one of its hops.
bool Passages::is_copy(const TraceEvent& event, const TraceChain& chain) const {
  if (!chain.first || chain.hook != Hook::forward || !event.packet) return false;
  const bool by_bridge = event.family == Family::bridge;
  if (!by_bridge && (event.family != Family::inet || event.in_dev.empty() ||
                     event.in_dev != event.out_dev || original_of(event) == kNowhere))
    return false;
  const auto found = by_id_.find({event.node, event.id});
  if (found == by_id_.end()) return true;
  const Passage& known = all_[found->second];
  const HookVisit& last = known.visit.hooks.back();
  if (is_within_bridge(last, event, chain.hook)) return false;
  return !((last.bridge || !by_bridge) && last.hook == Hook::prerouting && last.passed &&
           same_identity(known.packet, *event.packet));
}

void Passages::begin_bridged_copy(const TraceEvent& event) {
  const size_t original = original_of(event);
  begin(event, Hook::forward);
  if (original != kNowhere) all_.back().copy_of = original;
}

void Passages::add_nf_tables(const TraceEvent& event) {
  const TraceChain* own = own_chain(event);
  if (own && begins_passage(event, *own)) {
    find_renamed(event, own->hook);
    if (!goes_on(event, own->hook)) begin(event, own->hook);
  }
  if (own && is_copy(event, *own)) begin_bridged_copy(event);
  if (own && own->first && event.family == Family::inet &&
      (own->hook == Hook::input || own->hook == Hook::forward))
    find_renamed(event, own->hook);
  size_t found = find(event, own);
  if (found == kNowhere && own && own->first && event.packet && is_announcement(*event.packet)) {
    begin(event, own->hook);  // it was under way when the watch began
    found = find(event, own);
  }
  // The copy may have the id that one of an earlier packet's had.
  if (found == kNowhere || (event.packet && !same_identity(all_[found].packet, *event.packet)))
    if (const size_t copy = begin_sent_copy(event); copy != kNowhere) found = copy;
  if (found == kNowhere) {
    problems_.push_back(fmt::format(
        "node '{}': trace message {:08x} in {} {} is of no packet that was seen to enter",
        event.node, event.id, event.table, event.chain));
    return;
  }
  if (own) {
    note_own(all_[found], *own, event);
    return;
  }
  if (!chain_of(event, rules_)) {
    problems_.push_back(fmt::format(
        "node '{}': trace message of chain '{} {}', which was not there when the rules were read",
        event.node, event.table, event.chain));
    return;
  }
  Passage& passage = all_[found];
  HookVisit& visit =
      event.family == Family::netdev ? visit_of_device(passage, event) : passage.visit.hooks.back();
  // The user's chain may be the last that this packet meets: what it saw is then the latest sight.
  if (event.packet) note_sight(visit, event);
  append(visit, event);
}

/// A trace id is made of the skb's address and of the device it came in by. Where a bridge takes a
/// packet in for the node itself, that device is another (skb_iif; trace_fill_id() in
/// net/netfilter/nf_tables_trace.c) and so is the id. The packet is the newest like it that has
/// come as far.
void Passages::find_renamed(const TraceEvent& event, Hook hook) {
  if (!event.packet) return;
  const auto goes_on = [&](const Passage& passage) {  // just begun, or it comes here next
    if (passage.visit.hooks.empty()) return true;
    const HookVisit& last = passage.visit.hooks.back();
    return comes_up(passage, event, hook) || is_within_bridge(last, event, hook) ||
           comes_next(last, event, hook);
  };
  const auto known = by_id_.find({event.node, event.id});
  if (known != by_id_.end() && goes_on(all_[known->second])) return;
  const auto alike = by_identity_.find({event.node, identity_key(*event.packet)});
  if (alike == by_identity_.end()) return;
  const auto newest = std::find_if(alike->second.rbegin(), alike->second.rend(),
                                   [&](size_t i) { return comes_up(all_[i], event, hook); });
  if (newest != alike->second.rend()) by_id_[{event.node, event.id}] = *newest;
}

/// The hook of a device that a message of family netdev is of: that of its base chain, or where a
/// rule led to its chain; only a chain's first message has the device, and not if
/// the packet is gone by then. What `fwd` hands on has been
/// at the other device's egress when it is told.
HookVisit& Passages::visit_of_device(Passage& passage, const TraceEvent& event) {
  const Chain& chain = *chain_of(event, rules_);
  const auto is_here = [&](const HookVisit& visit) {
    if (!chain.base) return jump_to(visit, event) != visit.steps.rend();
    if (visit.hook != chain.base->hook) return false;
    const std::string& dev = visit.hook == Hook::ingress ? event.in_dev : event.out_dev;
    return dev.empty() || dev == (visit.hook == Hook::ingress ? visit.in_dev : visit.out_dev);
  };
  auto& hooks = passage.visit.hooks;
  const auto found = std::find_if(hooks.rbegin(), hooks.rend(), is_here);
  if (found != hooks.rend()) return *found;
  if (chain.base && chain.base->hook == Hook::egress) begin_egress(passage, event);
  return hooks.back();
}

/// What `dup` of family netdev sends by a device, which has a trace id of its own.
size_t Passages::begin_sent_copy(const TraceEvent& event) {
  const Chain* chain = chain_of(event, rules_);
  if (event.family != Family::netdev || !event.packet || !chain || !chain->base ||
      chain->base->hook != Hook::egress)
    return kNowhere;
  const auto alike = by_identity_.find({event.node, identity_key(*event.packet)});
  if (alike == by_identity_.end()) return kNowhere;
  const auto newest = std::find_if(alike->second.rbegin(), alike->second.rend(), [&](size_t i) {
    return !all_[i].copy_of && same_identity(all_[i].packet, *event.packet);
  });
  if (newest == alike->second.rend()) return kNowhere;
  const size_t of = *newest;
  const size_t copy = make(event);
  all_[copy].copy_of = of;
  return copy;
}

/// A device's own chains see the packet after POSTROUTING, and have no chain of fwproof's behind
/// them: that one was passed shows by the packet's arrival elsewhere.
void Passages::begin_egress(Passage& passage, const TraceEvent& event) {
  auto& hooks = passage.visit.hooks;
  const HookVisit before = hooks.empty() ? HookVisit{} : hooks.back();
  HookVisit egress;
  egress.hook = Hook::egress;
  egress.out_dev = event.out_dev.empty() ? before.out_dev : event.out_dev;
  egress.at_start = before.at_end;
  egress.at_end = before.at_end;
  egress.order = before.order;
  egress.conntrack_id = before.conntrack_id;
  egress.mark = before.mark;
  hooks.push_back(std::move(egress));
}

void Passages::note_own(Passage& passage, const TraceChain& chain, const TraceEvent& event) {
  auto& hooks = passage.visit.hooks;
  const bool within = !hooks.empty() && is_within_bridge(hooks.back(), event, chain.hook);
  if (within) return;
  if (chain.first && !hooks.empty() && is_open(hooks.back(), Hook::ingress)) {
    hooks.back().passed = true;
    note_sight(hooks.back(), event);
  }
  if (skips_a_hook(hooks, chain))
    problems_.push_back(fmt::format("node '{}': the trace skips what comes before {}", event.node,
                                    to_string(chain.hook)));
  if (chain.first)
    hooks.push_back(
        {.hook = chain.hook, .bridge = event.family == Family::bridge, .at_start = event.packet});
  if (hooks.empty() || hooks.back().hook != chain.hook) {
    problems_.push_back(fmt::format("node '{}': the trace skips the start of {}", event.node,
                                    to_string(chain.hook)));
    return;
  }
  HookVisit& visit = hooks.back();
  visit.passed = chain.last;
  visit.in_dev = event.in_dev;
  visit.out_dev = event.out_dev;
  visit.mark = event.mark;
  note_sight(visit, event);
}

void Passages::append(HookVisit& visit, const TraceEvent& event) {
  Step step = make_step(event, backend_, rules_, visit);
  note_jump(visit, step);
  const bool unknown_rule = step.kind == TraceEvent::Kind::rule && step.rule_number == 0;
  const bool unknown_policy =
      step.kind == TraceEvent::Kind::policy && step.verdict == Verdict::none;
  if (unknown_rule || unknown_policy)
    problems_.push_back(
        fmt::format("node '{}': the trace names a {} of chain '{} {}' that was not there when the "
                    "rules were read",
                    event.node, unknown_rule ? "rule" : "policy", event.table, event.chain));
  if (step.verdict == Verdict::drop) ++drops_;
  if (!visit.passed) visit.mark = event.mark;
  visit.steps.push_back(std::move(step));
}

std::vector<std::string> Passages::problems() const {
  std::vector<std::string> all = problems_;
  const auto legacy = legacy_.problems();
  all.insert(all.end(), legacy.begin(), legacy.end());
  for (const Passage& passage : all_)
    for (const HookVisit& visit : passage.visit.hooks)
      for (const Step& step : visit.steps)
        if (step.verdict == Verdict::drop && visit.passed)
          all.push_back(
              fmt::format("node '{}': '{}' dropped a packet that went on all the same ({})",
                          passage.visit.node, to_string(step), describe(passage.packet)));
  return all;
}

}  // namespace fwproof::follow
