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
  const bool left =
      (hooks.back().hook == Hook::postrouting && hooks.back().passed) ||
      (hooks.back().hook == Hook::egress && hooks.back().steps.back().verdict != Verdict::drop);
  return left ? hooks.back().at_end : std::nullopt;
}

/// Can a packet that left by `from` have come in by `to`? Over lo it stays in its node.
bool adjacent(const Passage& from, const Passage& to) {
  const bool over_lo = from.visit.hooks.back().out_dev == "lo";
  const bool same_node = from.visit.node == to.visit.node;
  return over_lo ? same_node && to.number > from.number : !same_node;
}

std::vector<size_t> find_next(const std::vector<Passage>& passages) {
  std::multimap<IdentityKey, size_t> arrivals;
  for (size_t i = 0; i < passages.size(); ++i)
    if (passages[i].came_in) arrivals.emplace(identity_key(passages[i].packet), i);
  std::vector<size_t> next(passages.size(), kNone);
  const auto join = [&](size_t i, auto first, auto last, auto same) {
    const auto packet = left_with(passages[i]);
    const auto found = std::find_if(first, last, [&](const auto& arrival) {
      return adjacent(passages[i], passages[arrival.second]) &&
             same(*packet, passages[arrival.second].packet);
    });
    if (found == last) return;
    next[i] = found->second;
    arrivals.erase(found);
  };
  for (size_t i = 0; i < passages.size(); ++i) {
    const auto packet = left_with(passages[i]);
    if (!packet) continue;
    const auto [first, last] = arrivals.equal_range(identity_key(*packet));
    join(i, first, last, same_on_the_wire);
  }
  for (size_t i = 0; i < passages.size() && !arrivals.empty(); ++i)
    if (next[i] == kNone && left_with(passages[i]))
      join(i, arrivals.begin(), arrivals.end(), same_but_renumbered);
  return next;
}

/// Which ways must come before which others, as the nodes saw them: each node saw one at a time.
struct Precedence {
  std::vector<size_t> blocked_by;           // by way: how many must come before it
  std::vector<std::vector<size_t>> blocks;  // by way: those that must come after it
};

Precedence find_precedence(const std::vector<Passage>& passages, const std::vector<Way>& ways) {
  std::vector<size_t> way_of(passages.size());
  for (size_t w = 0; w < ways.size(); ++w)
    for (const size_t p : ways[w].passages) way_of[p] = w;
  Precedence order{std::vector<size_t>(ways.size(), 0),
                   std::vector<std::vector<size_t>>(ways.size())};
  std::map<std::string, size_t> latest;            // by node: the way it saw last
  std::set<std::pair<std::string, size_t>> known;  // node and way: not for the first time
  for (size_t p = 0; p < passages.size(); ++p) {
    const std::string& node = passages[p].visit.node;
    const size_t way = way_of[p];
    if (!known.emplace(node, way).second) continue;
    if (const auto before = latest.find(node); before != latest.end()) {
      order.blocks[before->second].push_back(way);
      ++order.blocked_by[way];
    }
    latest[node] = way;
  }
  return order;
}

/// Orders the ways so that within every node they stand as the node saw them (a merge of the nodes'
/// own orders). Where these contradict each other, the order given is kept.
std::vector<Way> in_causal_order(const std::vector<Passage>& passages, std::vector<Way> ways) {
  Precedence order = find_precedence(passages, ways);
  std::set<size_t> free;
  std::set<size_t> rest;
  for (size_t w = 0; w < ways.size(); ++w) (order.blocked_by[w] == 0 ? free : rest).insert(w);
  std::vector<Way> ordered;
  while (!free.empty() || !rest.empty()) {
    auto& from = free.empty() ? rest : free;
    const size_t next = from.extract(from.begin()).value();
    for (const size_t other : order.blocks[next])
      if (--order.blocked_by[other] == 0 && rest.erase(other) > 0) free.insert(other);
    ordered.push_back(std::move(ways[next]));
  }
  return ordered;
}

}  // namespace

std::vector<Way> link(const std::vector<Passage>& passages) {
  const std::vector<size_t> next = find_next(passages);
  std::vector<bool> continued(passages.size(), false);
  for (const size_t n : next)
    if (n != kNone) continued[n] = true;
  std::vector<Way> ways;
  for (size_t i = 0; i < passages.size(); ++i) {
    if (continued[i]) continue;
    Way way;
    for (size_t p = i; p != kNone; p = next[p]) way.passages.push_back(p);
    ways.push_back(std::move(way));
  }
  return in_causal_order(passages, std::move(ways));
}

}  // namespace fwproof::follow
