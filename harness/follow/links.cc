#include "follow/links.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "follow/departure.h"
#include "follow/next_hook.h"
#include "follow/pieces.h"

namespace fwproof::follow {
namespace {

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

/// Did it not leave this node with the headers that it came with?
bool ends_here(const Passage& passage) {
  const auto left = left_with(passage);
  return !left || !same_on_the_wire(passage.packet, *left);
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
