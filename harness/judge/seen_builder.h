// For the judge's tests: what was seen, made by hand in few words.
#pragma once

#include <string>
#include <vector>

#include "base/text.h"
#include "judge/checks.h"
#include "model/seen.h"

namespace fwproof::judge {

inline IpAddress address(const std::string& text) { return IpAddress::parse(text).value(); }
inline Endpoint endpoint(const std::string& text) { return Endpoint::parse(text).value(); }

inline Packet tcp_packet(const std::string& from, const std::string& to, uint8_t flags) {
  Packet p;
  p.source = endpoint(from).address;
  p.source_port = endpoint(from).port;
  p.destination = endpoint(to).address;
  p.destination_port = endpoint(to).port;
  p.protocol = kProtocolTcp;
  p.tcp_flags = flags;
  return p;
}

inline Packet udp_packet(const std::string& from, const std::string& to) {
  Packet p = tcp_packet(from, to, 0);
  p.protocol = kProtocolUdp;
  return p;
}

inline Packet icmp_packet(const std::string& from, const std::string& to, uint8_t type,
                          uint8_t code = 0) {
  Packet p = udp_packet(from, to);
  p.protocol = p.source.is_v6() ? kProtocolIcmpv6 : kProtocolIcmp;
  p.icmp_type = type;
  p.icmp_code = code;
  return p;
}

inline Step policy(const std::string& table, const std::string& chain,
                   Verdict verdict = Verdict::accept) {
  Step step;
  step.table = table;
  step.chain = chain;
  step.kind = TraceEvent::Kind::policy;
  step.verdict = verdict;
  step.target = verdict == Verdict::accept ? "ACCEPT" : "DROP";
  return step;
}

inline Step rule(const std::string& table, const std::string& chain, unsigned number,
                 const std::string& target, Verdict verdict = Verdict::accept) {
  Step step;
  step.table = table;
  step.chain = chain;
  step.rule_number = number;
  step.target = target;
  step.verdict = verdict;
  step.at = {"fixtures/rulesets/gw.rules", static_cast<int>(number) + 10, 1};
  return step;
}

inline Step returned(const std::string& table, const std::string& chain) {
  Step step;
  step.table = table;
  step.chain = chain;
  step.kind = TraceEvent::Kind::return_;
  step.verdict = Verdict::return_;
  return step;
}

/// `devices` is "in eth0", "out eth1" or "in eth0 out eth1".
inline HookVisit hook(Hook which, const std::string& devices, std::vector<Step> steps = {}) {
  HookVisit visit;
  visit.hook = which;
  visit.passed = true;
  const auto words = split_words(devices);
  for (size_t i = 0; i + 1 < words.size(); i += 2)
    (words[i] == "in" ? visit.in_dev : visit.out_dev) = words[i + 1];
  visit.steps = std::move(steps);
  return visit;
}

/// A walk whose headers no node changes. It was delivered if it ends in INPUT, dropped if its last
/// step says so.
inline Walk walk(const std::string& name, Direction direction, const Packet& packet,
                 std::vector<NodeVisit> visits) {
  Walk w;
  w.name = name;
  w.direction = direction;
  w.packet = packet;
  for (NodeVisit& visit : visits)
    for (HookVisit& h : visit.hooks) h.at_start = h.at_end = packet;
  w.visits = std::move(visits);
  HookVisit& last = w.visits.back().hooks.back();
  w.end.node = w.visits.back().node;
  w.end.hook = last.hook;
  if (!last.steps.empty() && last.steps.back().verdict == Verdict::drop) {
    last.passed = false;
    w.end.kind = WalkEnd::Kind::dropped;
    w.end.step = last.steps.back();
  } else {
    w.end.kind = last.hook == Hook::input ? WalkEnd::Kind::delivered : WalkEnd::Kind::left;
  }
  return w;
}

/// Table filter with the base chain FORWARD, policy DROP, and rules of these targets, on the lines
/// that rule() gives them.
inline Table filter_forward(const std::vector<std::string>& targets) {
  Chain chain;
  chain.name = "FORWARD";
  chain.base = BaseChain{.hook = Hook::forward};
  chain.policy = Verdict::drop;
  for (const std::string& target : targets) {
    Rule r;
    r.number = static_cast<unsigned>(chain.rules.size() + 1);
    r.target = target;
    r.at = {"fixtures/rulesets/gw.rules", static_cast<int>(r.number) + 10, 1};
    chain.rules.push_back(r);
  }
  Table table;
  table.name = "filter";
  table.chains = {chain};
  return table;
}

inline Flow tcp_flow() {
  Flow flow;
  flow.name = "visit";
  flow.kind = FlowKind::tcp;
  flow.node = "client";
  flow.destination = endpoint("10.0.0.5:80");
  return flow;
}

/// Where a SYN of tcp_flow() may get to.
inline Walk syn_to_web(std::vector<Step> gw_steps = {}) {
  return walk("syn", Direction::original, tcp_packet("1.2.3.4:60000", "10.0.0.5:80", kTcpSyn),
              {{"client", {hook(Hook::output, "out eth0"), hook(Hook::postrouting, "out eth0")}},
               {"gw", {hook(Hook::forward, "in eth0 out eth1", std::move(gw_steps))}},
               {"web", {hook(Hook::prerouting, "in eth0"), hook(Hook::input, "in eth0")}}});
}

inline Walk syn_dropped_at_gw(const Step& by) {
  return walk("syn", Direction::original, tcp_packet("1.2.3.4:60000", "10.0.0.5:80", kTcpSyn),
              {{"client", {hook(Hook::output, "out eth0"), hook(Hook::postrouting, "out eth0")}},
               {"gw", {hook(Hook::forward, "in eth0 out eth1", {by})}}});
}

inline Walk syn_ack_to_client() {
  return walk("syn-ack", Direction::reply,
              tcp_packet("10.0.0.5:80", "1.2.3.4:60000", kTcpSyn | kTcpAck),
              {{"web", {hook(Hook::output, "out eth0")}},
               {"gw", {hook(Hook::forward, "in eth1 out eth0")}},
               {"client", {hook(Hook::prerouting, "in eth0"), hook(Hook::input, "in eth0")}}});
}

inline FlowSeen seen_flow(FlowResult::Socket socket, std::vector<Walk> walks = {},
                          int error_number = 0) {
  FlowSeen seen;
  seen.flow = "visit";
  seen.result.socket = socket;
  seen.result.error_number = error_number;
  seen.walks = std::move(walks);
  return seen;
}

inline FlowSeen connected_to_web(std::vector<Step> gw_steps = {}) {
  FlowSeen seen = seen_flow(FlowResult::Socket::completed,
                            {syn_to_web(std::move(gw_steps)), syn_ack_to_client()});
  seen.result.accepted_by = "web";
  seen.result.accepted_at = endpoint("10.0.0.5:80");
  seen.result.seen_as = endpoint("1.2.3.4:60000");
  return seen;
}

/// The findings and errors as text, to be compared whole.
inline std::string text_of(const Judgement& judgement) {
  std::string text;
  for (const Finding& f : judgement.findings) {
    text += f.check + "\nasserted " + f.asserted + "\nseen     " + f.seen + "\n";
    if (!f.note.empty()) text += "note     " + f.note + "\n";
    if (!f.packet.empty()) text += "packet   " + f.packet + "\n";
  }
  for (const auto* errors : {&judgement.lost, &judgement.unanswerable})
    for (const std::string& error : *errors) text += "error: " + error + "\n";
  return text;
}

inline const Location kAt{"case.yaml", 12, 5};

/// An entry of gw.
inline ConntrackEntry entry_at_gw(uint8_t protocol, const Tuple& original, const Tuple& reply) {
  ConntrackEntry e;
  e.node = "gw";
  e.id = 7;
  e.original = original;
  e.reply = reply;
  e.original.protocol = e.reply.protocol = protocol;
  return e;
}

inline ConntrackCheck check_of_gw() {
  ConntrackCheck check;
  check.node = "gw";
  check.at = kAt;
  return check;
}

}  // namespace fwproof::judge
