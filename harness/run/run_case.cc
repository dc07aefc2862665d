#include "run/run_case.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "judge/judge.h"
#include "nl/netns.h"
#include "run/evidence.h"
#include "run/features.h"
#include "run/live_lab.h"
#include "run/sharing.h"

namespace fwproof::run {
namespace {

std::vector<NodeRules> rules_of(const Case& c, Backend backend) {
  const auto found = c.rules.find(backend);
  return found == c.rules.end() ? std::vector<NodeRules>() : found->second;
}

/// The case's own checks, then those of the document that its claim is about.
template <typename Check>
std::vector<Check> all_of(const std::vector<Check>& own, const Case& c,
                          std::vector<Check> Assertions::*member) {
  std::vector<Check> all = own;
  if (c.as_told)
    all.insert(all.end(), ((*c.as_told).*member).begin(), ((*c.as_told).*member).end());
  return all;
}

bool runs_programs(const Case& c) {
  const auto flow_does = [](const Flow& flow) { return flow.kind == FlowKind::exec; };
  const auto step_does = [](const CaseStep& step) { return step.kind == CaseStep::Kind::exec; };
  return std::any_of(c.flows.begin(), c.flows.end(), flow_does) ||
         std::any_of(c.steps.begin(), c.steps.end(), step_does);
}

/// What fwproof sends it takes in one by one. Programs send as much at once as they like.
void make_room_for_programs(std::vector<CaptureWanted>& captures) {
  constexpr size_t kTogether = 128 << 20;
  const size_t share = kTogether / std::max<size_t>(captures.size(), 1);
  for (CaptureWanted& one : captures)
    one.ring = std::clamp(share, observe::kRing, observe::kLargeRing);
}

std::vector<CaptureWanted> captures_wanted(const Case& c, const std::string& evidence_folder) {
  std::vector<CaptureWanted> wanted;
  for (const FlowChecks& checks : all_of(c.checks, c, &Assertions::checks))
    for (const CaptureCheck& check : checks.captures)
      wanted.push_back({check.node, check.dev, check.filter, "", checks.flow});
  if (evidence_folder.empty()) return wanted;
  for (const LinkEnd& end : devices(c.topology))
    wanted.push_back({end.node, end.dev, "", pcap_path(evidence_folder, end), ""});
  return wanted;
}

std::vector<CaptureWanted> captures_of(const Case& c, const std::string& evidence_folder) {
  std::vector<CaptureWanted> wanted = captures_wanted(c, evidence_folder);
  if (runs_programs(c)) make_room_for_programs(wanted);
  return wanted;
}

size_t capture_checks(const Case& c) {
  size_t count = 0;
  for (const FlowChecks& checks : all_of(c.checks, c, &Assertions::checks))
    count += checks.captures.size();
  return count;
}

std::set<std::string> nodes_that_log(const Case& c) {
  std::set<std::string> nodes;
  for (const LogCheck& check : all_of(c.logs, c, &Assertions::logs)) nodes.insert(check.node);
  return nodes;
}

void judge_into(const Case& c, Backend backend, CaseResult& result) {
  judge::Judgement judgement = judge::judge(c, backend, result.seen);
  result.findings = std::move(judgement.findings);
  for (const auto* told : {&judgement.held, &result.findings})
    for (const Finding& f : *told)
      if (f.check.starts_with("matrix ") || f.check.starts_with("sets "))
        result.tables.push_back(f.check + "\n" + f.seen);
  result.evidence_lost = !judgement.lost.empty();
  std::vector<std::string> errors = std::move(judgement.lost);
  errors.insert(errors.end(), judgement.unanswerable.begin(), judgement.unanswerable.end());
  if (!errors.empty()) {
    result.outcome = Outcome::error;
    result.error = fmt::format("{}", fmt::join(errors, "\n"));
  } else if (!result.findings.empty()) {
    result.outcome = Outcome::fail;
  }
}

/// Is it asked why packets did not get on?
bool asks_for_causes(const Case& c) {
  const auto all = all_of(c.checks, c, &Assertions::checks);
  return std::any_of(all.begin(), all.end(),
                     [](const FlowChecks& checks) { return checks.cause.has_value(); });
}

bool sends_arp(const Case& c) {
  return std::any_of(c.flows.begin(), c.flows.end(),
                     [](const Flow& flow) { return flow.kind == FlowKind::arp; });
}

/// Who may load rules once they are loaded at the start?
Loads loads_of(const Case& c, bool kept) {
  if (runs_programs(c) || !c.steps.empty()) return Loads::this_case;
  return kept ? Loads::later_cases : Loads::nothing;
}

std::unique_ptr<LiveLab> build(const Case& c, Backend backend, const std::string& evidence_folder,
                               std::unique_ptr<Network> network, const KeptNetworks* kept) {
  return std::make_unique<LiveLab>(std::move(network), c.topology, backend, rules_of(c, backend),
                                   captures_of(c, evidence_folder), c.steps, asks_for_causes(c),
                                   sends_arp(c), loads_of(c, kept != nullptr));
}

Seen observe(const Case& c, LiveLab& live) {
  Seen seen;
  for (const CaseStep& step : c.steps) live.take(step, c, seen);
  if (c.steps.empty())
    for (const Flow& flow : c.flows) seen.flows.push_back(live.send(flow, c.real_time, seen.flows));
  seen.routes = live.ask_routes(all_of(c.routes, c, &Assertions::routes));
  live.finish(seen);
  live.read_logs(nodes_that_log(c), seen);
  seen.sets = live.read_sets(all_of(c.sets, c, &Assertions::sets));
  return seen;
}

/// Does it say which elements of sets rules find?
bool asks_for_elements(const Case& c) {
  const auto asks = [](const StepPattern& step) { return !step.element.empty(); };
  for (const FlowChecks& checks : all_of(c.checks, c, &Assertions::checks)) {
    if (checks.dropped && asks(checks.dropped->step)) return true;
    for (const WalkCheck& walk : checks.walks)
      if (std::any_of(walk.steps.begin(), walk.steps.end(), asks)) return true;
  }
  return false;
}

/// Builds, observes, judges. Where all is well and nothing is left behind, the network is kept.
void run(const Case& c, Backend backend, const RunOptions& options, CaseResult& result) {
  EvidenceFolder evidence(options.keep, c, backend);
  result.evidence = evidence.path();
  KeptNetworks* const kept = !options.keep && may_share(c, backend) ? options.networks : nullptr;
  std::unique_ptr<LiveLab> live =
      build(c, backend, evidence.under_way(),
            kept ? kept->take(c.topology, backend, rules_of(c, backend)) : nullptr, kept);
  result.ran_in = live->ran_in();
  result.seen = observe(c, *live);
  result.seen.captures.resize(capture_checks(c));
  const bool elements = options.elements || options.keep || asks_for_elements(c);
  if (elements) live->tell_elements(result.seen);
  judge_into(c, backend, result);
  if (!elements && result.outcome != Outcome::pass) live->tell_elements(result.seen);
  std::unique_ptr<Network> network;
  if (kept && result.outcome == Outcome::pass && leaves_nothing(result.seen))
    network = live->hand_on_network(c, result.seen, kept->leak());
  if (network)
    kept->give(std::move(network), capture_checks(c) > 0 ? std::move(live) : nullptr);
  else if (options.reaper)
    options.reaper->take(std::move(live));
  evidence.finish(result);
}

}  // namespace

CaseResult run_case(const Case& c, Backend backend, const RunOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  CaseResult result;
  result.name = c.name;
  result.about = c.about;
  result.backend = backend;
  result.at = c.at;
  result.skipped = missing_feature(c.needs);
  if (!result.skipped.empty()) {
    result.outcome = Outcome::skip;
    return result;
  }
  try {
    const nl::NetnsHome home;
    run(c, backend, options, result);
  } catch (const BadInput& bad) {
    result.outcome = Outcome::error;
    result.error = bad.what();
    result.bad_input = true;
    result.evidence.clear();
  } catch (const MachineError& no) {
    result.outcome = Outcome::error;
    result.error = printable(no.what());
    result.hint = no.hint();
    result.evidence.clear();
  }
  result.took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - start);
  return result;
}

}  // namespace fwproof::run
