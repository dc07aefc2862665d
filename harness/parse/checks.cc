#include "parse/checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "base/text.h"
#include "parse/check_groups.h"
#include "parse/endpoint.h"
#include "parse/keys.h"
#include "parse/packet_names.h"
#include "parse/step.h"

namespace fwproof::parse {
namespace {

std::optional<DroppedCheck> read_dropped(Reader& reader, const Yaml& value,
                                         const CheckScope& scope) {
  Words words(reader, value, "'dropped'");
  if (!words.valid()) return std::nullopt;
  const Word name = words.take();
  const Node* node = find_node(words, name, name.text, scope.of.topology);
  if (!node) return std::nullopt;
  const auto step = read_step(words, {scope.of, *node, scope.rules_known});
  if (!step) return std::nullopt;
  return DroppedCheck{node->name, *step, reader.at(value)};
}

/// "rp_filter", "no route at gw".
std::optional<CauseCheck> read_cause(Reader& reader, const Yaml& value, const CheckScope& scope) {
  Words words(reader, value, "'cause'");
  if (!words.valid()) return std::nullopt;
  const Word first = words.peek();
  std::string name;
  while (!words.done() && words.peek().text != "at")
    name += (name.empty() ? "" : " ") + words.take().text;
  const auto cause = parse_cause(name);
  if (!cause) {
    const std::string note = did_you_mean(name, cause_names());
    words.mistake(
        first, fmt::format("unknown cause '{}'", name),
        {note, note.empty() ? fmt::format("the causes are: {}", fmt::join(cause_names(), ", "))
                            : std::string()});
    return std::nullopt;
  }
  CauseCheck check{*cause, "", value.scalar, reader.at(value)};
  if (words.done()) return check;
  words.take();
  const auto word = words.take_only("a node");
  const Node* node = word ? find_node(words, *word, word->text, scope.of.topology) : nullptr;
  if (!node) return std::nullopt;
  check.node = node->name;
  return check;
}

/// "web:80" or "web".
std::optional<ReachesCheck> read_reaches(Reader& reader, const Yaml& value,
                                         const CheckScope& scope) {
  Words words(reader, value, "'reaches'");
  const auto word = words.take_only("a node or node:port");
  if (!word) return std::nullopt;
  const HostPort parts = split_host_port(word->text);
  const Node* node = find_node(words, *word, parts.host, scope.of.topology);
  if (!node) return std::nullopt;
  ReachesCheck check{node->name, 0, value.scalar, reader.at(value)};
  if (!parts.port) return check;
  const auto port = read_port(words, *word, parts);
  if (!port) return std::nullopt;
  check.port = *port;
  return check;
}

template <typename Check>
std::optional<Check> read_endpoint_check(Reader& reader, const Yaml& value, std::string_view what) {
  Words words(reader, value, what);
  const auto word = words.take_only("an address or address:port");
  const auto endpoint = word ? read_endpoint_pattern(words, *word) : std::nullopt;
  if (!endpoint) return std::nullopt;
  return Check{*endpoint, value.scalar, reader.at(value)};
}

/// {at: gw:eth1, filter: ..., packets: 1}
std::optional<CaptureCheck> read_capture(Reader& reader, const Yaml& map, const CheckScope& scope) {
  if (!reader.check_map(map, "a capture", keys_of(MapKind::capture))) return std::nullopt;
  CaptureCheck check;
  check.at = reader.at(map);
  const Yaml* at = map.find("at");
  const Yaml* packets = map.find("packets");
  if (!at || !packets) {
    reader.mistake(map, fmt::format("a capture needs '{}'", at ? "packets" : "at"));
    return std::nullopt;
  }
  if (const Yaml* filter = map.find("filter"))
    check.filter = reader.text(*filter, "'filter'").value_or("");
  const auto range = read_range(reader, *packets);
  if (range) check.packets = *range;
  Words words(reader, *at, "'at'");
  const auto word = words.take_only("a dev like gw:eth1");
  if (!word) return std::nullopt;
  const size_t colon = word->text.find(':');
  if (colon == std::string::npos) {
    words.mistake(*word, fmt::format("'{}' is not a dev like gw:eth1", word->text));
    return std::nullopt;
  }
  check.dev = word->text.substr(colon + 1);
  const auto& topology = scope.of.topology;
  const Node* node = find_node(words, *word, word->text.substr(0, colon), topology);
  if (!node || !check_device(words, *word, check.dev, colon + 1, topology, *node))
    return std::nullopt;
  check.node = node->name;
  return range ? std::optional(check) : std::nullopt;
}

std::vector<CaptureCheck> read_captures(Reader& reader, const Yaml& value,
                                        const CheckScope& scope) {
  std::vector<CaptureCheck> checks;
  const auto* list = reader.list(value, "'capture'");
  if (!list) return checks;
  for (const Yaml& item : *list)
    if (auto check = read_capture(reader, item, scope)) checks.push_back(std::move(*check));
  return checks;
}

std::vector<std::string> read_texts(Reader& reader, const Yaml& value, std::string_view what) {
  std::vector<std::string> texts;
  for (const Yaml* item : reader.one_or_more(value, what))
    if (auto text = reader.text(*item, what)) texts.push_back(std::move(*text));
  if (value.is_list() && value.items.empty())
    reader.mistake(value, fmt::format("{} names no text", what));
  return texts;
}

std::optional<ProgramCheck> read_program(Reader& reader, const Yaml& map, const Flow* flow) {
  static constexpr std::array<const char*, 5> kProgramKeys{"exit", "output", "error output",
                                                           "output lacks", "error output lacks"};
  ProgramCheck check;
  bool any = false;
  for (const char* key : kProgramKeys) {
    const Yaml* value = map.find(key);
    if (!value) continue;
    if (!any) check.at = reader.at(*value);
    any = true;
    if (flow && flow->kind != FlowKind::exec)
      reader.mistake(*value, fmt::format("'{}' is for exec flows", key));
  }
  if (!any) return std::nullopt;
  if (const Yaml* value = map.find("exit"))
    if (const auto status = reader.number(*value, "'exit'", 0, 255))
      check.exit_status = static_cast<int>(*status);
  if (const Yaml* value = map.find("output"))
    check.output_contains = read_texts(reader, *value, "'output'");
  if (const Yaml* value = map.find("error output"))
    check.error_contains = read_texts(reader, *value, "'error output'");
  if (const Yaml* value = map.find("output lacks"))
    check.output_lacks = read_texts(reader, *value, "'output lacks'");
  if (const Yaml* value = map.find("error output lacks"))
    check.error_lacks = read_texts(reader, *value, "'error output lacks'");
  return check;
}

}  // namespace

FlowChecks read_flow_checks(Reader& reader, const YamlEntry& entry, const Flow* flow,
                            const CheckScope& scope) {
  FlowChecks checks;
  checks.flow = entry.key.scalar;
  checks.at = reader.at(entry.key);
  const Yaml& map = entry.value;
  if (!reader.check_map(map, fmt::format("the checks of '{}'", checks.flow),
                        keys_of(MapKind::checks_of_a_flow)))
    return checks;
  if (const Yaml* value = map.find("outcome")) {
    if (value->is_map())
      reader.mistake(*value, "a map of outcomes is for a flow with 'connections'");
    else if (const auto outcome = read_outcome(reader, *value, flow))
      checks.outcome = OutcomeCheck{*outcome, reader.at(*value)};
  }
  if (const Yaml* value = map.find("dropped")) checks.dropped = read_dropped(reader, *value, scope);
  if (const Yaml* value = map.find("cause")) checks.cause = read_cause(reader, *value, scope);
  if (const Yaml* value = map.find("reaches")) checks.reaches = read_reaches(reader, *value, scope);
  if (const Yaml* value = map.find("seen as"))
    checks.seen_as = read_endpoint_check<SeenAsCheck>(reader, *value, "'seen as'");
  if (const Yaml* value = map.find("answered from"))
    checks.answered_from =
        read_endpoint_check<AnsweredFromCheck>(reader, *value, "'answered from'");
  if (const Yaml* value = map.find("walk")) checks.walks = read_walks(reader, *value, scope);
  if (const Yaml* value = map.find("hooks")) checks.hooks = read_hooks(reader, *value, scope);
  if (const Yaml* value = map.find("conntrack"))
    checks.conntrack = read_conntrack(reader, *value, scope);
  if (const Yaml* value = map.find("expectations"))
    checks.expectations = read_expectations(reader, *value, scope);
  if (const Yaml* value = map.find("capture"))
    checks.captures = read_captures(reader, *value, scope);
  checks.program = read_program(reader, map, flow);
  if (const Yaml* value = map.find("use")) read_groups(reader, *value, flow, scope, checks);
  return checks;
}

}  // namespace fwproof::parse
