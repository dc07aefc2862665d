#include "report/json.h"

#include "report/json_model.h"

namespace fwproof::report {
namespace {

const char* name_of(FlowResult::Socket socket) {
  switch (socket) {
    case FlowResult::Socket::pending:
      return "pending";
    case FlowResult::Socket::completed:
      return "completed";
    case FlowResult::Socket::half:
      return "half";
    case FlowResult::Socket::sent:
      return "sent";
    case FlowResult::Socket::failed:
      return "failed";
    case FlowResult::Socket::ran:
      return "ran";
    case FlowResult::Socket::ended:
      return "ended";
  }
  return "";
}

}  // namespace

Json as_json(const FlowResult& result) {
  return {{"socket", name_of(result.socket)},
          {"error_number", result.error_number},
          {"local", result.local.to_string()},
          {"remote", result.remote.to_string()},
          {"accepted_by", result.accepted_by},
          {"accepted_at", result.accepted_at.to_string()},
          {"seen_as", result.seen_as ? Json(result.seen_as->to_string()) : Json(nullptr)},
          {"answer", result.answer},
          {"exit_status", result.exit_status},
          {"deadline_passed", result.deadline_passed},
          {"standard_output", result.standard_output},
          {"standard_error", result.standard_error}};
}

Json as_json(const FlowSeen& flow) {
  return {{"flow", flow.flow},
          {"result", as_json(flow.result)},
          {"walks", list_of(flow.walks)},
          {"not_sent", maybe(flow.not_sent)}};
}

Json as_json(const ConntrackEvent& event) {
  return {{"kind", to_string(event.kind)}, {"entry", as_json(event.entry)}};
}

Json as_json(const CaptureSeen& capture) {
  return {{"node", capture.node},
          {"dev", capture.dev},
          {"filter", capture.filter},
          {"packets", capture.packets},
          {"first", capture.first}};
}

Json as_json(const RouteAnswer& answer) {
  return {{"node", answer.node}, {"question", answer.question}, {"routes", answer.routes}};
}

Json as_json(const Seen& seen) {
  Json rulesets = Json::object();
  for (const auto& [node, ruleset] : seen.rulesets) rulesets[node] = as_json(ruleset);
  Json active = Json::object();
  for (const auto& [node, is_active] : seen.conntrack_active) active[node] = is_active;
  return {{"flows", list_of(seen.flows)},
          {"rulesets", rulesets},
          {"conntrack_events", list_of(seen.conntrack_events)},
          {"conntrack_at_end", list_of(seen.conntrack_at_end)},
          {"conntrack_active", active},
          {"captures", list_of(seen.captures)},
          {"routes", list_of(seen.routes)},
          {"lost", seen.lost}};
}

Json as_json(const Finding& finding) {
  return {{"flow", finding.flow},     {"check", finding.check}, {"asserted", finding.asserted},
          {"seen", finding.seen},     {"note", finding.note},   {"packet", finding.packet},
          {"at", as_json(finding.at)}};
}

Json as_json(const CaseResult& result) {
  return {{"name", result.name},
          {"about", result.about},
          {"backend", to_string(result.backend)},
          {"at", as_json(result.at)},
          {"outcome", to_string(result.outcome)},
          {"findings", list_of(result.findings)},
          {"error", result.error},
          {"hint", result.hint},
          {"bad_input", result.bad_input},
          {"skipped", result.skipped},
          {"tables", result.tables},
          {"seen", as_json(result.seen)},
          {"evidence", result.evidence},
          {"took_us", result.took.count()}};
}

std::string json_case(const CaseResult& result) {
  return as_json(result).dump(2, ' ', true, Json::error_handler_t::replace);
}

/// As a dump of it all would lay it out: a newline is never inside a string, so each begins a line.
std::string json(const std::vector<Told>& results) {
  std::string cases;
  for (const Told& told : results) {
    cases += cases.empty() ? "\n    " : ",\n    ";
    for (const char c : told.json) cases += c == '\n' ? "\n    " : std::string(1, c);
  }
  if (!cases.empty()) cases += "\n  ";
  return "{\n  \"format\": 1,\n  \"cases\": [" + cases + "]\n}\n";
}

}  // namespace fwproof::report
