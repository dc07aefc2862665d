#include "follow/follower.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "follow/link.h"
#include "follow/next_hook.h"
#include "follow/pieces.h"

namespace fwproof::follow {
namespace {

/// What a node's kernel says of its own: groups that it listens to (IGMP; MLD, RFC 2710, RFC 3810),
/// routers and neighbours (RFC 4861).
bool is_housekeeping(const Packet& p) {
  constexpr uint8_t kListenerQuery = 130, kRedirect = 137, kListenerReport2 = 143;
  if (p.protocol == kProtocolIgmp) return p.is_for_many();
  return p.protocol == kProtocolIcmpv6 &&
         ((p.icmp_type >= kListenerQuery && p.icmp_type <= kRedirect) ||
          p.icmp_type == kListenerReport2);
}

/// Is it one of the packets that an exec flow's checks speak of?
bool is_of_program(const Flow& flow, const Packet& p) {
  if (flow.exec_protocol.value_or(0) == 0 && is_housekeeping(p)) return false;
  const bool any_icmp = flow.exec_protocol == 0 && p.is_icmp();
  if (flow.exec_protocol && p.protocol != flow.exec_protocol && !any_icmp) return false;
  if (!flow.exec_destination) return true;
  return p.destination == flow.exec_destination->address &&
         (flow.exec_destination->port == 0 || p.destination_port == flow.exec_destination->port);
}

/// Is it one of the packets of the capture that the flow sends again? The kernel fills in a source
/// that the packet does not tell.
bool is_replayed(const Craft& craft, const Packet& p) {
  return std::any_of(craft.replay.begin(), craft.replay.end(), [&](const Replayed& replayed) {
    return p.destination == replayed.destination &&
           (p.source == replayed.source || replayed.source == IpAddress());
  });
}

/// Is this the first sight of a packet that the flow itself sent?
bool starts_flow(const Flow& flow, const FlowResult& result, const Walk& walk) {
  if (walk.visits.front().node != flow.node ||
      walk.visits.front().hooks.front().hook != Hook::output)
    return false;
  const Packet& p = walk.packet;
  if (flow.kind == FlowKind::arp || p.arp != 0)
    return flow.kind == FlowKind::arp && p.arp == kArpRequest &&
           p.destination == flow.destination.address;
  if (flow.kind == FlowKind::exec) return is_of_program(flow, p);
  if (flow.craft && !flow.craft->replay.empty()) return is_replayed(*flow.craft, p);
  if (p.is_fragment() && flow.craft)
    return p.source == result.local.address && p.destination == result.remote.address &&
           p.protocol == flow.protocol;
  if (p.protocol != flow.protocol || p.destination != result.remote.address) return false;
  if (flow.craft && flow.craft->icmp_type)
    return p.source == result.local.address && p.icmp_type == flow.craft->icmp_type &&
           p.icmp_code == flow.craft->icmp_code;
  if (p.is_icmp()) return !p.is_icmp_error() && p.icmp_id == result.local.port;
  return p.from() == result.local && p.to() == result.remote;
}

/// TCP connections that a node's packets were of before a program began in it. What is sent again
/// of them, or in answer to their other ends, is the kernel's doing and none of the program's.
class Earlier {
 public:
  Earlier() = default;
  Earlier(const std::vector<Passage>& passages, size_t mark, const std::string& node) {
    for (size_t i = 0; i < mark; ++i) {
      const Packet& p = passages[i].packet;
      if (p.protocol != kProtocolTcp || passages[i].visit.node != node) continue;
      if (passages[i].came_in) {
        connections_.insert({p.to(), p.from()});
      } else {
        connections_.insert({p.from(), p.to()});
        if (begins(p)) begun_.insert({p.from(), p.to(), p.seq});
      }
    }
  }

  /// Packets that the node sent are asked for in their order: a new SYN begins the connection anew.
  bool has(const Packet& sent) {
    if (sent.protocol != kProtocolTcp || !connections_.contains({sent.from(), sent.to()}))
      return false;
    const bool anew = begins(sent) && !begun_.contains({sent.from(), sent.to(), sent.seq});
    if (anew) connections_.erase({sent.from(), sent.to()});
    return !anew;
  }

