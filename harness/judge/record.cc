#include "judge/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "judge/checks.h"
#include "judge/notation.h"
#include "judge/yaml_text.h"

namespace fwproof::judge {
namespace {

constexpr size_t kWidest = 100;  // of a line with a list
constexpr size_t kRepeated = 2;  // "syn 2": a name's second use

/// Bits that every entry has, or that follow from SRC_NAT and DST_NAT.
constexpr std::array<std::string_view, 3> kDullStatus{"CONFIRMED", "SRC_NAT_DONE", "DST_NAT_DONE"};

/// Packets that a new case has walks of: the first of each kind. What follows in a TCP connection
/// meets what its first ACK met.
bool is_usual(const Flow& flow, const std::string& packet) {
  const auto words = split_words(packet);
  if (parse_unsigned(words.back()).value_or(0) >= kRepeated) return false;
  const bool tcp =
      flow.kind == FlowKind::exec ? flow.exec_protocol == kProtocolTcp : flow.kind == FlowKind::tcp;
  if (flow.kind == FlowKind::exec && !flow.exec_protocol) return false;
  return !tcp || (words.back() != "data" && words.back() != "fin" && packet != "reply ack");
}

class FlowRecorder {
 public:
  FlowRecorder(const Flow& flow, const FlowSeen& flow_seen, const Seen& seen)
      : flow_(flow), flow_seen_(flow_seen), seen_(seen) {}

  std::vector<Recorded> record(const Case& c, Backend backend) {
    add_ends(c, backend);
    add_walks(c);
    for (const Node& node : c.topology.nodes) add_conntrack(node.name);
    return std::move(all_);
  }

 private:
  Recorded& add(std::vector<std::string> below, std::vector<std::string> value) {
    Recorded& recorded = all_.emplace_back();
    recorded.path = {flow_.name};
    recorded.path.insert(recorded.path.end(), below.begin(), below.end());
    recorded.value = std::move(value);
    return recorded;
  }

  /// Asks the judge: what it says was seen is what there is to write.
  void add_ends(const Case& c, Backend backend) {
    Case asking;
    asking.topology = c.topology;
    asking.flows = {flow_};
    FlowChecks& checks = asking.checks.emplace_back();
    checks.flow = flow_.name;
    checks.outcome.emplace();
    checks.dropped.emplace();
    checks.cause.emplace();
    checks.reaches.emplace();
    if (flow_.kind != FlowKind::exec) checks.seen_as.emplace();
    checks.answered_from.emplace();
    if (flow_.kind == FlowKind::exec) checks.program.emplace().exit_status = 0;
    const Judgement told = judge(asking, backend, seen_);
    for (const std::string_view key : kRecordedTexts)
      for (const auto* answers : {&told.findings, &told.held})
        for (const Finding& answer : *answers)
          if (answer.check == key) add_end(key, answer.seen);
  }

  void add_end(std::string_view key, const std::string& told) {
    const std::string first = told.substr(0, told.find('\n'));
    if (first.starts_with("nothing: ") || first.starts_with("none: ")) return;
    if (key == "exit" && !parse_unsigned(first)) return;  // it did not exit by itself
    Recorded& recorded = add({std::string(key)}, {first});
    recorded.usual = key != "answered from" && key != "exit";
    if (key == "seen as") leave_out_port(recorded);
  }

  /// The port of the client: as it asked for, or else as the kernel picked it.
  void leave_out_port(Recorded& recorded) {
    const auto endpoint = Endpoint::parse(recorded.value.front());
    if (!endpoint || endpoint->port == 0) return;
    (flow_.source_port == 0 ? recorded.value.front() : recorded.vaguer) =
        endpoint->address.to_string();
  }

  void add_walks(const Case& c) {
    for (const Node& node : c.topology.nodes)
      for (const Walk& walk : flow_seen_.walks) {
        std::vector<std::string> steps = notation(walk, node.name);
        if (steps.empty()) continue;
        Recorded& recorded = add({"walk", node.name, walk.name}, std::move(steps));
        recorded.list = true;
        recorded.usual = is_usual(flow_, walk.name);
      }
  }

  void add_conntrack(const std::string& node) {
    const EntriesOfFlow entries = entries_of_flow({flow_, {}, flow_seen_}, node, seen_);
    if (!entries.any) add({"conntrack", node}, {"none"}).usual = false;
    if (entries.at_end.size() != 1) return;
    const ConntrackEntry& entry = entries.at_end.front();
    const auto add_field = [&](const char* field, std::vector<std::string> value) -> Recorded& {
      return add({"conntrack", node, field}, std::move(value));
    };
    add_tuple(add_field("original", {}), entry.original, entry);
    add_tuple(add_field("reply", {}), entry.reply, entry);
    std::vector<std::string> status = entry.status;
    std::erase_if(status, [](const std::string& word) {
      return std::find(kDullStatus.begin(), kDullStatus.end(), word) != kDullStatus.end();
    });
    if (!status.empty()) add_field("status", std::move(status)).list = true;
    add_field("every status", entry.status).usual = false;
    add_field("state", {entry.state}).usual = false;
    add_field("mark", {fmt::format("{:#x}", entry.mark)}).usual = entry.mark != 0;
    add_field("zone", {std::to_string(entry.zone)}).usual = entry.zone != 0;
  }

