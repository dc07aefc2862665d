#include "parse/packet_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "model/packet.h"
#include "parse/icmp_types.h"

namespace fwproof::parse {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const std::vector<std::string>& packet_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all{"all"};
    for (const char* name : {"syn", "syn-ack", "ack", "data", "fin", "rst", "null", "fragment",
                             "arp-request", "arp-reply"})
      all.emplace_back(name);
    for (const char* name : {"syn", "ack", "data", "fin", "rst", "null", "fragment"})
      all.push_back(std::string("reply ") + name);
    all.insert(all.end(), icmp_names().begin(), icmp_names().end());
    return all;
  }();
  return names;
}

bool is_exec(const Flow* flow) { return flow && flow->kind == FlowKind::exec; }
bool is_crafted(const Flow* flow) { return flow && flow->craft; }
bool is_connection(const Flow* flow) { return flow && flow->kind == FlowKind::tcp && !flow->craft; }

/// The first word of an outcome that the flow can have; of any flow if there is none.
std::vector<std::string> outcomes_of(const Flow* flow) {
  std::vector<std::string> outcomes{"dropped", "rejected"};
  if (!flow || is_exec(flow))
    for (const char* name : {"exited", "ended"}) outcomes.emplace_back(name);
  if (is_exec(flow)) return outcomes;
  if (!flow || is_connection(flow)) outcomes.emplace_back("connected");
  if (!is_connection(flow)) outcomes.emplace_back("answered");
  if (!flow || is_crafted(flow)) outcomes.emplace_back("delivered");
  for (const char* name : {"refused", "unreachable", "timed out", "lost"})
    if (!is_crafted(flow) || name != std::string_view("timed out")) outcomes.emplace_back(name);
  return outcomes;
}

std::string_view kind_of_flow(const Flow& flow) {
  if (flow.craft) return "a crafted packet";
  switch (flow.kind) {
    case FlowKind::tcp:
      return "a tcp flow";
    case FlowKind::udp:
      return "a udp flow";
    case FlowKind::icmp:
      return "an icmp flow";
    case FlowKind::exec:
      return "an exec flow";
    case FlowKind::other:
    case FlowKind::arp:
      break;
  }
  return "a flow";
}

/// What REJECT of iptables(8) and reject of nft(8) call it, in the words of a case; empty if they
/// do not.
std::string told_by_tools(std::string_view word) {
  static constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"net-unreachable", "network-unreachable"},
      {"prot-unreachable", "protocol-unreachable"},
      {"proto-unreachable", "protocol-unreachable"},
      {"addr-unreachable", "address-unreachable"},
      {"net-prohibited", "network-prohibited"},
      {"admin-prohibited", "communication-prohibited"},
      {"adm-prohibited", "communication-prohibited"},
      {"policy-fail", "failed-policy"}};
  for (const std::string_view family : {"icmp-", "icmp6-"})
    if (word.starts_with(family)) word.remove_prefix(family.size());
  for (const auto& [tools, own] : kWords)
    if (word == tools) return fmt::format("did you mean '{}'?", own);
  return {};
}

/// "tcp-reset" of "rejected tcp-reset", "0" of "exited 0".
bool check_detail(Words& words, const std::string& outcome, const Word& detail) {
  if (outcome == "exited") {
    const auto status = parse_unsigned(detail.text);
    if (status && *status <= 255) return true;
    words.mistake(detail,
                  fmt::format("exit status '{}' is not a number from 0 to 255", detail.text));
    return false;
  }
  std::vector<std::string> names = icmp_names();
  if (outcome == "rejected") names.emplace_back("tcp-reset");
  if ((outcome == "rejected" || outcome == "unreachable") &&
      (contains(names, detail.text) || is_plain_icmp_name(detail.text)))
    return true;
  if (outcome == "rejected" || outcome == "unreachable") {
    const std::string tools = told_by_tools(detail.text);
    words.mistake(detail, fmt::format("unknown way to be {}: '{}'", outcome, detail.text),
                  {tools.empty() ? did_you_mean(detail.text, names) : tools, ""});
    return false;
  }
  words.mistake(detail, fmt::format("unexpected '{}' after '{}'", detail.text, outcome));
  return false;
}

}  // namespace

const std::vector<std::string>& icmp_names() {
  static const std::vector<std::string> names = [] {
    std::set<std::string> all;
    for (const uint8_t protocol : {kProtocolIcmp, kProtocolIcmpv6})
      for (std::string& name : icmp_types(protocol)) all.insert(std::move(name));
    return std::vector<std::string>(all.begin(), all.end());
  }();
  return names;
}

std::optional<std::string> read_packet_name(Reader& reader, const Yaml& key) {
  const std::string& text = key.scalar;
  const size_t space = text.rfind(' ');
  const auto number =
      space == std::string::npos ? std::nullopt : parse_unsigned(text.substr(space + 1));
  const std::string name = number ? text.substr(0, space) : text;
  const bool known = contains(packet_names(), name) || is_plain_icmp_name(name);
  if (known && (!number || (*number > 0 && name != "all"))) return text;
  const std::string note = known ? "" : did_you_mean(name, packet_names());
  reader.mistake(key, fmt::format("unknown packet '{}'", text),
                 {note, note.empty() ? "packets are: all, syn, syn-ack, ack, data, fin, rst, "
                                       "reply data, echo-request, port-unreachable, data 2, ..."
                                     : ""});
  return std::nullopt;
}

std::optional<std::string> read_outcome(Reader& reader, const Yaml& value, const Flow* flow) {
  Words words(reader, value, "'outcome'");
  if (!words.valid()) return std::nullopt;
  const Word first = words.take();
  std::string outcome = first.text;
  if (outcome == "timed" && words.take_if("out")) outcome = "timed out";
  const auto possible = outcomes_of(flow);
  if (!contains(possible, outcome)) {
    const bool elsewhere = contains(outcomes_of(nullptr), outcome);
    const std::string note = did_you_mean(outcome, possible);
    words.mistake(first,
                  elsewhere && flow ? fmt::format("{} is never '{}'", kind_of_flow(*flow), outcome)
                                    : fmt::format("unknown outcome '{}'", outcome),
                  {note, note.empty() ? fmt::format("it is one of: {}", fmt::join(possible, ", "))
                                      : std::string()});
    return std::nullopt;
  }
  if (words.done()) return outcome;
  const Word detail = words.take();
  if (!check_detail(words, outcome, detail)) return std::nullopt;
  if (words.done()) return outcome + " " + detail.text;
  words.mistake(words.peek(), fmt::format("unexpected '{}' after an outcome", words.peek().text));
  return std::nullopt;
}

}  // namespace fwproof::parse
