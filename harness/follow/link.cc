#include "follow/link.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace fwproof::follow {
namespace {

constexpr size_t kNone = static_cast<size_t>(-1);
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
/// payload's length, and for a connection that SYNPROXY began. That comes after the last hook
/// (nf_confirm() in nf_conntrack_proto.c), so the packet as it left is not seen.
bool same_but_renumbered(const Packet& a, Packet b) {
  if (a.protocol != kProtocolTcp) return false;
  b.seq = a.seq;
  b.ack = a.ack;
  return same_on_the_wire(a, b);
}

/// The headers a packet left this node with, if it did, as far as the trace tells.
std::optional<Packet> left_with(const Passage& passage) {
  const auto& hooks = passage.visit.hooks;
  const Hook last = passage.packet.arp != 0 ? Hook::output : Hook::postrouting;
  // What ingress takes it sends on, by another device (fwd, nft_fwd_netdev.c).
  const bool handed_on = hooks.back().hook == Hook::ingress && !hooks.back().steps.empty() &&
                         hooks.back().steps.back().verdict == Verdict::stolen;
  const bool left =
      handed_on || (hooks.back().hook == last && hooks.back().passed) ||
      (hooks.back().hook == Hook::egress && hooks.back().steps.back().verdict != Verdict::drop);
  return left ? hooks.back().at_end : std::nullopt;
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

/// How a passage hangs together with others.
struct Link {
  std::vector<size_t> next;    // the same packet in the next node; several for many
  std::vector<size_t> copies;  // made of it in its own node
  std::vector<size_t> pieces;  // the fragments it was cut into behind POSTROUTING
  size_t previous = kNone;     // the other way round, of `next`
  size_t cut_from = kNone;     // and of `pieces`
  bool apart = false;          // a copy that goes a way of its own
};

/// Those of all passages from `first` on.
class Links {
 public:
  Links(size_t first, size_t count) : first_(first), all_(count - first) {}

  size_t first() const { return first_; }
  Link& operator[](size_t i) { return all_[i - first_]; }
  const Link& operator[](size_t i) const { return all_[i - first_]; }

  void join(size_t from, size_t to) {
    (*this)[from].next.push_back(to);
    (*this)[to].previous = from;
  }

 private:
  size_t first_;
  std::vector<Link> all_;
};

bool is_for_many(const Links& links, const Passage& passage, size_t index, const Packet& packet) {
  return packet.is_for_many() || !links[index].copies.empty() || passage.copy_of;
}

/// Where packets came into a node, by what no bridge changes.
using Arrivals = std::multimap<IdentityKey, size_t>;

/// An arrival, and the nodes that a frame from the sender passes before it gets there.
struct Candidate {
  Arrivals::iterator arrival;
  std::optional<std::vector<std::string>> between;
};

/// What may be this packet in a next node, the nearest first: bridges leave its headers as they
/// are.
std::vector<Candidate> find_candidates(const std::vector<Passage>& passages, const Wires& wires,
                                       const Passage& sender, const Packet& packet,
                                       Arrivals& arrivals) {
  std::vector<Candidate> candidates;
  const auto [first, last] = arrivals.equal_range(identity_key(packet));
  for (auto at = first; at != last; ++at)
    if (adjacent(sender, passages[at->second]) &&
        same_on_the_wire(packet, passages[at->second].packet))
      candidates.push_back({at, std::nullopt});
  if (candidates.size() < 2) return candidates;
  const auto ways = wires.ways_from({sender.visit.node, sender.visit.hooks.back().out_dev});
  for (Candidate& candidate : candidates) {
    const NodeVisit& visit = passages[candidate.arrival->second].visit;
    candidate.between = nodes_between(ways, {visit.node, visit.hooks.front().in_dev});
  }
  const auto far = [](const Candidate& candidate) {
    return candidate.between ? candidate.between->size() : kNone;
  };
  std::stable_sort(candidates.begin(), candidates.end(),
                   [&](const Candidate& a, const Candidate& b) { return far(a) < far(b); });
  return candidates;
}

/// Joins what a passage sent to where it came next. Of what is for many each device hears one, and
/// behind a node that heard it what that node sent on, unless `through`: a bridge's own traffic is
/// not always traced.
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
  for (const Candidate& at : find_candidates(passages, wires, passages[i], *packet, arrivals)) {
    if (!for_many && !links[i].next.empty()) return;
    const bool behind =
        at.between && std::any_of(at.between->begin(), at.between->end(),
                                  [&](const std::string& node) { return nodes.contains(node); });
    if ((behind && !through) || !hears(at.arrival->second)) continue;
    links.join(i, at.arrival->second);
    arrivals.erase(at.arrival);
  }
}

void find_next(const std::vector<Passage>& passages, const Wires& wires, Links& links) {
  Arrivals arrivals;
  for (size_t i = links.first(); i < passages.size(); ++i)
    if (passages[i].came_in) arrivals.emplace(identity_key(passages[i].packet), i);
  for (const bool through : {false, true})
    for (size_t i = links.first(); i < passages.size() && !arrivals.empty(); ++i)
      join_next(passages, wires, links, i, arrivals, through);
  for (size_t i = links.first(); i < passages.size() && !arrivals.empty(); ++i) {
    const auto packet = left_with(passages[i]);
    if (!packet || !links[i].next.empty() || packet->protocol != kProtocolTcp) continue;
    const auto found = std::find_if(arrivals.begin(), arrivals.end(), [&](const auto& arrival) {
      const Passage& arrived = passages[arrival.second];
      return adjacent(passages[i], arrived) && same_but_renumbered(*packet, arrived.packet);
    });
    if (found == arrivals.end()) continue;
    links.join(i, found->second);
    arrivals.erase(found);
  }
}

/// A packet that came to no other node may have come there in fragments.
void find_pieces(const std::vector<Passage>& passages, Links& links) {
  std::multimap<PieceKey, size_t> arrivals;
  for (size_t i = links.first(); i < passages.size(); ++i)
    if (passages[i].came_in && passages[i].packet.is_fragment() && links[i].previous == kNone)
      arrivals.emplace(piece_key(passages[i].packet), i);
  if (arrivals.empty()) return;
  for (size_t i = links.first(); i < passages.size(); ++i) {
    const auto packet = left_with(passages[i]);
    if (!packet || packet->is_fragment() || !links[i].next.empty()) continue;
    auto [at, last] = arrivals.equal_range(piece_key(*packet));
    unsigned found = 0;
    while (at != last && found < body(*packet)) {
      const size_t arrived = at->second;
      const Packet& piece = passages[arrived].packet;
      const bool of_it = adjacent(passages[i], passages[arrived]) && piece.ttl == packet->ttl &&
                         piece.tos == packet->tos;
      if (of_it) {
        links[i].pieces.push_back(arrived);
        links[arrived].cut_from = i;
        found += body(piece);
      }
      at = of_it ? arrivals.erase(at) : std::next(at);
    }
  }
}

bool was_dropped(const Passage& passage) {
  const auto& steps = passage.visit.hooks.back().steps;
  return std::any_of(steps.begin(), steps.end(),
                     [](const Step& step) { return step.verdict == Verdict::drop; });
}

/// What a bridge sends to ports behind which nobody took it in was not for these.
void set_apart(const std::vector<Passage>& passages, Links& links) {
  for (size_t i = links.first(); i < passages.size(); ++i) {
    const Passage& passage = passages[i];
    if (!passage.copy_of || hears_itself(passage) || passage.packet.is_for_many()) continue;
    if (!links[i].next.empty() || !links[i].pieces.empty() || was_dropped(passage)) continue;
    links[i].apart = true;
    std::erase(links[*passage.copy_of].copies, i);
  }
}

Links find_links(const std::vector<Passage>& passages, const Wires& wires, size_t first) {
  Links links(first, passages.size());
  for (size_t i = links.first(); i < passages.size(); ++i)
    if (passages[i].copy_of) links[*passages[i].copy_of].copies.push_back(i);
  find_next(passages, wires, links);
  find_pieces(passages, links);
  set_apart(passages, links);
  return links;
}

/// Walks from a first passage to all that follow from it.
class WayBuilder {
 public:
  WayBuilder(const std::vector<Passage>& passages, const Links& links)
      : passages_(passages), links_(links) {}

