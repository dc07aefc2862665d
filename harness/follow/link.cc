#include "follow/link.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "follow/next_hook.h"

namespace fwproof::follow {
namespace {

/// Walks from a first passage to all that follow from it.
class WayBuilder {
 public:
  WayBuilder(const std::vector<Passage>& passages, const Links& links)
      : passages_(passages), links_(links) {}

  /// Does no passage lead to this one, and is it in no way yet? What fragments were made into is
  /// not looked at.
  bool is_first(size_t i) const {
    const bool is_copy = passages_[i].copy_of && !links_[i].apart;
    return links_[i].previous == kNone && !is_copy && !taken_.contains(i);
  }

  /// Was it put together again of fragments of a packet that was seen before it was cut?
  bool was_cut(size_t i) const {
    return std::any_of(passages_[i].fragments.begin(), passages_[i].fragments.end(),
                       [&](size_t f) { return !passages_[origin_of(f)].packet.is_fragment(); });
  }

  Way build(size_t first) {
    way_ = {};
    if (links_[first].cut_from != kNone) way_.part_of = links_[first].cut_from;
    way_.parts = passages_[first].fragments;
    follow(first);
    return std::move(way_);
  }

 private:
  /// The passage behind which the packet of this fragment was first cut; where that was not seen,
  /// the first of the fragment itself, or of the one that it was cut from.
  size_t origin_of(size_t fragment) const {
    while (true) {
      const Link& link = links_[fragment];
      if (link.previous == kNone && link.cut_from == kNone) return fragment;
      fragment = link.previous != kNone ? link.previous : link.cut_from;
    }
  }

  /// What was made of the fragments of a packet, further on, and of no other packet's before.
  void add_wholes(size_t i, std::vector<size_t>& found) {
    for (size_t piece : links_[i].pieces) {
      while (!links_[piece].next.empty()) piece = links_[piece].next.front();
      const auto whole = passages_[piece].whole;
      if (whole && taken_.insert(*whole).second) found.push_back(*whole);
      add_wholes(piece, found);
    }
  }

  void follow(size_t i) {
    way_.passages.push_back(i);
    taken_.insert(i);
    for (const size_t copy : links_[i].copies) follow(copy);
    for (const size_t next : links_[i].next) follow(next);
    std::vector<size_t> made;
    if (!passages_[i].packet.is_fragment()) add_wholes(i, made);
    for (const size_t whole : made) follow(whole);
    if (!links_[i].next.empty() || !made.empty()) return;
    way_.ends.push_back(i);
    way_.split |= !links_[i].pieces.empty();
  }

  const std::vector<Passage>& passages_;
  const Links& links_;
  std::set<size_t> taken_;
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

/// Puts the ways of fragments behind those of the packets they were cut from, which may be
/// fragments themselves: what was cut first comes first.
std::vector<Way> with_fragments(std::vector<Way> ways, std::vector<Way> fragments) {
  if (fragments.empty()) return ways;
  std::map<size_t, std::vector<Way*>> cut_from;
  for (Way& fragment : fragments) cut_from[*fragment.part_of].push_back(&fragment);
  std::vector<Way> all;
  const auto add = [&](Way& way, const auto& add_next) -> void {
    const std::vector<size_t> passages = way.passages;
    all.push_back(std::move(way));
    for (const size_t passage : passages)
      for (Way* fragment : cut_from[passage]) add_next(*fragment, add_next);
  };
  for (Way& way : ways) add(way, add);
  return all;
}

/// Was it delivered or dropped, whole, as one packet for one receiver?
bool is_at_rest(const Passage& passage) {
  const HookVisit& last = passage.visit.hooks.back();
  return (was_dropped(passage) || (last.passed && last.hook == Hook::input && !last.bridge)) &&
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

std::vector<Way> link(const std::vector<Passage>& passages, const Wires& wires, size_t first) {
  const Links links = find_links(passages, wires, first);
  WayBuilder builder(passages, links);
  std::vector<Way> ways;
  std::vector<Way> fragments;
  const auto add = [&](size_t i) {
    Way way = builder.build(i);
    (way.part_of ? fragments : ways).push_back(std::move(way));
  };
  for (size_t i = first; i < passages.size(); ++i)
    if (builder.is_first(i) && !builder.was_cut(i)) add(i);
  for (size_t i = first; i < passages.size(); ++i)  // none, unless what was seen contradicts itself
    if (builder.is_first(i)) add(i);
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
