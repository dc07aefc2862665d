#include "follow/follower.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "follow/link.h"

namespace fwproof::follow {
namespace {

uint8_t protocol_of(FlowKind kind, bool v6) {
  switch (kind) {
    case FlowKind::tcp:
      return kProtocolTcp;
    case FlowKind::udp:
      return kProtocolUdp;
    case FlowKind::icmp:
      return v6 ? kProtocolIcmpv6 : kProtocolIcmp;
    case FlowKind::exec:
      break;
  }
  return 0;
}

/// Is this the first sight of a packet that the flow itself sent?
bool starts_flow(const Flow& flow, const FlowResult& result, const Walk& walk) {
  if (walk.visits.front().node != flow.node ||
      walk.visits.front().hooks.front().hook != Hook::output)
    return false;
  const Packet& p = walk.packet;
  if (flow.kind == FlowKind::exec) {
    if (flow.exec_protocol && p.protocol != protocol_of(*flow.exec_protocol, p.source.is_v6()))
      return false;
    if (!flow.exec_destination) return true;
    return p.destination == flow.exec_destination->address &&
           (flow.exec_destination->port == 0 || p.destination_port == flow.exec_destination->port);
  }
  if (p.protocol != protocol_of(flow.kind, result.remote.address.is_v6())) return false;
  if (p.is_icmp())
    return !p.is_icmp_error() && p.icmp_id == result.local.port &&
           p.destination == result.remote.address;
  return p.from() == result.local && p.to() == result.remote;
}

enum class Relation { none, same, reversed };

/// How packet `p`, sent by `node`, relates to a walk: it goes the same way, it goes back from a
/// place in `node` that the walk came through, or it is an error message about it.
Relation relation(const Packet& p, const std::string& node, const Walk& walk) {
  if (p.protocol == walk.packet.protocol && !p.is_icmp_error() &&
      walk.visits.front().node == node && p.from() == walk.packet.from() &&
      p.to() == walk.packet.to() && p.icmp_type == walk.packet.icmp_type)
    return Relation::same;
  for (const HookVisit* visit : hooks_in(walk, node)) {
    for (const auto& sight : {visit->at_start, visit->at_end}) {
      if (!sight) continue;
      if (p.is_icmp_error()) {
        if (p.quoted && p.quoted->protocol == sight->protocol && p.quoted->ip_id == sight->ip_id &&
            p.destination == sight->source)
          return Relation::reversed;
      } else if (p.protocol == sight->protocol && p.from() == sight->to() &&
                 p.to() == sight->from() && p.icmp_id == sight->icmp_id) {
        return Relation::reversed;
      }
    }
  }
  return Relation::none;
}

bool is_reject(const Step& step) {
  return step.verdict == Verdict::drop && step.target.size() >= 6 &&
         (step.target.starts_with("REJECT") || step.target.starts_with("reject"));
}

/// The name of a packet by what it carries, without its number.
std::string base_name(const Packet& p, Direction direction) {
  if (p.is_icmp()) return icmp_name(p);
  const std::string prefix = direction == Direction::reply ? "reply " : "";
  if (p.protocol != kProtocolTcp) return prefix + "data";
  if (p.tcp_flags & kTcpRst) return prefix + "rst";
  if ((p.tcp_flags & kTcpSyn) && (p.tcp_flags & kTcpAck)) return "syn-ack";
  if (p.tcp_flags & kTcpSyn) return direction == Direction::reply ? "reply syn" : "syn";
  if (p.tcp_flags & kTcpFin) return prefix + "fin";
  return prefix + (p.payload > 0 ? "data" : "ack");
}

WalkEnd end_of(const Walk& walk) {
  const NodeVisit& last = walk.visits.back();
  WalkEnd end;
  end.node = last.node;
  const HookVisit& hook = last.hooks.back();
  end.hook = hook.hook;
  const auto dropped = std::find_if(hook.steps.rbegin(), hook.steps.rend(),
                                    [](const Step& s) { return s.verdict == Verdict::drop; });
  if (dropped != hook.steps.rend()) {
    end.kind = WalkEnd::Kind::dropped;
    end.step = *dropped;
  } else if (hook.passed && hook.hook == Hook::input) {
    end.kind = WalkEnd::Kind::delivered;
  } else if (hook.passed && hook.hook == Hook::postrouting) {
    end.kind = WalkEnd::Kind::left;
  }
  return end;
}

Walk make_walk(const std::vector<Passage>& passages, const Way& way) {
  Walk walk;
  walk.packet = passages[way.passages.front()].packet;
  for (const size_t index : way.passages) walk.visits.push_back(passages[index].visit);
  walk.end = end_of(walk);
  return walk;
}

/// Sets direction and `about`, or says that the walk is none of the flow's.
bool belongs(const Flow& flow, const FlowResult& result, const std::vector<Walk>& so_far,
             Walk& walk) {
  const std::string& node = walk.visits.front().node;
  if (walk.visits.front().hooks.front().hook == Hook::output) {
    // The newest first: an answer answers what came last.
    for (auto earlier = so_far.rbegin(); earlier != so_far.rend(); ++earlier) {
      const Relation how = relation(walk.packet, node, *earlier);
      if (how == Relation::none) continue;
      const bool back = how == Relation::reversed;
      const Direction other =
          earlier->direction == Direction::original ? Direction::reply : Direction::original;
      walk.direction = back ? other : earlier->direction;
      const bool rejected = earlier->end.kind == WalkEnd::Kind::dropped &&
                            earlier->end.node == node && is_reject(*earlier->end.step);
      if (back && (rejected || walk.packet.is_icmp_error())) walk.about = earlier->name;
      return true;
    }
  }
  walk.direction = Direction::original;
  return starts_flow(flow, result, walk);
}

}  // namespace

std::vector<Walk> Follower::walks(const Flow& flow, const FlowResult& result, size_t mark) const {
  const std::vector<Passage>& passages = passages_.all();
  std::vector<Walk> walks;
  std::map<std::string, unsigned> named;
  for (const Way& way : link(passages)) {
    if (way.passages.front() < mark) continue;
    Walk walk = make_walk(passages, way);
    if (!belongs(flow, result, walks, walk)) continue;
    const std::string name = base_name(walk.packet, walk.direction);
    const unsigned number = ++named[name];
    walk.name = number == 1 ? name : fmt::format("{} {}", name, number);
    walks.push_back(std::move(walk));
  }
  return walks;
}

}  // namespace fwproof::follow
