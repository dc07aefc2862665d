#include "run/taps.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace fwproof::run {

Taps::Taps(const Topology& topology, const lab::Lab& lab, bool legacy,
           const std::vector<CaptureWanted>& captures) {
  const bool ipv6 = topology.uses_ipv6();
  for (const Node& node : topology.nodes) {
    if (node.bridge) continue;
    const nl::Netns& netns = lab.netns(node.name);
    nodes_.push_back(std::unique_ptr<NodeTaps>(new NodeTaps{
        node.name, node.conntrack, observe::TraceTable(netns, node.name, node.conntrack),
        observe::TraceTap(netns, node.name, legacy, ipv6),
        observe::ConntrackTap(netns, node.name)}));
  }
  for (const CaptureWanted& wanted : captures) capture(lab, wanted);
}

void Taps::capture(const lab::Lab& lab, const CaptureWanted& wanted) {
  captures_.push_back(std::make_unique<observe::Capture>(lab.netns(wanted.node), wanted.node,
                                                         wanted.dev, wanted.filter, wanted.file));
  wanted_.push_back(wanted);
}

std::vector<pollfd> Taps::waits() const {
  std::vector<pollfd> all;
  const auto add = [&](int fd) { all.push_back({.fd = fd, .events = POLLIN, .revents = 0}); };
  for (const auto& node : nodes_) {
    for (const int fd : node->trace.fds()) add(fd);
    add(node->conntrack.fd());
  }
  for (const auto& capture : captures_) add(capture->fd());
  return all;
}

std::vector<TraceEvent> Taps::drain() {
  std::vector<TraceEvent> events;
  for (const auto& node : nodes_) {
    node->trace.drain(events, lost_);
    node->conntrack.drain(conntrack_events_, lost_);
  }
  for (const auto& capture : captures_) capture->drain(lost_);
  return events;
}

void Taps::read_entries(Seen& seen) {
  std::set<std::pair<std::string, uint32_t>> asked;
  for (const ConntrackEvent& event : conntrack_events_) {
    const ConntrackEntry& entry = event.entry;
    if (!asked.emplace(entry.node, entry.id).second) continue;
    const auto node = std::find_if(nodes_.begin(), nodes_.end(),
                                   [&](const auto& n) { return n->node == entry.node; });
    auto now = (*node)->conntrack.lookup(entry.original, entry.zone);
    if (now && now->id == entry.id) seen.conntrack_at_end.push_back(std::move(*now));
  }
}

void Taps::finish(Seen& seen) {
  read_entries(seen);
  for (const auto& node : nodes_)
    seen.conntrack_active[node->node] = node->tracks || node->conntrack.active();
  seen.conntrack_events = std::move(conntrack_events_);
  for (size_t i = 0; i < captures_.size(); ++i) {
    captures_[i]->finish();
    seen.captures.push_back({wanted_[i].node, wanted_[i].dev, wanted_[i].filter,
                             captures_[i]->packets(), captures_[i]->first()});
  }
  seen.lost.insert(seen.lost.end(), lost_.begin(), lost_.end());
}

}  // namespace fwproof::run