 private:
  static bool begins(const Packet& p) { return (p.tcp_flags & (kTcpSyn | kTcpAck)) == kTcpSyn; }

  std::set<std::pair<Endpoint, Endpoint>> connections_;  // own end, other end
  std::set<std::tuple<Endpoint, Endpoint, uint32_t>> begun_;
};

/// The name of a packet by what it carries, without its number.
std::string base_name(const Packet& p, Direction direction) {
  const std::string prefix = direction == Direction::reply ? "reply " : "";
  if (p.arp != 0) return arp_name(p);
  if (p.is_fragment()) return prefix + "fragment";
  if (p.is_icmp()) return icmp_name(p);
  if (p.protocol != kProtocolTcp) return prefix + "data";
  if (p.tcp_flags & kTcpRst) return prefix + "rst";
  if ((p.tcp_flags & kTcpSyn) && (p.tcp_flags & kTcpAck)) return "syn-ack";
  if (p.tcp_flags & kTcpSyn) return direction == Direction::reply ? "reply syn" : "syn";
  if (p.tcp_flags & kTcpFin) return prefix + "fin";
  if (p.tcp_flags == 0) return prefix + "null";
  return prefix + (p.payload > 0 ? "data" : "ack");
}

WalkEnd end_of(const Passage& passage) {
  WalkEnd end;
  end.node = passage.visit.node;
  const HookVisit& hook = passage.visit.hooks.back();
  end.hook = hook.hook;
  const auto dropped = std::find_if(hook.steps.rbegin(), hook.steps.rend(),
                                    [](const Step& s) { return s.verdict == Verdict::drop; });
  if (dropped != hook.steps.rend()) {
    end.kind = WalkEnd::Kind::dropped;
    end.step = *dropped;
  } else if (passage.whole) {
    end.kind = WalkEnd::Kind::joined;
  } else if (hook.passed && hook.hook == Hook::input && !hook.bridge) {
    end.kind = WalkEnd::Kind::delivered;
  } else if ((hook.passed && hook.hook == Hook::postrouting) || hook.hook == Hook::egress ||
             (hook.passed && hook.hook == Hook::output && passage.packet.arp != 0)) {
    end.kind = WalkEnd::Kind::left;
  } else if (!hook.steps.empty() && !hook.passed) {
    if (hook.steps.back().verdict == Verdict::stolen) end.kind = WalkEnd::Kind::taken;
    end.step = hook.steps.back();  // a queue that nobody reads, or a trace that a rule switched off
  }
  return end;
}

/// Of the ends of a packet for many the one that tells most: a delivery to another node than its
/// sender, else a drop.
size_t telling_end(const std::vector<WalkEnd>& ends, const std::string& sender) {
  const auto find = [&](WalkEnd::Kind kind) {
    const auto found = std::find_if(ends.begin(), ends.end(), [&](const WalkEnd& end) {
      return end.kind == kind && end.node != sender;
    });
    return static_cast<size_t>(found - ends.begin());
  };
  for (const auto kind : {WalkEnd::Kind::delivered, WalkEnd::Kind::dropped})
    if (const size_t at = find(kind); at < ends.size()) return at;
  return ends.size() - 1;
}

Walk make_walk(const std::vector<Passage>& passages, const Way& way) {
  Walk walk;
  walk.packet = passages[way.passages.front()].packet;
  for (const size_t index : way.passages) walk.visits.push_back(passages[index].visit);
  for (const size_t index : way.ends) walk.other_ends.push_back(end_of(passages[index]));
  const size_t telling = telling_end(walk.other_ends, walk.visits.front().node);
  walk.end = std::move(walk.other_ends[telling]);
  walk.other_ends.erase(walk.other_ends.begin() + static_cast<std::ptrdiff_t>(telling));
  if (way.split && walk.end.kind == WalkEnd::Kind::left) walk.end.kind = WalkEnd::Kind::split;
  return walk;
}

/// Fragments of one packet that a node has, and has not made whole, for want of others.
class Unfinished {
 public:
  Unfinished(const std::vector<Passage>& passages, size_t first) : passages_(passages) {
    for (size_t i = first; i < passages.size(); ++i) {
      const Passage& passage = passages[i];
      if (passage.packet.is_fragment() && !was_dropped(passage))
        seen_[{passage.visit.node, piece_key(passage.packet)}].push_back(&passage.packet);
    }
  }