  /// Does a way begin here?
  bool begins(size_t i) const {
    const bool is_copy = passages_[i].copy_of && !links_[i].apart;
    if (links_[i].previous != kNone || is_copy) return false;
    return !std::any_of(passages_[i].fragments.begin(), passages_[i].fragments.end(),
                        [&](size_t f) { return cut_from(f) != kNone; });
  }

  Way build(size_t first) {
    way_ = {};
    if (links_[first].cut_from != kNone) way_.part_of = links_[first].cut_from;
    way_.parts = passages_[first].fragments;
    follow(first);
    return std::move(way_);
  }

 private:
  /// The passage behind which the packet of this fragment was cut.
  size_t cut_from(size_t fragment) const {
    while (links_[fragment].previous != kNone) fragment = links_[fragment].previous;
    return links_[fragment].cut_from;
  }

  /// What was made of the fragments of a packet, further on.
  std::vector<size_t> wholes(size_t i) const {
    std::vector<size_t> found;
    for (size_t piece : links_[i].pieces) {
      while (!links_[piece].next.empty()) piece = links_[piece].next.front();
      const auto whole = passages_[piece].whole;
      if (whole && std::find(found.begin(), found.end(), *whole) == found.end())
        found.push_back(*whole);
    }
    return found;
  }

  void follow(size_t i) {
    way_.passages.push_back(i);
    for (const size_t copy : links_[i].copies) follow(copy);
    for (const size_t next : links_[i].next) follow(next);
    const auto made = wholes(i);
    for (const size_t whole : made) follow(whole);
    if (!links_[i].next.empty() || !made.empty()) return;
    way_.ends.push_back(i);
    way_.split |= !links_[i].pieces.empty();
  }

