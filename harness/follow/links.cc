#include "follow/links.h"

#include <algorithm>
#include <iterator>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "follow/next_hook.h"
#include "follow/passages.h"

namespace fwproof::follow {
namespace {

constexpr unsigned kIpv4Header = 20;
constexpr unsigned kIpv6Header = 40;
constexpr unsigned kFragmentHeaderSize = 8;  // RFC 8200 section 4.5

/// The very same headers, but for what changes on no wire.
bool same_on_the_wire(const Packet& a, const Packet& b) {
  return same_identity(a, b) && a.source == b.source && a.destination == b.destination &&
         a.source_port == b.source_port && a.destination_port == b.destination_port &&
         a.ttl == b.ttl && a.tos == b.tos;
}

/// The same but for its numbers, where the kernel translates those too: after a helper changed a
/// payload's length, and for a connection that SYNPROXY began; and but for that length, of the
/// packet that the helper changed. That comes after the last hook (nf_confirm() in
/// nf_conntrack_proto.c), so the packet as it left is not seen.
bool same_but_renumbered(const Packet& a, Packet b) {
  if (a.protocol != kProtocolTcp) return false;
  b.seq = a.seq;
  b.ack = a.ack;
  if (a.ip_id != 0 && a.payload > 0 && b.payload > 0) {
    b.length = a.length;
    b.payload = a.payload;
  }
  return same_on_the_wire(a, b);
}

/// The headers a packet left this node with, if it did, as far as the trace tells.
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

/// The device that a packet left by, or that handed it on as it came in. Where a bridge's hook asks
/// IP's chains, these are told the bridge's device, and it the port's.
std::string left_by(const Passage& passage) {
  const auto& hooks = passage.visit.hooks;
  const HookVisit& last = hooks.back();
  if (hooks.size() > 1 && last.hook == Hook::postrouting && !last.bridge) {
    const HookVisit& before = hooks[hooks.size() - 2];
    if (before.bridge && before.hook == Hook::postrouting) return before.out_dev;
  }
  return last.out_dev.empty() ? last.in_dev : last.out_dev;
}

/// A copy that a node made to hear itself, and not one that its bridge sends out of a port.
bool hears_itself(const Passage& passage) {
  return passage.copy_of && passage.visit.hooks.front().hook == Hook::postrouting;
}

/// Can a packet that left by `from` have come in by `to`? Over lo it stays in its node, and so does
/// a copy that the node made to hear itself.
bool adjacent(const Passage& from, const Passage& to) {
  const std::string& out = from.visit.hooks.back().out_dev;
  const bool same_node = from.visit.node == to.visit.node;
  if (hears_itself(from)) return same_node && to.visit.hooks.front().in_dev == out;
  return out == "lo" ? same_node && to.number > from.number : !same_node;
}

/// Did it not leave this node with the headers that it came with?
bool ends_here(const Passage& passage) {
  const auto left = left_with(passage);
  return !left || !same_on_the_wire(passage.packet, *left);
}

/// All that a passage comes of, itself included.
std::set<size_t> origins(const std::vector<Passage>& passages, const Links& links, size_t of) {
  std::set<size_t> found;
  std::vector<size_t> next{of};
  while (!next.empty()) {
    const size_t i = next.back();
    next.pop_back();
    if (!found.insert(i).second) continue;
    const Passage& passage = passages[i];
    next.insert(next.end(), passage.fragments.begin(), passage.fragments.end());
    if (passage.copy_of) next.push_back(*passage.copy_of);
    for (const size_t before : {links[i].previous, links[i].cut_from})
      if (before != kNone) next.push_back(before);
  }
  return found;
}

bool is_for_many(const Links& links, const Passage& passage, size_t index, const Packet& packet) {
  return packet.is_for_many() || !links[index].copies.empty() || passage.copy_of;
}

/// Where packets came into a node, by what no bridge changes.
using Arrivals = std::multimap<IdentityKey, size_t>;

/// An arrival, and the nodes that a frame from the sender passes before it gets there.
struct Candidate {
  Arrivals::iterator arrival;
  bool reached = false;  // a way there is known
  std::vector<std::string> between;
  std::optional<LinkEnd> port;  // of the sender, where a bridge sent it
  bool ends = true;             // it did not leave that node as it came
};

/// What may be this packet in a next node, the nearest first: bridges leave its headers as they
/// are. Of those that are as near, and where no way is known, the bridges come first.
std::vector<Candidate> find_candidates(const std::vector<Passage>& passages, const Wires& wires,
                                       const Links& links, size_t from, const Packet& packet,
                                       Arrivals& arrivals) {
  const Passage& sender = passages[from];
  std::vector<Candidate> candidates;
  const auto [first, end] = arrivals.equal_range(identity_key(packet));
  for (auto at = first; at != end; ++at)
    if (adjacent(sender, passages[at->second]) &&
        same_on_the_wire(packet, passages[at->second].packet))
      candidates.push_back({.arrival = at, .between = {}});
  if (candidates.empty()) return candidates;
  const auto before = origins(passages, links, from);
  std::erase_if(candidates,
                [&](const Candidate& at) { return before.contains(at.arrival->second); });
  if (candidates.size() < 2) return candidates;
  const auto ways = wires.ways_from({sender.visit.node, left_by(sender)});
  for (Candidate& candidate : candidates) {
    const NodeVisit& visit = passages[candidate.arrival->second].visit;
    if (auto between = nodes_between(ways, {visit.node, visit.hooks.front().in_dev})) {
      candidate.reached = true;
      candidate.between = std::move(*between);
      const auto step = first_step(ways, {visit.node, visit.hooks.front().in_dev});
      if (step && step->node == sender.visit.node) candidate.port = step;
    }
    candidate.ends = ends_here(passages[candidate.arrival->second]);
  }
  const auto far = [](const Candidate& candidate) {
    return std::pair(candidate.reached ? candidate.between.size() : kNone, candidate.ends);
  };
  std::stable_sort(candidates.begin(), candidates.end(),
                   [&](const Candidate& a, const Candidate& b) { return far(a) < far(b); });
  return candidates;
}

/// Does its bridge send one like it out of each port?
bool is_one_of_copies(const std::vector<Passage>& passages, const Links& links, size_t i) {
  const auto& copies = links[i].copies;
  return (passages[i].copy_of && !hears_itself(passages[i])) ||
         std::any_of(copies.begin(), copies.end(),
                     [&](size_t copy) { return !hears_itself(passages[copy]); });
}

/// Joins what a passage sent to where it came next. Of what is for many each device hears one, and
/// behind a node that heard it what that node sent on, unless `through`: a bridge's own traffic is
/// not always traced. What a bridge sends out of each port goes one port's way.
void join_next(const std::vector<Passage>& passages, const Wires& wires, Links& links, size_t i,
               Arrivals& arrivals, bool through) {
  const auto packet = left_with(passages[i]);
  if (!packet) return;
  const bool for_many = is_for_many(links, passages[i], i, *packet);
  std::set<std::pair<std::string, std::string>> heard;  // node and device
  std::set<std::string> nodes;
  const auto hears = [&](size_t arrived) {
    const NodeVisit& visit = passages[arrived].visit;
    nodes.insert(visit.node);
    return heard.emplace(visit.node, visit.hooks.front().in_dev).second;
  };
  for (const size_t next : links[i].next) hears(next);
  const auto candidates = find_candidates(passages, wires, links, i, *packet, arrivals);
  const bool one_port = !through && is_one_of_copies(passages, links, i) &&
                        std::any_of(candidates.begin(), candidates.end(),
                                    [](const Candidate& at) { return at.reached; });
  std::optional<LinkEnd> port;
  for (const Candidate& at : candidates) {
    if (!for_many && !links[i].next.empty()) return;
    const bool behind = std::any_of(at.between.begin(), at.between.end(),
                                    [&](const std::string& node) { return nodes.contains(node); });
    if (one_port && (!at.reached || (port && at.port != port))) continue;
    if ((behind && !through) || !hears(at.arrival->second)) continue;
    if (!port) port = at.port;
    links.join(i, at.arrival->second);
    arrivals.erase(at.arrival);
  }
}

/// The same for a passage and for all that follow from it, each once: from where a packet came,
/// since behind a bridge it looks as it did before.
void join_onwards(const std::vector<Passage>& passages, const Wires& wires, Links& links,
                  size_t from, Arrivals& arrivals, std::set<size_t>& done) {
  std::vector<size_t> reached{from};
  for (size_t at = 0; at < reached.size(); ++at) {
    const size_t i = reached[at];
    if (!done.insert(i).second) continue;
    join_next(passages, wires, links, i, arrivals, false);
    reached.insert(reached.end(), links[i].copies.begin(), links[i].copies.end());
    reached.insert(reached.end(), links[i].next.begin(), links[i].next.end());
  }
}

/// Where a packet came first that nobody was seen to send: of the passages like this one the
/// farthest from where it ended.
size_t first_like(const std::vector<Passage>& passages, const Wires& wires, size_t i,
                  const Arrivals& arrivals) {
  std::vector<size_t> alike;
  const auto [first, end] = arrivals.equal_range(identity_key(passages[i].packet));
  for (auto at = first; at != end; ++at)
    if (same_on_the_wire(passages[i].packet, passages[at->second].packet))
      alike.push_back(at->second);
  const auto ending = std::find_if(alike.begin(), alike.end(),
                                   [&](size_t one) { return ends_here(passages[one]); });
  if (alike.size() < 3 || ending == alike.end()) return i;
  const auto came_by = [&](size_t one) -> LinkEnd {
    const NodeVisit& visit = passages[one].visit;
    return {visit.node, visit.hooks.front().in_dev};
  };
  const auto ways = wires.ways_from(came_by(*ending));
  const auto distance = [&](size_t one) {
    const auto between = nodes_between(ways, came_by(one));
    return between ? between->size() + (one != *ending) : 0;
  };
  return *std::max_element(alike.begin(), alike.end(),
                           [&](size_t a, size_t b) { return distance(a) < distance(b); });
}

void find_next(const std::vector<Passage>& passages, const Wires& wires, Links& links) {
  Arrivals arrivals;
  for (size_t i = links.first(); i < passages.size(); ++i)
    if (passages[i].came_in) arrivals.emplace(identity_key(passages[i].packet), i);
  std::set<size_t> done;
  for (size_t i = links.first(); i < passages.size(); ++i)
    if (!passages[i].came_in && !passages[i].copy_of)
      join_onwards(passages, wires, links, i, arrivals, done);
  for (size_t i = links.first(); i < passages.size(); ++i) {
    if (done.contains(i)) continue;
    join_onwards(passages, wires, links, first_like(passages, wires, i, arrivals), arrivals, done);
    join_onwards(passages, wires, links, i, arrivals, done);
  }
  for (size_t i = links.first(); i < passages.size() && !arrivals.empty(); ++i)
    join_next(passages, wires, links, i, arrivals, true);
  for (size_t i = links.first(); i < passages.size() && !arrivals.empty(); ++i) {
    const auto packet = left_with(passages[i]);
    if (!packet || !links[i].next.empty() || packet->protocol != kProtocolTcp) continue;
    const auto before = origins(passages, links, i);
    const auto found = std::find_if(arrivals.begin(), arrivals.end(), [&](const auto& arrival) {
      const Passage& arrived = passages[arrival.second];
      return adjacent(passages[i], arrived) && same_but_renumbered(*packet, arrived.packet) &&
             !before.contains(arrival.second);
    });
    if (found == arrivals.end()) continue;
    links.join(i, found->second);
    arrivals.erase(found);
  }
}

/// Does this fragment hold nothing but bytes of that one? No router cuts IPv6 (RFC 8200 section 5).
bool is_part(const Packet& piece, const Packet& fragment) {
  return !fragment.source.is_v6() && piece.fragment_offset >= fragment.fragment_offset &&
         piece.fragment_offset + body(piece) <= fragment.fragment_offset + body(fragment);
}

/// What a packet has in common with what is cut of it: in IPv6 only that has an identification.
PieceKey cut_key(Packet packet) {
  if (packet.source.is_v6()) packet.ip_id = 0;
  return piece_key(packet);
}

/// Did it come down from IP to a bridge of its own node?
bool comes_down(const Passage& passage) {
  const HookVisit& first = passage.visit.hooks.front();
  return first.bridge && first.hook == Hook::output;
}

/// Fragments that nobody was yet seen to cut, by what they have in common with their packet and by
/// where they came: those of one identification together, oldest first.
using Pieces = std::map<std::pair<PieceKey, std::string>, std::list<std::vector<size_t>>>;

Pieces uncut_pieces(const std::vector<Passage>& passages, const Links& links) {
  Pieces all;
  std::map<std::tuple<PieceKey, std::string, uint32_t>, std::vector<size_t>*> known;
  for (size_t i = links.first(); i < passages.size(); ++i) {
    const Packet& piece = passages[i].packet;
    const bool came = passages[i].came_in || comes_down(passages[i]);
    if (!came || !piece.is_fragment() || links[i].previous != kNone) continue;
    const std::string& node = passages[i].visit.node;
    auto& together = known[{cut_key(piece), node, piece.ip_id}];
    if (!together) together = &all[{cut_key(piece), node}].emplace_back();
    together->push_back(i);
  }
  return all;
}

/// How many nodes a way to there leads through.
size_t distance(const Wires::Ways& ways, const Passage& to) {
  if (comes_down(to)) return 0;
  const auto between = nodes_between(ways, {to.visit.node, to.visit.hooks.front().in_dev});
  return between ? between->size() + 1 : kNone;
}

/// What may have been cut of this packet behind this passage, the nearest first: of each node those
/// of one identification.
std::vector<size_t> find_parts(const std::vector<Passage>& passages, const Wires& wires,
                               const Links& links, size_t from, const Packet& packet,
                               const Pieces& all) {
  const PieceKey key = cut_key(packet);
  auto at = all.lower_bound({key, ""});
  if (at == all.end() || at->first.first != key) return {};
  const auto before = origins(passages, links, from);
  const Passage& sender = passages[from];
  const auto is_of_it = [&](size_t part) {
    const Passage& arrived = passages[part];
    const bool reaches = comes_down(arrived) ? arrived.visit.node == sender.visit.node &&
                                                   arrived.number > sender.number
                                             : adjacent(sender, arrived);
    return reaches && !before.contains(part) && arrived.packet.ttl == packet.ttl &&
           arrived.packet.tos == packet.tos &&
           (!packet.is_fragment() || is_part(arrived.packet, packet));
  };
  const auto ways = wires.ways_from({sender.visit.node, left_by(sender)});
  std::multimap<size_t, std::vector<size_t>> by_distance;
  for (; at != all.end() && at->first.first == key; ++at)
    for (const auto& together : at->second) {
      std::vector<size_t> parts;
      std::copy_if(together.begin(), together.end(), std::back_inserter(parts), is_of_it);
      if (parts.empty()) continue;
      by_distance.emplace(distance(ways, passages[parts[0]]), std::move(parts));
      break;
    }
  std::vector<size_t> nearest_first;
  for (const auto& [far, parts] : by_distance)
    nearest_first.insert(nearest_first.end(), parts.begin(), parts.end());
  return nearest_first;
}

void take_out(Pieces& all, const Passage& piece, size_t index) {
  const auto found = all.find({cut_key(piece.packet), piece.visit.node});
  auto& groups = found->second;
  const auto of = std::find_if(groups.begin(), groups.end(),
                               [&](auto& together) { return std::erase(together, index) > 0; });
  if (of->empty()) groups.erase(of);
  if (groups.empty()) all.erase(found);
}

/// A packet, or a fragment, that came to no other node may have come there in fragments: to one, or
/// what is for many to several.
void find_pieces(const std::vector<Passage>& passages, const Wires& wires, Links& links) {
  Pieces all = uncut_pieces(passages, links);
  for (size_t i = links.first(); i < passages.size() && !all.empty(); ++i) {
    const auto packet = left_with(passages[i]);
    if (!packet || !links[i].next.empty()) continue;
    const bool for_many = is_for_many(links, passages[i], i, *packet);
    std::map<std::string, unsigned> found;              // bytes by node
    std::set<std::pair<std::string, uint16_t>> places;  // one may come twice
    auto& pieces = links[i].pieces;
    for (const size_t part : find_parts(passages, wires, links, i, *packet, all)) {
      const Passage& piece = passages[part];
      const std::string& node = piece.visit.node;
      const bool elsewhere = !pieces.empty() && node != passages[pieces[0]].visit.node;
      if ((elsewhere && !for_many) || found[node] >= body(*packet)) continue;
      pieces.push_back(part);
      links[part].cut_from = i;
      take_out(all, piece, part);
      if (places.emplace(node, piece.packet.fragment_offset).second)
        found[node] += body(piece.packet);
    }
  }
}

/// Is a passage one of a packet for many? By its address, or because its sender hears it too.
bool is_of_many(const std::vector<Passage>& passages, const Links& links, size_t i) {
  if (passages[i].packet.is_for_many()) return true;
  const auto before = origins(passages, links, i);
  return std::any_of(before.begin(), before.end(), [&](size_t one) {
    const auto& copies = links[one].copies;
    return std::any_of(copies.begin(), copies.end(),
                       [&](size_t copy) { return hears_itself(passages[copy]); });
  });
}

/// What a bridge sends to ports behind which nobody took it in was not for these.
void set_apart(const std::vector<Passage>& passages, Links& links) {
  for (size_t i = links.first(); i < passages.size(); ++i) {
    const Passage& passage = passages[i];
    if (!passage.copy_of || hears_itself(passage) || was_dropped(passage)) continue;
    if (!links[i].next.empty() || !links[i].pieces.empty()) continue;
    if (is_of_many(passages, links, i)) continue;
    links[i].apart = true;
    std::erase(links[*passage.copy_of].copies, i);
  }
}

}  // namespace

unsigned body(const Packet& p) {
  unsigned headers = p.source.is_v6() ? kIpv6Header : kIpv4Header;
  if (p.source.is_v6() && p.is_fragment()) headers += kFragmentHeaderSize;
  return p.length > headers ? p.length - headers : 0;
}

Links find_links(const std::vector<Passage>& passages, const Wires& wires, size_t first) {
  Links links(first, passages.size());
  for (size_t i = links.first(); i < passages.size(); ++i)
    if (passages[i].copy_of) links[*passages[i].copy_of].copies.push_back(i);
  find_next(passages, wires, links);
  find_pieces(passages, wires, links);
  set_apart(passages, links);
  return links;
}

}  // namespace fwproof::follow
