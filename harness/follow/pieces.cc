#include "follow/pieces.h"

#include <algorithm>
#include <iterator>
#include <list>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "follow/departure.h"
#include "follow/passages.h"

namespace fwproof::follow {
namespace {

constexpr unsigned kIpv4Header = 20;
constexpr unsigned kIpv6Header = 40;
constexpr unsigned kFragmentHeaderSize = 8;  // RFC 8200 section 4.5

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

}  // namespace

unsigned body(const Packet& p) {
  unsigned headers = p.source.is_v6() ? kIpv6Header : kIpv4Header;
  if (p.source.is_v6() && p.is_fragment()) headers += kFragmentHeaderSize;
  return p.length > headers ? p.length - headers : 0;
}

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

}  // namespace fwproof::follow