  /// A fragment that got as far as a node which waits for the rest of it: in PREROUTING, or of IPv6
  /// behind INPUT.
  void tell(const Way& way, Walk& walk) const {
    const Packet& p = walk.packet;
    const HookVisit& last = walk.visits.back().hooks.back();
    const bool stopped =
        walk.end.kind == WalkEnd::Kind::lost && last.steps.empty() && last.hook == Hook::prerouting;
    const bool came_in = walk.end.kind == WalkEnd::Kind::delivered;
    if (!(stopped || came_in) || !p.is_fragment() || way.passages.empty()) return;
    const auto found =
        seen_.find({walk.end.node, piece_key(passages_[way.passages.back()].packet)});
    if (found != seen_.end() && !is_complete(found->second)) walk.end.kind = WalkEnd::Kind::waiting;
  }

 private:
  /// Do these reach from the first byte to the last without a gap?
  static bool is_complete(std::vector<const Packet*> fragments) {
    std::sort(fragments.begin(), fragments.end(), [](const Packet* a, const Packet* b) {
      return a->fragment_offset < b->fragment_offset;
    });
    unsigned reached = 0;
    for (const Packet* fragment : fragments) {
      if (fragment->fragment_offset > reached) return false;
      reached = std::max(reached, fragment->fragment_offset + body(*fragment));
    }
    return !fragments.back()->more_fragments;
  }

  const std::vector<Passage>& passages_;
  std::map<std::pair<std::string, PieceKey>, std::vector<const Packet*>> seen_;
};

/// What walks of a flow came through which node with which headers, to find what a packet sent
/// there answers. A later walk takes the place of an earlier one like it: an answer answers what
/// came last.
class Sights {
 public:
  void add(const Walk& walk, size_t index) {
    const Packet& sent = walk.packet;
    sent_[ends_key(walk.visits.front().node, sent, sent.from(), sent.to())] = index;
    for (const NodeVisit& visit : walk.visits)
      for (const HookVisit& hook : visit.hooks)
        for (const auto& sight : {hook.at_start, hook.at_end})
          if (sight) add_sight(visit.node, *sight, index);
  }

  /// One more sight of a walk that has been added.
  void add_sight(const std::string& node, const Packet& sight, size_t index) {
    ends_[ends_key(node, sight, sight.from(), sight.to())] = index;
    if (sight.is_fragment()) pieces_[ends_key(node, sight, sight.from(), sight.to())] = index;
    add_quotable(quote_key(node, sight, sight.source), sight, index);
    if (sight.source.is_v6())  // a quote may be too short to tell more
      add_quotable(quote_key(node, QuotedPacket{.protocol = sight.protocol, .length = sight.length},
                             sight.source),
                   sight, index);
  }

  /// The walk that this packet, sent by `node`, goes the way of: that of one that the node sent
  /// before, or of one that came through it and was copied (TEE, nft's dup).
  std::optional<size_t> same_way(const std::string& node, const Packet& p) const {
    if (p.is_icmp_error()) return std::nullopt;
    const EndsKey key = ends_key(node, p, p.from(), p.to());
    const auto sent = find(sent_, key);
    return sent ? sent : find(ends_, key);
  }

  /// The walk that this packet, sent by `node`, goes back on, from wherever in the node that walk
  /// came through; for an error message the walk it is about.
  std::optional<size_t> way_back(const std::string& node, const Packet& p) const {
    if (!p.is_icmp_error()) return find(ends_, ends_key(node, p, p.to(), p.from()));
    if (!p.quoted) return std::nullopt;
    const auto quoted = find(quotable_, quote_key(node, *p.quoted, p.destination));
    return quoted ? quoted : way_back_to_pieces(node, *p.quoted, p.destination);
  }

