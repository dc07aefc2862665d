#include "judge/claim.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <regex>
#include <utility>

#include "base/text.h"
#include "judge/checks.h"
#include "judge/one_by_one.h"
#include "judge/yaml_text.h"

namespace fwproof::judge {
namespace {

/// Each assertion of the document's version with what became of it.
struct Weighed {
  std::vector<Finding> held;
  std::vector<Finding> refuted;
};

/// Judges the document's version. What the evidence cannot answer is put into `judgement`.
Weighed weigh(const Case& c, Backend backend, const Seen& seen, Judgement& judgement) {
  Weighed weighed;
  // The evidence of the case's own checks comes first (model/seen.h).
  Evidence evidence{seen, seen.captures, seen.routes};
  const auto skip = [](auto& list, size_t count) {
    list = list.subspan(std::min(count, list.size()));
  };
  skip(evidence.captures, count_captures(c.checks));
  skip(evidence.routes, c.routes.size());
  for (const Assertions& single : one_by_one(*c.as_told)) {
    Judgement own;
    check_assertions(c, single, backend, evidence, own);
    skip(evidence.captures, count_captures(single.checks));
    skip(evidence.routes, single.routes.size());
    std::move(own.lost.begin(), own.lost.end(), std::back_inserter(judgement.lost));
    std::move(own.unanswerable.begin(), own.unanswerable.end(),
              std::back_inserter(judgement.unanswerable));
    // One assertion may have a finding for each of many packets.
    if (!own.findings.empty())
      weighed.refuted.push_back(std::move(own.findings.front()));
    else if (!own.held.empty())
      weighed.held.push_back(std::move(own.held.front()));
  }
  return weighed;
}

ClaimOutcome outcome_of(const Weighed& weighed) {
  if (weighed.refuted.empty()) return ClaimOutcome::holds;
  return weighed.held.empty() ? ClaimOutcome::false_ : ClaimOutcome::imprecise;
}

std::string subject(const Finding& f) {
  return f.flow.empty() ? f.check : fmt::format("{}: {}", f.flow, f.check);
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string list_of(std::string_view heading, const std::vector<Finding>& findings) {
  std::string text(heading);
  if (findings.empty()) text += " nothing";
  for (const Finding& f : findings)
    text += fmt::format("\n  {} {}{}", subject(f), f.asserted, place(f.at));
  return text;
}

/// The check that tells most about packets, as far as there is one.
const Finding* most_telling(const std::vector<Finding>& findings) {
  static constexpr std::array<std::string_view, 8> kInOrder{
      "walk", "hooks", "conntrack", "log", "counters", "routes", "capture", "output"};
  for (const std::string_view kind : kInOrder)
    for (const Finding& f : findings)
      if (f.check.starts_with(kind)) return &f;
  return findings.empty() ? nullptr : &findings.front();
}

/// Below this no port is picked: not for a socket (net.ipv4.ip_local_port_range) and not by NAT
/// (net/netfilter/nf_nat_core.c).
constexpr unsigned long long kFirstPicked = 1024;

bool is_picked_port(unsigned long long port, const Case& c) {
  const bool in_flow = std::any_of(c.flows.begin(), c.flows.end(), [&](const Flow& flow) {
    return flow.source_port == port || flow.destination.port == port;
  });
  const auto& nodes = c.topology.nodes;
  const bool in_service = std::any_of(nodes.begin(), nodes.end(), [&](const Node& node) {
    return std::any_of(node.services.begin(), node.services.end(),
                       [&](const Service& service) { return service.port == port; });
  });
  return port >= kFirstPicked && !in_flow && !in_service;
}

/// Behind an address: "1.2.3.4:60000", "[2001:db8::1]:60000".
std::string without_picked_ports(const std::string& text, const Case& c) {
  static const std::regex kPort(R"((\.[0-9]{1,3}|\]):([0-9]{4,5})(?![0-9]))");
  std::string result;
  auto from = text.begin();
  for (std::sregex_iterator match(text.begin(), text.end(), kPort), end; match != end; ++match) {
    const auto port = parse_unsigned((*match)[2].str());
    if (!port || !is_picked_port(*port, c)) continue;
    result.append(from, text.begin() + match->position() + match->length(1));
    from = text.begin() + match->position() + match->length();
  }
  return result.append(from, text.end());
}

/// "M syn" for a walk or its hooks, which need no other name; "conntrack M" for other checks.
std::string what_of(const Finding& f) {
  const auto words = split_words(f.check);
  if (words.size() < 3 || (words[0] != "walk" && words[0] != "hooks")) return f.check;
  if (words[2] == "all" && !f.packet.empty()) return fmt::format("{} {}", words[1], f.packet);
  return f.check.substr(words[0].size() + 1);
}

bool is_output(const Finding& f) { return f.check.ends_with("output"); }

/// A program's output differs from run to run in what nobody asserts: times, numbers of processes.
std::string output_line(const Finding& f, bool held) {
  return fmt::format("{} {} '{}'", f.check, held ? "has" : "lacks", one_line(f.asserted));
}

std::string line_of(const Finding& f, bool held) {
  if (is_output(f)) return output_line(f, held);
  std::string seen = fmt::format("{}", fmt::join(split_words(one_line(f.seen)), " "));
  if (f.check.starts_with("capture ")) return "capture " + seen;
  if (seen.starts_with('[') && seen.ends_with(']')) seen = trim(seen.substr(1, seen.size() - 2));
  return fmt::format("{}: {}", what_of(f), seen.empty() ? "nothing" : seen);
}

/// What the document's version is refuted by. Of a program's output, the case's own check tells
/// what stands there instead.
std::string refutation(const Finding& f, const Judgement& own) {
  if (is_output(f))
    for (const Finding& held : own.held)
      if (held.flow == f.flow && held.check == f.check) return output_line(held, true);
  return line_of(f, false);
}

}  // namespace

void check_claim(const Case& c, Backend backend, const Seen& seen, Judgement& judgement) {
  if (!c.claim || !c.as_told) return;
  const Weighed weighed = weigh(c, backend, seen, judgement);
  const ClaimOutcome outcome = outcome_of(weighed);
  Finding f;
  f.check = "claim";
  f.asserted = to_string(c.claim->outcome);
  f.seen = to_string(outcome);
  f.note = list_of("as told, these hold:", weighed.held) + "\n" +
           list_of("and these do not:", weighed.refuted);
  f.at = c.claim->at;
  if (outcome != c.claim->outcome) judgement.findings.push_back(std::move(f));
}

std::string evidence_line(const Case& c, Backend backend, const Seen& seen) {
  Judgement own;
  const Assertions all{c.checks, c.counters, c.routes, c.logs, c.sets, c.at};
  check_assertions(c, all, backend, {seen, seen.captures, seen.routes}, own);
  Weighed weighed{own.held, own.findings};
  if (c.as_told) weighed = weigh(c, backend, seen, own);
  std::string line;
  if (const Finding* refuted = most_telling(weighed.refuted))
    line = refutation(*refuted, own);
  else if (const Finding* held = most_telling(weighed.held))
    line = line_of(*held, true);
  return without_picked_ports(line, c);
}

}  // namespace fwproof::judge
