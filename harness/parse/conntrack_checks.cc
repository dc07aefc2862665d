// Checks of conntrack entries and of the kernel's routes.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "model/route_words.h"
#include "parse/checks.h"
#include "parse/endpoint.h"
#include "parse/keys.h"
#include "parse/step.h"

namespace fwproof::parse {
namespace {

/// As /proc/net/nf_conntrack names them (net/netfilter/nf_conntrack_proto_tcp.c).
const std::vector<std::string> kStates{"NONE",     "SYN_SENT",   "SYN_RECV", "ESTABLISHED",
                                       "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT",
                                       "CLOSE",    "SYN_SENT2"};
/// IPS_* of linux/netfilter/nf_conntrack_common.h.
const std::vector<std::string> kStatus{
    "EXPECTED",   "SEEN_REPLY",   "ASSURED",      "CONFIRMED", "SRC_NAT",       "DST_NAT",
    "SEQ_ADJUST", "SRC_NAT_DONE", "DST_NAT_DONE", "DYING",     "FIXED_TIMEOUT", "TEMPLATE",
    "UNTRACKED",  "HELPER",       "OFFLOAD",      "HW_OFFLOAD"};
const std::vector<std::string> kEvents{"NEW", "UPDATE", "DESTROY"};

bool check_known(Reader& reader, const Yaml& scalar, size_t offset, const std::string& word,
                 std::string_view what, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), word) != known.end()) return true;
  const std::string note = did_you_mean(word, known);
  reader.mistake(scalar, offset, fmt::format("unknown {} '{}'", what, word),
                 {note, note.empty() ? fmt::format("it is one of: {}", fmt::join(known, ", "))
                                     : std::string()});
  return false;
}

std::vector<std::string> read_status(Reader& reader, const Yaml& value) {
  std::vector<std::string> all;
  for (const Yaml* item : reader.one_or_more(value, "'status'")) {
    const auto text = reader.text(*item, "a status");
    if (!text) continue;
    const size_t offset = text->starts_with('!') ? 1 : 0;
    if (check_known(reader, *item, offset, text->substr(offset), "status", kStatus))
      all.push_back(*text);
  }
  return all;
}

/// "NEW SYN_SENT", "DESTROY".
std::vector<std::string> read_events(Reader& reader, const Yaml& value) {
  std::vector<std::string> all;
  for (const Yaml* item : reader.one_or_more(value, "'events'")) {
    Words words(reader, *item, "an event");
    if (!words.valid()) continue;
    const Word event = words.take();
    bool good = check_known(reader, *item, event.offset, event.text, "event", kEvents);
    std::string text = event.text;
    if (!words.done()) {
      const Word state = words.take();
      good = check_known(reader, *item, state.offset, state.text, "state", kStates) && good;
      text += " " + state.text;
    }
    if (!words.done()) words.mistake(words.peek(), "an event is followed by a state alone");
    if (good) all.push_back(std::move(text));
  }
  return all;
}

std::optional<uint32_t> read_mark(Reader& reader, const Yaml& value) {
  const auto text = reader.text(value, "'mark'");
  if (!text) return std::nullopt;
  const auto mark = parse_mark(*text);
  if (!mark)
    reader.mistake(value, fmt::format("'{}' is not a mark of 32 bits", *text),
                   {"", "write 7 or 0x7"});
  return mark;
}

ConntrackCheck read_entry(Reader& reader, const Node& node, const Yaml& map) {
  ConntrackCheck check;
  check.node = node.name;
  check.at = reader.at(map);
  if (map.is_scalar() && map.scalar == "none") {
    check.none = true;
    return check;
  }
  if (!reader.check_map(map, "a conntrack entry", keys_of(MapKind::conntrack_entry))) return check;
  if (const Yaml* value = map.find("original")) {
    Words words(reader, *value, "'original'");
    check.original = read_tuple(words);
  }
  if (const Yaml* value = map.find("reply")) {
    Words words(reader, *value, "'reply'");
    check.reply = read_tuple(words);
  }
  if (const Yaml* value = map.find("state")) {
    const auto state = reader.text(*value, "'state'");
    if (state && check_known(reader, *value, 0, *state, "state", kStates)) check.state = state;
  }
  if (const Yaml* value = map.find("status")) check.status = read_status(reader, *value);
  if (const Yaml* value = map.find("mark")) check.mark = read_mark(reader, *value);
  if (const Yaml* value = map.find("zone"))
    if (const auto zone = reader.number(*value, "'zone'", 0, 65535))
      check.zone = static_cast<uint16_t>(*zone);
  if (const Yaml* value = map.find("events")) check.events = read_events(reader, *value);
  return check;
}