 private:
  using EndsKey = std::tuple<std::string, uint8_t, Endpoint, Endpoint, uint16_t>;
  /// What an ICMP error tells of the packet that it is about: a part of QuotedPacket.
  using QuoteKey = std::tuple<std::string, uint8_t, IpAddress, uint32_t, IpAddress, uint16_t,
                              uint16_t, uint32_t, uint16_t, uint16_t>;

  /// IPv6 has no identification, and of IPv4 little else is told.
  template <typename Quoted>
  static QuoteKey quote_key(const std::string& node, const Quoted& p, const IpAddress& source) {
    if (!source.is_v6()) return {node, p.protocol, source, p.ip_id, {}, 0, 0, 0, 0, 0};
    return {node,          p.protocol,         source, p.length,  p.destination,
            p.source_port, p.destination_port, p.seq,  p.icmp_id, p.icmp_seq};
  }

  void add_quotable(const QuoteKey& key, const Packet& sight, size_t index) {
    if (sight.is_fragment())  // the errors that name it are about the whole packet
      quotable_.emplace(key, index);
    else
      quotable_[key] = index;
  }

  /// An error quotes whole what IPv6 puts together behind INPUT, where no hook saw it: of the
  /// fragments that were seen there the first has its ends.
  std::optional<size_t> way_back_to_pieces(const std::string& node, const QuotedPacket& p,
                                           const IpAddress& source) const {
    return find(pieces_, EndsKey(node, p.protocol, {source, p.source_port},
                                 {p.destination, p.destination_port}, p.icmp_id));
  }

  static EndsKey ends_key(const std::string& node, const Packet& p, const Endpoint& from,
                          const Endpoint& to) {
    return {node, p.protocol, from, to, p.icmp_id};
  }

  template <typename Key>
  static std::optional<size_t> find(const std::map<Key, size_t>& walks, const Key& key) {
    const auto found = walks.find(key);
    return found == walks.end() ? std::nullopt : std::optional(found->second);
  }

  std::map<EndsKey, size_t> sent_;
  std::map<EndsKey, size_t> ends_;
  std::map<EndsKey, size_t> pieces_;  // of them, fragments
  std::map<QuoteKey, size_t> quotable_;
};

Direction opposite(Direction direction) {
  return direction == Direction::original ? Direction::reply : Direction::original;
}

/// The walks of a flow that have been found so far.
struct Found {
  std::vector<Walk> walks;
  Sights sights;
  std::map<size_t, size_t> by_passage;              // of all their passages: which walk made it
  std::map<size_t, std::vector<size_t>> fragments;  // of a walk: the walks of its fragments

