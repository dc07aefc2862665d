#include "run/fwproof.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "judge/notation.h"
#include "judge/outcome.h"
#include "judge/pattern.h"
#include "parse/files.h"
#include "parse/parse.h"
#include "report/walk.h"
#include "run/live_lab.h"

namespace fwproof {
namespace {

constexpr const char* kHere = "C++ test";

std::string find_rules(const std::string& name) {
  const parse::Search search = parse::search_rules(name, "");
  if (search.found) return *search.found;
  throw BadInput({{.file = kHere,
                   .message = fmt::format("no rules file '{}'", name),
                   .hint = parse::describe_places(search),
                   .caret_note = did_you_mean(name, search.candidates)}});
}

std::vector<NodeRules> load(const std::map<std::string, std::string>& rules) {
  std::vector<NodeRules> loaded;
  for (const auto& [node, file] : rules)
    loaded.push_back({node, {parse::load_rules(find_rules(file))}});
  return loaded;
}

}  // namespace

struct Lab::Parts {
  Topology topology;
  run::LiveLab live;

  Parts(Topology network, Backend backend, std::vector<NodeRules> rules)
      : topology(std::move(network)),
        live(nullptr, topology, backend, std::move(rules), {}, {}, false, true) {}
};

Lab::Lab(const std::string& topology, Backend backend,
         const std::map<std::string, std::string>& rules)
    : parts_(std::make_unique<Parts>(parse::load_topology(parse::find_topology(topology, "")),
                                     backend, load(rules))) {}
Lab::~Lab() = default;
Lab::Lab(Lab&&) noexcept = default;
Lab& Lab::operator=(Lab&&) noexcept = default;

void Lab::capture(const std::string& at, const std::string& filter) {
  const size_t colon = at.find(':');
  if (colon == std::string::npos)
    throw BadInput({{.file = kHere, .message = fmt::format("'{}' is not NODE:DEV", at)}});
  parts_->live.capture({at.substr(0, colon), at.substr(colon + 1), filter, "", ""});
}

Sent Lab::send(const std::string& flow) {
  Sent sent;
  sent.text = flow;
  sent.flow = parse::parse_flow(flow, parts_->topology, {kHere, 0, 0});
  sent.seen = parts_->live.send(sent.flow, false);
  sent.outcome = judge::outcome_of(sent.flow, sent.seen);
  return sent;
}

Seen Lab::end() {
  Seen seen;
  parts_->live.finish(seen);
  if (!seen.lost.empty())
    throw MachineError("observe the flows", fmt::format("{}", fmt::join(seen.lost, "; ")));
  return seen;
}

std::vector<std::string> steps_in(const Walk& walk, const std::string& node) {
  return judge::notation(walk, node);
}

std::vector<std::string> hooks_met_in(const Walk& walk, const std::string& node) {
  std::vector<std::string> hooks;
  for (const HookVisit* visit : hooks_in(walk, node)) hooks.push_back(judge::to_string(*visit));
  return hooks;
}

std::string to_text(const Sent& sent) {
  return report::flow_text(sent.seen, sent.text, sent.outcome, {}, {});
}

std::string to_text(const Walk& walk) { return report::walk_text(walk, {}); }

}  // namespace fwproof