  const std::vector<Passage>& passages_;
  const Links& links_;
  Way way_;
};

/// Which ways must come before which others, as the nodes saw them: each node saw one at a time.
struct Precedence {
  std::vector<size_t> blocked_by;           // by way: how many must come before it
  std::vector<std::vector<size_t>> blocks;  // by way: those that must come after it
};

Precedence find_precedence(const std::vector<Passage>& passages, size_t first,
                           const std::vector<Way>& ways) {
  std::vector<size_t> way_of(passages.size() - first, kNone);
  for (size_t w = 0; w < ways.size(); ++w)
    for (const size_t p : ways[w].passages) way_of[p - first] = w;
  Precedence order{std::vector<size_t>(ways.size(), 0),
                   std::vector<std::vector<size_t>>(ways.size())};
  std::map<std::string, size_t> latest;            // by node: the way it saw last
  std::set<std::pair<std::string, size_t>> known;  // node and way: not for the first time
  for (size_t p = first; p < passages.size(); ++p) {
    const std::string& node = passages[p].visit.node;
    const size_t way = way_of[p - first];
    if (way == kNone || !known.emplace(node, way).second) continue;
    if (const auto before = latest.find(node); before != latest.end()) {
      order.blocks[before->second].push_back(way);
      ++order.blocked_by[way];
    }
    latest[node] = way;
  }
  return order;
}

/// For each passage from `first` on its place among them in time, as far as it can be told: behind
/// what its node saw before it, and behind the passage in which its packet was sent to it.
std::vector<size_t> places_in_time(const std::vector<Passage>& passages, const Links& links) {
  const size_t first = links.first();
  const size_t count = passages.size() - first;
  std::vector<size_t> waits_for(count, 0);
  std::vector<std::vector<size_t>> then(count);
  const auto comes_before = [&](size_t earlier, size_t later) {
    then[earlier - first].push_back(later - first);
    ++waits_for[later - first];
  };
  std::map<std::string, size_t> latest;  // by node
  for (size_t i = first; i < passages.size(); ++i) {
    const auto [before, is_first] = latest.emplace(passages[i].visit.node, i);
    if (!is_first) comes_before(std::exchange(before->second, i), i);
    for (const size_t from : {links[i].previous, links[i].cut_from})
      if (from != kNone) comes_before(from, i);
  }
  std::set<size_t> next;
  for (size_t i = 0; i < count; ++i)
    if (waits_for[i] == 0) next.insert(i);
  std::vector<size_t> place(count, count);
  for (size_t taken = 0; !next.empty(); ++taken) {
    const size_t i = next.extract(next.begin()).value();
    place[i] = taken;
    for (const size_t later : then[i])
      if (--waits_for[later] == 0) next.insert(later);
  }
  return place;
}

/// Orders the ways so that within every node they stand as the node saw them (a merge of the nodes'
/// own orders). These can contradict each other: who must first ask for a neighbour sees the packet
/// go before the question, and the neighbour sees it come after. Then the one goes first that was
/// sent first.
std::vector<Way> in_causal_order(const std::vector<Passage>& passages, const Links& links,
                                 std::vector<Way> ways) {
  Precedence order = find_precedence(passages, links.first(), ways);
  std::set<size_t> free;
  std::set<size_t> rest;
  for (size_t w = 0; w < ways.size(); ++w) (order.blocked_by[w] == 0 ? free : rest).insert(w);
  std::vector<size_t> time;
  const auto sent_first = [&] {
    if (time.empty()) time = places_in_time(passages, links);
    return std::min_element(rest.begin(), rest.end(), [&](size_t a, size_t b) {
      return time[ways[a].passages.front() - links.first()] <
             time[ways[b].passages.front() - links.first()];
    });
  };
  std::vector<Way> ordered;
  while (!free.empty() || !rest.empty()) {
    const size_t next =
        free.empty() ? rest.extract(sent_first()).value() : free.extract(free.begin()).value();
    for (const size_t other : order.blocks[next])
      if (--order.blocked_by[other] == 0 && rest.erase(other) > 0) free.insert(other);
    ordered.push_back(std::move(ways[next]));
  }
  return ordered;
}

/// Puts the ways of fragments behind those of the packets they were cut from.
std::vector<Way> with_fragments(std::vector<Way> ways, std::vector<Way> fragments) {
  if (fragments.empty()) return ways;
  std::vector<Way> all;
  for (Way& way : ways) {
    const std::set<size_t> of(way.passages.begin(), way.passages.end());
    all.push_back(std::move(way));
    for (Way& fragment : fragments)
      if (fragment.part_of && of.contains(*fragment.part_of)) all.push_back(std::move(fragment));
  }
  return all;
}

/// Was it delivered or dropped, whole, as one packet for one receiver?
bool is_at_rest(const Passage& passage) {
  const HookVisit& last = passage.visit.hooks.back();
  return (was_dropped(passage) || (last.passed && last.hook == Hook::input)) &&
         !passage.packet.is_fragment() && !passage.packet.is_for_many() && !passage.copy_of &&
         !passage.whole;
}

/// Did a node send it, and can nothing more become of it?
bool is_at_rest(const std::vector<Passage>& passages, const Way& way) {
  const Passage& first = passages[way.passages.front()];
  return !first.came_in && !first.packet.is_fragment() && way.parts.empty() && !way.part_of &&
         way.ends.size() == 1 && way.ends.front() == way.passages.back() &&
         is_at_rest(passages[way.ends.front()]);
}

}  // namespace

