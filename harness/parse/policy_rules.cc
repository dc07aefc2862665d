#include <fmt/format.h>

#include <map>

#include "base/text.h"
#include "parse/keys.h"
#include "parse/routing.h"

namespace fwproof::parse {
namespace {

/// Rules without a priority of their own are asked in the order they are written, from this one on:
/// before the main table's (32766) and after the local table's (0).
constexpr uint32_t kFirstPriority = 1000;

const std::map<std::string, uint8_t>& protocols() {
  static const std::map<std::string, uint8_t> kProtocols{{"icmp", 1},  {"tcp", 6},  {"udp", 17},
                                                         {"gre", 47},  {"esp", 50}, {"icmpv6", 58},
                                                         {"sctp", 132}};
  return kProtocols;
}

/// "7", "0x7".
std::optional<uint32_t> parse_number(std::string_view text) {
  if (!text.starts_with("0x")) {
    const auto number = parse_unsigned(text);
    return number && *number <= UINT32_MAX ? std::optional(static_cast<uint32_t>(*number))
                                           : std::nullopt;
  }
  constexpr size_t kMostDigits = 8;
  text.remove_prefix(2);
  if (text.empty() || text.size() > kMostDigits) return std::nullopt;
  uint32_t number = 0;
  for (const char c : text) {
    const auto digit = std::string_view("0123456789abcdef").find(to_lower(std::string(1, c)));
    if (digit == std::string_view::npos) return std::nullopt;
    number = number << 4 | static_cast<uint32_t>(digit);
  }
  return number;
}

class PolicyRuleReader {
 public:
  PolicyRuleReader(Reader& reader, Node& node, TopologyPlaces& places)
      : reader_(reader), node_(node), places_(places) {}

  void read(const Yaml& map) {
    if (!reader_.check_map(map, "a rule", keys_of(MapKind::policy_rule))) return;
    rule_.at = reader_.at(map);
    rule_.priority = kFirstPriority + static_cast<uint32_t>(node_.rules.size());
    if (const Yaml* value = map.find("priority"))
      if (const auto priority = reader_.number(*value, "'priority'", 0, UINT32_MAX))
        rule_.priority = static_cast<uint32_t>(*priority);
    rule_.from = read_address(map, "from");
    rule_.to = read_address(map, "to");
    read_family(map);
    rule_.iif = read_dev(map, "iif");
    rule_.oif = read_dev(map, "oif");
    read_mark(map);
    if (const Yaml* value = map.find("tos")) read_tos(*value);
    if (const Yaml* value = map.find("ipproto")) read_protocol(*value);
    rule_.sport = read_ports(map, "sport");
    rule_.dport = read_ports(map, "dport");
    read_action(map);
    node_.rules.push_back(rule_);
  }

 private:
  std::optional<Prefix> read_address(const Yaml& map, const char* key) {
    const Yaml* value = map.find(key);
    const auto text = value ? reader_.text(*value, fmt::format("'{}'", key)) : std::nullopt;
    if (!text) return std::nullopt;
    return read_prefix(reader_, *value, *text);
  }

  /// IPv4, unless an address or `family` says otherwise.
  void read_family(const Yaml& map) {
    const auto is_v6 = [](const auto& prefix) { return prefix && prefix->address.is_v6(); };
    rule_.v6 = is_v6(rule_.from) || is_v6(rule_.to);
    if (rule_.from && rule_.to && is_v6(rule_.from) != is_v6(rule_.to))
      reader_.mistake(map, "'from' and 'to' of a rule are of two families");
    const Yaml* value = map.find("family");
    const auto text = value ? reader_.text(*value, "'family'") : std::nullopt;
    if (!text) return;
    const bool wants_v6 = *text == "ip6";
    if (*text != "ip" && *text != "ip6")
      reader_.mistake(*value, fmt::format("'family' of a rule is ip or ip6, not '{}'", *text));
    else if ((rule_.from || rule_.to) && wants_v6 != rule_.v6)
      reader_.mistake(*value, fmt::format("the addresses of the rule are not of family {}", *text));
    else
      rule_.v6 = wants_v6;
  }

  std::string read_dev(const Yaml& map, const char* key) {
    const Yaml* value = map.find(key);
    const auto text = value ? reader_.text(*value, fmt::format("'{}'", key)) : std::nullopt;
    if (text) places_.devs.push_back({{node_.name, *text}, reader_.at(*value)});
    return text.value_or("");
  }

