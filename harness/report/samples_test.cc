#include "report/samples_test.h"

namespace fwproof::report {

Packet tcp_packet(const std::string& from, const std::string& to, uint8_t flags) {
  Packet packet;
  const auto source = Endpoint::parse(from).value();
  const auto destination = Endpoint::parse(to).value();
  packet.source = source.address;
  packet.source_port = source.port;
  packet.destination = destination.address;
  packet.destination_port = destination.port;
  packet.protocol = kProtocolTcp;
  packet.tcp_flags = flags;
  packet.ttl = 64;
  return packet;
}

Step policy(const std::string& table, const std::string& chain, const std::string& target) {
  Step step;
  step.table = table;
  step.chain = chain;
  step.kind = TraceEvent::Kind::policy;
  step.target = target;
  step.verdict = target == "DROP" ? Verdict::drop : Verdict::accept;
  return step;
}

Step rule(const std::string& table, const std::string& chain, unsigned number,
          const std::string& target, const std::string& text, int line) {
  Step step;
  step.table = table;
  step.chain = chain;
  step.rule_number = number;
  step.target = target;
  step.rule_text = text;
  step.at = {"port-forward.rules", line, 1};
  step.verdict = Verdict::accept;
  return step;
}

HookVisit visit(Hook hook, const std::string& in_dev, const std::string& out_dev,
                std::vector<Step> steps) {
  HookVisit made;
  made.hook = hook;
  made.in_dev = in_dev;
  made.out_dev = out_dev;
  made.passed = true;
  made.steps = std::move(steps);
  return made;
}

Walk dropped_syn() {
  const Packet sent = tcp_packet("1.2.3.4:60000", "203.0.113.1:8080", kTcpSyn);
  Packet routed = sent;
  routed.ttl = 63;
  const Packet forwarded = tcp_packet("1.2.3.4:60000", "10.0.0.5:80", kTcpSyn);

  HookVisit prerouting = visit(
      Hook::prerouting, "eth0", "",
      {policy("raw", "PREROUTING", "ACCEPT"),
       rule("nat", "PREROUTING", 1, "DNAT",
            "-A PREROUTING -i eth0 -p tcp --dport 8080 -j DNAT --to-destination 10.0.0.5:80", 5)});
  prerouting.at_start = routed;
  prerouting.at_end = forwarded;
  Step drop = policy("filter", "FORWARD", "DROP");
  drop.rule_text = ":FORWARD DROP [0:0]";
  drop.at = {"port-forward.rules", 11, 1};
  HookVisit forward = visit(Hook::forward, "eth0", "eth1", {drop});
  forward.passed = false;
  forward.at_start = forwarded;

  Walk walk;
  walk.name = "syn";
  walk.packet = sent;
  walk.visits = {
      {"client", {visit(Hook::output, "", "eth0"), visit(Hook::postrouting, "", "eth0")}},
      {"gw", {prerouting, forward}}};
  walk.end.kind = WalkEnd::Kind::dropped;
  walk.end.node = "gw";
  walk.end.hook = Hook::forward;
  walk.end.step = drop;
  return walk;
}

Walk delivered_syn_ack() {
  Walk walk;
  walk.name = "syn-ack";
  walk.direction = Direction::reply;
  walk.packet = tcp_packet("10.0.0.5:80", "1.2.3.4:60000", kTcpSyn | kTcpAck);
  HookVisit postrouting = visit(Hook::postrouting, "eth1", "eth0");
  postrouting.at_start = walk.packet;
  HookVisit arrival = visit(Hook::prerouting, "eth0", "");
  arrival.at_start = tcp_packet("203.0.113.1:8080", "1.2.3.4:60000", kTcpSyn | kTcpAck);
  walk.visits = {{"web", {visit(Hook::output, "", "eth0"), visit(Hook::postrouting, "", "eth0")}},
                 {"gw",
                  {visit(Hook::prerouting, "eth1", ""),
                   visit(Hook::forward, "eth1", "eth0", {policy("filter", "FORWARD", "ACCEPT")}),
                   postrouting}},
                 {"client", {arrival, visit(Hook::input, "eth0", "")}}};
  walk.end.kind = WalkEnd::Kind::delivered;
  walk.end.node = "client";
  walk.end.hook = Hook::input;
  return walk;
}

CaseResult failed_case() {
  CaseResult result;
  result.name = "port-forward/real-client-address";
  result.about = "the forwarded web server sees the client's own address";
  result.at = {"cases/port-forward/real-client-address.yaml", 1, 1};
  result.outcome = Outcome::fail;
  result.took = std::chrono::milliseconds(12);
  Finding finding;
  finding.flow = "visit";
  finding.check = "outcome";
  finding.asserted = "connected";
  finding.seen = "dropped";
  finding.packet = "syn";
  finding.at = {"cases/port-forward/real-client-address.yaml", 9, 5};
  result.findings = {finding};
  FlowSeen flow;
  flow.flow = "visit";
  flow.walks = {dropped_syn()};
  result.seen.flows = {flow};
  return result;
}

}  // namespace fwproof::report
