#include "parse/packet_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "model/packet.h"

namespace fwproof::parse {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const std::vector<std::string>& packet_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all{"all"};
    for (const char* name : {"syn", "syn-ack", "ack", "data", "fin", "rst"}) all.emplace_back(name);
    for (const char* name : {"ack", "data", "fin", "rst"})
      all.push_back(std::string("reply ") + name);
    all.insert(all.end(), icmp_names().begin(), icmp_names().end());
    return all;
  }();
  return names;
}

/// The first word of an outcome that a flow of this kind can have.
std::vector<std::string> outcomes_of(std::optional<FlowKind> kind) {
  std::vector<std::string> outcomes{"dropped", "rejected"};
  if (!kind || kind == FlowKind::exec)
    for (const char* name : {"exited", "ended"}) outcomes.emplace_back(name);
  if (kind == FlowKind::exec) return outcomes;
  if (!kind || kind == FlowKind::tcp) outcomes.emplace_back("connected");
  if (kind != FlowKind::tcp) outcomes.emplace_back("answered");
  for (const char* name : {"refused", "unreachable", "timed out", "lost"})
    outcomes.emplace_back(name);
  return outcomes;
}

std::string_view kind_of_flow(FlowKind kind) {
  switch (kind) {
    case FlowKind::tcp:
      return "a tcp flow";
    case FlowKind::udp:
      return "a udp flow";
    case FlowKind::icmp:
      return "an icmp flow";
    case FlowKind::exec:
      return "an exec flow";
  }
  return "";
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
  if ((outcome == "rejected" || outcome == "unreachable") && contains(names, detail.text))
    return true;
  if (outcome == "rejected" || outcome == "unreachable") {
    words.mistake(detail, fmt::format("unknown way to be {}: '{}'", outcome, detail.text),
                  {did_you_mean(detail.text, names), ""});
    return false;
  }
  words.mistake(detail, fmt::format("unexpected '{}' after '{}'", detail.text, outcome));
  return false;
}

}  // namespace

const std::vector<std::string>& icmp_names() {
  static const std::vector<std::string> names = [] {
    std::set<std::string> all;
    Packet packet;
    for (const uint8_t protocol : {kProtocolIcmp, kProtocolIcmpv6}) {
      packet.protocol = protocol;
      for (int type = 0; type < 256; ++type) {
        for (int code = 0; code < 16; ++code) {
          packet.icmp_type = static_cast<uint8_t>(type);
          packet.icmp_code = static_cast<uint8_t>(code);
          std::string name = icmp_name(packet);
          if (name.find(' ') == std::string::npos) all.insert(std::move(name));
        }
      }
    }
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
  if (contains(packet_names(), name) && (!number || (*number > 0 && name != "all"))) return text;
  const std::string note = contains(packet_names(), name) ? "" : did_you_mean(name, packet_names());
  reader.mistake(key, fmt::format("unknown packet '{}'", text),
                 {note, note.empty() ? "packets are: all, syn, syn-ack, ack, data, fin, rst, "
                                       "reply data, echo-request, port-unreachable, data 2, ..."
                                     : ""});
  return std::nullopt;
}

std::optional<std::string> read_outcome(Reader& reader, const Yaml& value,
                                        std::optional<FlowKind> kind) {
  Words words(reader, value, "'outcome'");
  if (!words.valid()) return std::nullopt;
  const Word first = words.take();
  std::string outcome = first.text;
  if (outcome == "timed" && words.take_if("out")) outcome = "timed out";
  const auto possible = outcomes_of(kind);
  if (!contains(possible, outcome)) {
    const bool elsewhere = contains(outcomes_of(std::nullopt), outcome);
    const std::string note = did_you_mean(outcome, possible);
    words.mistake(first,
                  elsewhere && kind ? fmt::format("{} is never '{}'", kind_of_flow(*kind), outcome)
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