  /// The client's port is that of the original's source, and wherever else it stands in the entry;
  /// a NAT that changes it picks another.
  void add_tuple(Recorded& recorded, const Tuple& tuple, const ConntrackEntry& entry) {
    const auto without = [&](Endpoint end, uint16_t server_port) {
      if (end.port != server_port) end.port = 0;
      return end.to_string();
    };
    const bool is_reply = !(tuple == entry.original);
    const uint16_t server_port = is_reply ? tuple.source.port : tuple.destination.port;
    const std::string vague = fmt::format("{} -> {}", without(tuple.source, server_port),
                                          without(tuple.destination, server_port));
    recorded.value = {flow_.source_port == 0 ? vague : to_string(tuple)};
    recorded.vaguer = vague;
  }

  const Flow& flow_;
  const FlowSeen& flow_seen_;
  const Seen& seen_;
  std::vector<Recorded> all_;
};

/// What both say; nothing if they say different things.
std::optional<Recorded> common(const Recorded& a, const Recorded& b) {
  if (a.value == b.value) return a;
  if (a.vaguer.empty() || a.vaguer != b.vaguer) return std::nullopt;
  Recorded vague = a;
  vague.value = {a.vaguer};
  return vague;
}

const Recorded* find_in(const std::vector<Recorded>& all, const std::vector<std::string>& path) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Recorded& r) { return r.path == path; });
  return found == all.end() ? nullptr : &*found;
}

/// "visit:", "  walk:", ...: the keys above a value that were not there for the last one.
void add_headings(std::string& text, const std::vector<std::string>& path,
                  const std::vector<std::string>& last) {
  const auto differs = std::mismatch(path.begin(), path.end(), last.begin(), last.end()).first;
  for (size_t depth = static_cast<size_t>(differs - path.begin()); depth + 1 < path.size(); ++depth)
    text += fmt::format("{:{}}{}:\n", "", 2 * depth + 2, yaml_scalar(path[depth]));
}

}  // namespace

std::vector<Recorded> record(const Case& c, Backend backend, const Seen& seen) {
  std::vector<Recorded> all;
  for (const Flow& flow : c.flows)
    for (const FlowSeen& flow_seen : seen.flows)
      if (flow_seen.flow == flow.name)
        for (Recorded& recorded : FlowRecorder(flow, flow_seen, seen).record(c, backend))
          all.push_back(std::move(recorded));
  return all;
}

const Recorded* Agreed::find(const std::vector<std::string>& path) const {
  return find_in(checks, path);
}

bool Agreed::differs(const std::vector<std::string>& path) const {
  return find_in(differing, path) != nullptr;
}

Agreed agreed(const std::vector<std::vector<Recorded>>& runs) {
  Agreed result;
  const auto note_difference = [&](const Recorded& one) {
    if (!result.differs(one.path)) result.differing.push_back(one);
  };
  for (const Recorded& first : runs.front()) {
    std::optional<Recorded> all = first;
    for (size_t i = 1; all && i < runs.size(); ++i) {
      const Recorded* other = find_in(runs[i], first.path);
      all = other ? common(*all, *other) : std::nullopt;
    }
    if (all)
      result.checks.push_back(std::move(*all));
    else
      note_difference(first);
  }
  for (const auto& run : runs)
    for (const Recorded& other : run)
      if (!result.find(other.path)) note_difference(other);
  return result;
}

std::string checks_text(const std::vector<Recorded>& checks) {
  std::string text = "checks:\n";
  std::vector<std::string> last;
  for (const Recorded& check : checks) {
    if (!check.usual) continue;
    add_headings(text, check.path, last);
    last = check.path;
    const size_t indent = 2 * check.path.size();
    const std::string key = fmt::format("{:{}}{}:", "", indent, yaml_scalar(check.path.back()));
    const std::string list = yaml_list(check.value);
    if (!check.list) {
      text += fmt::format("{} {}\n", key, yaml_scalar(check.value.front()));
    } else if (list.find('\n') == std::string::npos && key.size() + list.size() < kWidest) {
      text += fmt::format("{} {}\n", key, list);
    } else {
      text += key + "\n";
      for (const std::string& item : check.value)
        text += fmt::format("{:{}}- {}\n", "", indent + 2, yaml_scalar(item));
    }
  }
  return text;
}

}  // namespace fwproof::judge
