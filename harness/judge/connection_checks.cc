#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "judge/checks.h"
#include "judge/outcome.h"

namespace fwproof::judge {
namespace {

/// One of the connections, and how it went.
struct Connection {
  const Flow* flow = nullptr;
  const FlowSeen* seen = nullptr;
};

std::vector<Connection> connections_of(const Case& c, const std::string& name, const Seen& seen) {
  std::vector<Connection> all;
  for (const Flow& flow : c.flows) {
    if (flow.connection_of != name) continue;
    const auto went = std::find_if(seen.flows.begin(), seen.flows.end(),
                                   [&](const FlowSeen& f) { return f.flow == flow.name; });
    // One of which nothing tells how it went is an error of the case already (judge.cc).
    if (went != seen.flows.end()) all.push_back({&flow, &*went});
  }
  return all;
}

/// What a connection contributes to a finding that it is the reason of.
void explain(const Connection& one, Finding& f) {
  f.flow = one.flow->name;
  const Walk* walk = deciding_walk(*one.flow, *one.seen);
  f.note = fmt::format("'{}' is {}", f.flow, outcome_of(*one.flow, *one.seen));
  if (walk) f.note += fmt::format(": '{}' {}", walk->name, to_string(walk->end));
  f.packet = walk ? walk->name : "";
}

}  // namespace

void check_connections(const Case& c, const FlowChecks& checks, const Seen& seen,
                       Judgement& judgement) {
  const auto& asserted = checks.connections->outcomes;
  std::vector<uint64_t> counts(asserted.size());
  std::map<std::string, uint64_t> by_outcome;
  Finding f;
  f.check = "outcome";
  f.at = checks.connections->at;
  bool holds = true;
  for (const Connection& one : connections_of(c, checks.flow, seen)) {
    ++by_outcome[outcome_of(*one.flow, *one.seen)];
    size_t fits = 0;
    while (fits < asserted.size() && !has_outcome(*one.flow, *one.seen, asserted[fits].first))
      ++fits;
    const bool expected = fits < asserted.size() && ++counts[fits] <= asserted[fits].second.most;
    if (!expected && holds) explain(one, f);
    holds = holds && expected;
  }
  for (size_t i = 0; i < asserted.size(); ++i) {
    holds = holds && asserted[i].second.contains(counts[i]);
    f.asserted +=
        fmt::format("{}{}: {}", i == 0 ? "" : ", ", asserted[i].first, asserted[i].second.text);
  }
  for (const auto& [outcome, count] : by_outcome)
    f.seen += fmt::format("{}{}: {}", f.seen.empty() ? "" : ", ", outcome, count);
  if (f.flow.empty()) f.flow = checks.flow;
  judgement.settle(holds, std::move(f));
}

}  // namespace fwproof::judge