unsigned body(const Packet& p) {
  unsigned headers = p.source.is_v6() ? kIpv6Header : kIpv4Header;
  if (p.source.is_v6() && p.is_fragment()) headers += kFragmentHeaderSize;
  return p.length > headers ? p.length - headers : 0;
}

std::vector<Way> link(const std::vector<Passage>& passages, const Wires& wires, size_t first) {
  const Links links = find_links(passages, wires, first);
  WayBuilder builder(passages, links);
  std::vector<Way> ways;
  std::vector<Way> fragments;
  for (size_t i = first; i < passages.size(); ++i) {
    if (!builder.begins(i)) continue;
    Way way = builder.build(i);
    (way.part_of ? fragments : ways).push_back(std::move(way));
  }
  return with_fragments(in_causal_order(passages, links, std::move(ways)), std::move(fragments));
}

size_t settled(const std::vector<Passage>& passages, const std::vector<Way>& ways, size_t most) {
  size_t end = most;
  const auto first_of = [](const Way& way) {
    return *std::min_element(way.passages.begin(), way.passages.end());
  };
  for (const Way& way : ways)
    if (!is_at_rest(passages, way)) end = std::min(end, first_of(way));
  for (bool moved = true; moved;) {
    moved = false;
    for (const Way& way : ways) {
      const size_t last = *std::max_element(way.passages.begin(), way.passages.end());
      if (last < end || first_of(way) >= end) continue;
      end = first_of(way);
      moved = true;
    }
  }
  return end;
}

}  // namespace fwproof::follow
