#include "run/losses.h"

#include <fmt/format.h>
#include <linux/neighbour.h>

#include <algorithm>
#include <compare>
#include <optional>

#include "nl/route.h"

namespace fwproof::run {
namespace {

/// Routed no further: the last that was seen of it is the end of PREROUTING.
bool was_lost_in_routing(const Walk& walk) {
  const HookVisit& last = last_hook(walk);
  return walk.end.kind == WalkEnd::Kind::lost && last.hook == Hook::prerouting && last.passed;
}

bool got_on(const Walk& walk) {
  return walk.end.kind != WalkEnd::Kind::left && walk.end.kind != WalkEnd::Kind::lost;
}

/// No socket of ours told that all went well. A program never does.
bool is_unheard(const FlowResult& result) {
  using Socket = FlowResult::Socket;
  return result.socket == Socket::pending || result.socket == Socket::half ||
         result.socket == Socket::failed || result.socket == Socket::ran ||
         result.socket == Socket::ended || result.socket == Socket::sent;
}

}  // namespace

Losses::Losses(const Topology& topology, lab::Lab& lab, bool reasons)
    : lab_(lab),
      reasons_(reasons ? observe::DropReasons::of_this_thread() : nullptr),
      // Neighbour discovery may have been at work since the lab was built.
      stale_(topology.uses_ipv6()) {
  for (const Node& node : topology.nodes)
    if (!node.bridge)
      counters_.emplace(node.name,
                        observe::LossCounters(lab.netns(node.name), topology.uses_ipv6()));
}

void Losses::begin_flow() {
  evidence_ = {};
  if (reasons_) {
    std::vector<std::string> of_others;
    reasons_->drain(of_others);
  }
  if (!stale_) return;
  for (auto& [node, counters] : counters_) before_[node] = counters.read();
  stale_ = false;
}

const LossEvidence& Losses::gather(const std::vector<Walk>& walks, const FlowResult& result) {
  const bool all_got_on = !walks.empty() && std::all_of(walks.begin(), walks.end(), got_on);
  if (all_got_on && !is_unheard(result)) return evidence_;
  read_growth();
  if (reasons_) reasons_->drain(evidence_.reasons);
  evidence_.refusals.clear();
  evidence_.neighbours.clear();
  for (const Walk& walk : walks) {
    if (was_lost_in_routing(walk)) ask_for_route(walk);
    if (walk.end.kind == WalkEnd::Kind::left) list_neighbours(walk.end.node);
  }
  return evidence_;
}

void Losses::end_flow(const FlowSeen& seen) {
  stale_ = seen.walks.empty() || is_unheard(seen.result) ||
           seen.result.socket != FlowResult::Socket::completed ||
           !std::all_of(seen.walks.begin(), seen.walks.end(), got_on);
}

void Losses::read_growth() {
  evidence_.grown.clear();
  for (auto& [node, counters] : counters_) {
    const observe::LossCounts& before = before_[node];
    for (const auto& [name, now] : counters.read()) {
      const auto was = before.find(name);
      const uint64_t by = now - (was == before.end() ? 0 : was->second);
      if (by > 0) evidence_.grown[node][name] = by;
    }
  }
}

void Losses::ask_for_route(const Walk& walk) {
  const HookVisit& last = last_hook(walk);
  const Packet& packet = last.at_end.value_or(walk.packet);
  nl::Socket& socket = lab_.route_socket(walk.end.node);
  const int error_number =
      nl::get_refusal(socket, {packet.source, packet.destination, last.in_dev, last.mark});
  if (error_number == 0) return;
  const nl::RouteAnswer own = nl::get_route(socket, packet.destination);
  evidence_.refusals[walk.name] = {
      fmt::format("ip route get {} from {} iif {}", packet.destination.to_string(),
                  packet.source.to_string(), last.in_dev),
      error_number, own.error_number == error_number};
}

void Losses::list_neighbours(const std::string& node) {
  const auto& known = evidence_.neighbours;
  if (std::any_of(known.begin(), known.end(), [&](const auto& n) { return n.node == node; }))
    return;
  for (const nl::Neighbour& neighbour : nl::list_neighbours(lab_.route_socket(node)))
    if (neighbour.state == NUD_FAILED)
      evidence_.neighbours.push_back({node, neighbour.dev, neighbour.address});
}

std::set<std::string> Losses::asking(const std::vector<Walk>& walks) {
  struct Wanted {
    std::string dev;
    std::optional<IpAddress> address;  // asked for by ARP; else any
    auto operator<=>(const Wanted&) const = default;
  };
  std::map<std::string, std::set<Wanted>> by_node;
  for (const Walk& walk : walks) {
    const NodeVisit& sender = walk.visits.front();
    if (walk.packet.arp == kArpRequest)
      by_node[sender.node].insert({sender.hooks.front().out_dev, walk.packet.destination});
    else if (walk.end.kind == WalkEnd::Kind::left)
      by_node[walk.end.node].insert({last_hook(walk).out_dev, std::nullopt});
  }
  std::set<std::string> nodes;
  for (const auto& [node, wanted] : by_node)
    for (const nl::Neighbour& neighbour : nl::list_neighbours(lab_.route_socket(node)))
      if (neighbour.state == NUD_INCOMPLETE &&
          (wanted.contains({neighbour.dev, std::nullopt}) ||
           wanted.contains({neighbour.dev, neighbour.address})))
        nodes.insert(node);
  return nodes;
}

}  // namespace fwproof::run