  /// "1", "0x1", "0x1/0xff".
  void read_mark(const Yaml& map) {
    const Yaml* value = map.find("fwmark");
    const auto text = value ? reader_.text(*value, "'fwmark'") : std::nullopt;
    if (!text) return;
    const size_t slash = text->find('/');
    const auto mark = parse_number(std::string_view(*text).substr(0, slash));
    const auto mask = slash == std::string::npos
                          ? std::optional<uint32_t>(UINT32_MAX)
                          : parse_number(std::string_view(*text).substr(slash + 1));
    if (mark && mask) {
      rule_.fwmark = mark;
      rule_.fwmask = *mask;
    } else {
      reader_.mistake(*value, fmt::format("'{}' is not a mark", *text),
                      {"", "write such as 1, 0x10 or 0x10/0xf0"});
    }
  }

  void read_tos(const Yaml& value) {
    const auto text = reader_.text(value, "'tos'");
    const auto tos = text ? parse_number(*text) : std::nullopt;
    // The bits that a rule may look at (IPTOS_RT_MASK and above, net/ipv4/fib_rules.c).
    constexpr uint32_t kTosMask = 0xfc;
    if (tos && (*tos & ~kTosMask) == 0)
      rule_.tos = static_cast<uint8_t>(*tos);
    else if (text)
      reader_.mistake(value, fmt::format("'{}' is not a type of service", *text),
                      {"", "write such as 0x10: the two lowest bits are those of ECN"});
  }

  void read_protocol(const Yaml& value) {
    const auto text = reader_.text(value, "'ipproto'");
    if (!text) return;
    const auto known = protocols().find(*text);
    const auto number = parse_unsigned(*text);
    if (known != protocols().end()) {
      rule_.protocol = known->second;
    } else if (number && *number >= 1 && *number <= UINT8_MAX) {
      rule_.protocol = static_cast<uint8_t>(*number);
    } else {
      std::vector<std::string> names;
      for (const auto& [name, code] : protocols()) names.push_back(name);
      reader_.mistake(value, fmt::format("unknown protocol '{}'", *text),
                      {did_you_mean(*text, names),
                       fmt::format("write a number or one of: {}", fmt::join(names, ", "))});
    }
  }

  /// "80" or "8000-8100".
  std::optional<std::pair<uint16_t, uint16_t>> read_ports(const Yaml& map, const char* key) {
    const Yaml* value = map.find(key);
    const auto text = value ? reader_.text(*value, fmt::format("'{}'", key)) : std::nullopt;
    if (!text) return std::nullopt;
    const size_t dash = text->find('-');
    const auto first = parse_unsigned(std::string_view(*text).substr(0, dash));
    const auto last = dash == std::string::npos
                          ? first
                          : parse_unsigned(std::string_view(*text).substr(dash + 1));
    if (first && last && *first >= 1 && *first <= *last && *last <= UINT16_MAX)
      return std::pair(static_cast<uint16_t>(*first), static_cast<uint16_t>(*last));
    reader_.mistake(*value, fmt::format("'{}' is not a port or a range of ports", *text),
                    {"", "write such as 80 or 8000-8100"});
    return std::nullopt;
  }

  void read_action(const Yaml& map) {
    const Yaml* table = map.find("table");
    const Yaml* type = map.find("type");
    if ((table != nullptr) == (type != nullptr)) {
      reader_.mistake(map,
                      table ? "a rule has 'table' or 'type', not both" : "a rule needs 'table'",
                      {"", table ? "" : "or 'type': blackhole, unreachable or prohibit"});
      return;
    }
    if (table) {
      rule_.table = read_table(reader_, *table).value_or(kMainTable);
      return;
    }
    const auto text = reader_.text(*type, "'type'");
    for (const RouteType known :
         {RouteType::blackhole, RouteType::unreachable, RouteType::prohibit}) {
      if (text != to_string(known)) continue;
      rule_.type = known;
      return;
    }
    if (text)
      reader_.mistake(*type, fmt::format("unknown type '{}' of a rule", *text),
                      {did_you_mean(*text, {"blackhole", "unreachable", "prohibit"}),
                       "the types are: blackhole, unreachable, prohibit"});
  }

  Reader& reader_;
  Node& node_;
  TopologyPlaces& places_;
  PolicyRule rule_;
};

}  // namespace

void read_policy_rules(Reader& reader, const Yaml& value, Node& node, TopologyPlaces& places) {
  const auto* list = reader.list(value, "'rules'");
  if (!list) return;
  for (const Yaml& item : *list) PolicyRuleReader(reader, node, places).read(item);
}

}  // namespace fwproof::parse
