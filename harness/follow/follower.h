// Follows the packets of flows through the nodes: trace messages in, walks out.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "follow/passages.h"
#include "follow/wires.h"
#include "model/flow.h"
#include "model/walk.h"

namespace fwproof::follow {

class Follower {
 public:
  /// `rules` are read while events come in, and must outlive this.
  Follower(Backend backend, const RulesByNode& rules, Wires wires = {})
      : passages_(backend, rules), wires_(std::move(wires)) {}

  void add(const std::vector<TraceEvent>& events) {
    for (const TraceEvent& event : events) passages_.add(event);
  }

  /// How many steps said drop so far: if it grew, a packet was dropped since.
  size_t drops() const { return passages_.drops(); }

  /// How many packets entered a node so far. What was seen before a flow began is not the flow's.
  size_t mark() const { return passages_.all().size(); }

  /// The walks of one flow, named and in order, of packets seen since `mark`. `result` tells the
  /// addresses and ports that were used. With `since` only the later ones, named by themselves:
  /// what came before tells which packets are the flow's.
  std::vector<Walk> walks(const Flow& flow, const FlowResult& result, size_t mark = 0,
                          size_t since = 0);

  /// Evidence that could not be placed or contradicts itself. Ask once nothing more will come.
  std::vector<std::string> problems() const { return passages_.problems(); }

 private:
  Passages passages_;
  Wires wires_;
  /// Where passages end that have nothing to do with later ones, so that what flows before sent is
  /// not linked again and again.
  std::set<size_t> settled_{0};
};

}  // namespace fwproof::follow
