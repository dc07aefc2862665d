#include "report/json_model.h"

namespace fwproof::report {
namespace {

const char* name_of(TraceEvent::Kind kind) {
  switch (kind) {
    case TraceEvent::Kind::rule:
      return "rule";
    case TraceEvent::Kind::return_:
      return "return";
    case TraceEvent::Kind::policy:
      return "policy";
  }
  return "";
}

const char* name_of(WalkEnd::Kind kind) {
  switch (kind) {
    case WalkEnd::Kind::delivered:
      return "delivered";
    case WalkEnd::Kind::dropped:
      return "dropped";
    case WalkEnd::Kind::taken:
      return "taken";
    case WalkEnd::Kind::left:
      return "left";
    case WalkEnd::Kind::split:
      return "split";
    case WalkEnd::Kind::joined:
      return "joined";
    case WalkEnd::Kind::waiting:
      return "waiting";
    case WalkEnd::Kind::lost:
      return "lost";
  }
  return "";
}

}  // namespace

/// Those that could be told.
Json elements_of(const Step& step) {
  Json elements = Json::array();
  for (const ElementMet& met : step.elements)
    if (!met.element.empty())
      elements.push_back({{"set", met.set}, {"key", met.key}, {"element", met.element}});
  return elements;
}

Json as_json(const Step& step) {
  return {{"text", to_string(step)},
          {"family", to_string(step.family)},
          {"table", step.table},
          {"chain", step.chain},
          {"kind", name_of(step.kind)},
          {"rule_number", step.rule_number},
          {"rule_handle", step.rule_handle},
          {"via", via_text(step)},
          {"rule_text", step.rule_text},
          {"comment", step.comment},
          {"at", as_json(step.at)},
          {"target", step.target},
          {"elements", elements_of(step)},
          {"verdict", to_string(step.verdict)},
          {"legacy", step.legacy}};
}

Json as_json(const HookVisit& hook) {
  return {{"hook", to_string(hook.hook)},
          {"in_dev", hook.in_dev},
          {"out_dev", hook.out_dev},
          {"passed", hook.passed},
          {"at_start", maybe(hook.at_start)},
          {"at_end", maybe(hook.at_end)},
          {"mark", hook.mark},
          {"steps", list_of(hook.steps)}};
}

Json as_json(const NodeVisit& visit) {
  return {{"node", visit.node}, {"hooks", list_of(visit.hooks)}};
}

Json as_json(const CauseFound& found) {
  return {{"cause", to_string(found.cause)}, {"node", found.node}, {"evidence", found.evidence}};
}

Json as_json(const WalkEnd& end) {
  return {{"text", to_string(end)},      {"kind", name_of(end.kind)}, {"node", end.node},
          {"hook", to_string(end.hook)}, {"step", maybe(end.step)},   {"cause", maybe(end.cause)}};
}

Json as_json(const Tuple& tuple) {
  return {{"protocol", tuple.protocol},
          {"source", tuple.source.to_string()},
          {"destination", tuple.destination.to_string()},
          {"icmp_id", tuple.icmp_id},
          {"icmp_type", tuple.icmp_type},
          {"icmp_code", tuple.icmp_code}};
}

Json as_json(const Counter& counter) {
  return {{"packets", counter.packets}, {"bytes", counter.bytes}};
}

Json as_json(const Rule& rule) {
  return {{"number", rule.number},       {"handle", rule.handle},         {"text", rule.text},
          {"target", rule.target},       {"comment", rule.comment},       {"at", as_json(rule.at)},
          {"last_line", rule.last_line}, {"counter", maybe(rule.counter)}};
}

Json as_json(const BaseChain& base) {
  return {{"hook", to_string(base.hook)}, {"priority", base.priority}, {"type", base.type}};
}

Json as_json(const Chain& chain) {
  return {{"name", chain.name},
          {"base", maybe(chain.base)},
          {"policy", to_string(chain.policy)},
          {"policy_counter", maybe(chain.policy_counter)},
          {"policy_at", as_json(chain.policy_at)},
          {"rules", list_of(chain.rules)}};
}

Json as_json(const Table& table) {
  return {{"family", to_string(table.family)},
          {"name", table.name},
          {"legacy", table.legacy},
          {"chains", list_of(table.chains)}};
}

Json as_json(const QuotedPacket& quoted) {
  return {{"protocol", quoted.protocol}, {"ip_id", quoted.ip_id}, {"length", quoted.length}};
}

Json as_json(const Location& at) {
  if (at.file.empty() && at.line == 0) return nullptr;
  return {{"file", at.file}, {"line", at.line}, {"column", at.column}};
}

Json as_json(const Packet& packet) {
  Json json = {{"text", describe(packet)},
               {"source", packet.from().to_string()},
               {"destination", packet.to().to_string()},
               {"protocol", packet.protocol},
               {"ip_id", packet.ip_id},
               {"ttl", packet.ttl},
               {"tos", packet.tos},
               {"length", packet.length},
               {"fragment_offset", packet.fragment_offset},
               {"more_fragments", packet.more_fragments},
               {"payload", packet.payload}};
  if (packet.protocol == kProtocolTcp)
    json["tcp"] = {{"seq", packet.seq}, {"ack", packet.ack}, {"flags", packet.tcp_flags}};
  if (packet.arp != 0) json["arp"] = packet.arp;
  if (packet.is_icmp())
    json["icmp"] = {{"name", icmp_name(packet)}, {"type", packet.icmp_type},
                    {"code", packet.icmp_code},  {"id", packet.icmp_id},
                    {"seq", packet.icmp_seq},    {"quoted", maybe(packet.quoted)}};
  return json;
}

Json as_json(const Walk& walk) {
  return {{"name", walk.name},
          {"direction", walk.direction == Direction::original ? "original" : "reply"},
          {"packet", as_json(walk.packet)},
          {"visits", list_of(walk.visits)},
          {"end", as_json(walk.end)},
          {"other_ends", list_of(walk.other_ends)},
          {"about", walk.about}};
}

Json as_json(const ConntrackEntry& entry) {
  Json json = {{"node", entry.node},
               {"id", entry.id},
               {"original", as_json(entry.original)},
               {"reply", as_json(entry.reply)},
               {"state", entry.state},
               {"status", entry.status}};
  json["timeout"] = entry.timeout ? Json(*entry.timeout) : Json(nullptr);
  json["mark"] = entry.mark;
  json["zone"] = entry.zone;
  return json;
}

Json as_json(const Ruleset& ruleset) { return {{"tables", list_of(ruleset.tables)}}; }

}  // namespace fwproof::report