ExpectationCheck read_expectation(Reader& reader, const Node& node, const Yaml& map) {
  ExpectationCheck check;
  check.node = node.name;
  check.at = reader.at(map);
  check.none = map.is_scalar() && map.scalar == "none";
  if (check.none || !reader.check_map(map, "an expectation", keys_of(MapKind::expectation)))
    return check;
  if (const Yaml* value = map.find("expected")) {
    Words words(reader, *value, "'expected'");
    check.expected = read_tuple(words);
  }
  if (const Yaml* value = map.find("helper"))
    check.helper = reader.text(*value, "'helper'").value_or("");
  return check;
}

/// Tables are numbered in 32 bits (RTA_TABLE, linux/rtnetlink.h).
constexpr uint64_t kMostTable = UINT32_MAX;

std::optional<RouteCheck> read_route_check(Reader& reader, const Node& node, const Yaml& map) {
  if (!reader.check_map(map, "a check of routes", keys_of(MapKind::check_of_routes)))
    return std::nullopt;
  RouteCheck check;
  check.node = node.name;
  check.at = reader.at(map);
  const Yaml* get = map.find("get");
  const Yaml* table = map.find("table");
  const Yaml* has = map.find("has");
  const Yaml* words = get ? map.find("is") : has ? has : map.find("lacks");
  if (map.entries.size() != 2 || (get == nullptr) == (table == nullptr) || !words) {
    reader.mistake(map, "a check of routes has 'get' and 'is', or 'table' and 'has' or 'lacks'");
    return std::nullopt;
  }
  check.has = get || has;
  check.words = reader.text(*words, "the route").value_or("");
  const RouteWords route = read_route_words(check.words);
  if (!route.refused.empty())
    reader.mistake(*words, route.refused_at, route.refused, {route.note, route.hint});
  if (table && !route.answer.empty())
    reader.mistake(*words, "a table holds no answer of the kernel's, but routes");
  if (table) check.table = reader.text(*table, "'table'").value_or("");
  const bool named = check.table == "main" || check.table == "local" || check.table == "default";
  if (!check.table.empty() && !named &&
      parse_unsigned(check.table).value_or(kMostTable + 1) > kMostTable)
    reader.mistake(*table, fmt::format("unknown table '{}'", check.table),
                   {did_you_mean(check.table, {"main", "local", "default"}),
                    fmt::format("it is main, local, default or a number up to {}", kMostTable)});
  if (get) {
    const auto text = reader.text(*get, "'get'");
    if (text) check.get = IpAddress::parse(*text);
    if (text && !check.get) reader.mistake(*get, fmt::format("'{}' is not an address", *text));
  }
  return check;
}

}  // namespace

std::vector<ConntrackCheck> read_conntrack(Reader& reader, const Yaml& map,
                                           const CheckScope& scope) {
  std::vector<ConntrackCheck> checks;
  if (!reader.is_map(map, "'conntrack'")) return checks;
  for (const YamlEntry& entry : map.entries) {
    const Node* node = find_node(reader, entry.key, scope.of.topology);
    if (!node) continue;
    const std::string what = fmt::format("'conntrack' of '{}'", entry.key.scalar);
    for (const Yaml* item : reader.one_or_more(entry.value, what))
      checks.push_back(read_entry(reader, *node, *item));
  }
  return checks;
}

std::vector<ExpectationCheck> read_expectations(Reader& reader, const Yaml& map,
                                                const CheckScope& scope) {
  std::vector<ExpectationCheck> checks;
  if (!reader.is_map(map, "'expectations'")) return checks;
  for (const YamlEntry& entry : map.entries) {
    const Node* node = find_node(reader, entry.key, scope.of.topology);
    if (!node) continue;
    const std::string what = fmt::format("'expectations' of '{}'", entry.key.scalar);
    for (const Yaml* item : reader.one_or_more(entry.value, what))
      checks.push_back(read_expectation(reader, *node, *item));
  }
  return checks;
}

std::vector<RouteCheck> read_route_checks(Reader& reader, const Yaml& map,
                                          const CheckScope& scope) {
  std::vector<RouteCheck> checks;
  if (!reader.is_map(map, "'routes'")) return checks;
  for (const YamlEntry& entry : map.entries) {
    const Node* node = find_node(reader, entry.key, scope.of.topology);
    const std::string what = fmt::format("'routes' of '{}'", entry.key.scalar);
    const auto* list = node ? reader.list(entry.value, what) : nullptr;
    if (!list) continue;
    for (const Yaml& item : *list)
      if (auto check = read_route_check(reader, *node, item)) checks.push_back(std::move(*check));
  }
  return checks;
}

}  // namespace fwproof::parse