  /// The walk that one of these passages belongs to.
  const Walk* of(const std::vector<size_t>& passages) const {
    for (const size_t passage : passages)
      if (const auto walk = by_passage.find(passage); walk != by_passage.end())
        return &walks[walk->second];
    return nullptr;
  }
};

/// Where IPv6 tracks no connections a receiver's INPUT sees the fragments, and they are put
/// together behind it (net/ipv6/reassembly.c): the packet arrived if they all did.
void tell_arrival(Found& found, const Way& fragment) {
  const auto whole = found.by_passage.find(*fragment.part_of);
  if (whole == found.by_passage.end()) return;
  auto& fragments = found.fragments[whole->second];
  fragments.push_back(found.walks.size() - 1);
  Walk& walk = found.walks[whole->second];
  const WalkEnd& end = found.walks.back().end;
  unsigned bytes = 0;
  std::set<uint16_t> places;  // one may come twice
  for (const size_t index : fragments) {
    const Walk& one = found.walks[index];
    if (one.end.kind == WalkEnd::Kind::delivered && one.end.node == end.node &&
        places.insert(one.packet.fragment_offset).second)
      bytes += body(one.packet);
  }
  const auto& left = walk.visits.back().hooks.back().at_end;
  if (walk.end.kind != WalkEnd::Kind::split || !left || bytes < body(*left)) return;
  walk.end = end;
  found.sights.add_sight(end.node, *left, whole->second);
}

/// The walk that this reset, which nobody was seen to send, answers: where a bridge passes a packet
/// by a rule that rejects it, the reset leaves by the port it came in by, and no hook sees it
/// (net/ipv4/netfilter/nf_reject_ipv4.c, nf_send_reset()).
const Walk* rejected_on_a_bridge(const Found& found, const Walk& reset) {
  const NodeVisit& visit = reset.visits.front();
  if (visit.hooks.front().hook != Hook::prerouting) return nullptr;
  const auto back = found.sights.way_back(visit.node, reset.packet);
  if (!back) return nullptr;
  const Walk& answered = found.walks[*back];
  return was_rejected(answered) ? &answered : nullptr;
}

/// Sets direction and `about`, or says that the walk is none of the flow's.
bool belongs(const Flow& flow, const FlowResult& result, const Found& found, const Way& way,
             Walk& walk) {
  std::vector<size_t> related = way.parts;
  if (way.part_of) related.push_back(*way.part_of);
  if (const Walk* of = found.of(related)) {
    walk.direction = of->direction;
    return true;
  }
  const std::string& node = walk.visits.front().node;
  // Both ends of a captured conversation may be in it.
  const bool replays = flow.craft && !flow.craft->replay.empty();
  if (replays && starts_flow(flow, result, walk)) {
    walk.direction = Direction::original;
    return true;
  }
  if (walk.visits.front().hooks.front().hook == Hook::output) {
    if (const auto same = found.sights.same_way(node, walk.packet)) {
      walk.direction = found.walks[*same].direction;
      return true;
    }
    if (const auto back = found.sights.way_back(node, walk.packet)) {
      const Walk& answered = found.walks[*back];
      walk.direction = opposite(answered.direction);
      const bool rejected = was_rejected(answered) && answered.end.node == node;
      if (rejected || walk.packet.is_icmp_error()) walk.about = answered.name;
      return true;
    }
  }
  if (walk.packet.tcp_flags & kTcpRst)
    if (const Walk* rejected = rejected_on_a_bridge(found, walk)) {
      walk.direction = opposite(rejected->direction);
      walk.about = rejected->name;
      return true;
    }
  walk.direction = Direction::original;
  return starts_flow(flow, result, walk);
}

}  // namespace

std::vector<Walk> Follower::walks(const Flow& flow, const FlowResult& result, size_t mark,
                                  size_t since) {
  const std::vector<Passage>& passages = passages_.all();
  const size_t first = *std::prev(settled_.upper_bound(mark));
  const Unfinished unfinished(passages, first);
  Earlier earlier;
  if (flow.kind == FlowKind::exec) earlier = Earlier(passages, mark, flow.node);
  Found found;
  std::vector<size_t> wanted;
  std::map<std::string, unsigned> named;
  const std::vector<Way> ways = link(passages, wires_, first);
  settled_.insert(settled(passages, ways, mark));
  for (const Way& way : ways) {
    if (way.passages.front() < mark) continue;
    Walk walk = make_walk(passages, way);
    unfinished.tell(way, walk);
    const bool sent = walk.visits.front().hooks.front().hook == Hook::output;
    if (sent && walk.visits.front().node == flow.node && earlier.has(walk.packet)) continue;
    if (!belongs(flow, result, found, way, walk)) continue;
    walk.name = base_name(walk.packet, walk.direction);
    if (way.passages.front() >= since) {
      const unsigned number = ++named[walk.name];
      if (number > 1) walk.name += fmt::format(" {}", number);
      wanted.push_back(found.walks.size());
    }
    found.sights.add(walk, found.walks.size());
    for (const size_t passage : way.passages) found.by_passage[passage] = found.walks.size();
    found.walks.push_back(std::move(walk));
    if (way.part_of) tell_arrival(found, way);
  }
  if (wanted.size() == found.walks.size()) return std::move(found.walks);
  std::vector<Walk> later;
  for (const size_t index : wanted) later.push_back(std::move(found.walks[index]));
  return later;
}

}  // namespace fwproof::follow
