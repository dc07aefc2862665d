#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "parse/keys.h"
#include "parse/routing.h"

namespace fwproof::parse {
namespace {

constexpr uint64_t kMostWeight = 256;  // rtnh_hops is one byte, one less than the weight

const std::map<std::string, RouteType>& route_types() {
  static const std::map<std::string, RouteType> kTypes{
      {"unicast", RouteType::unicast},     {"local", RouteType::local},
      {"blackhole", RouteType::blackhole}, {"unreachable", RouteType::unreachable},
      {"prohibit", RouteType::prohibit},   {"throw", RouteType::throw_}};
  return kTypes;
}

bool goes_somewhere(RouteType type) {
  return type == RouteType::unicast || type == RouteType::local;
}

/// Whether the kernel takes the two for one route: the same target in the same table and of the
/// same metric (1024 where IPv6 is told none: IP6_RT_PRIO_USER), whatever the way to it.
bool same_target(const Route& a, const Route& b) {
  const auto is_default = [](const Route& route) { return !route.to || route.to->length == 0; };
  const auto metric = [](const Route& route) {
    return route.metric.value_or(route.is_v6() ? 1024 : 0);
  };
  return a.is_v6() == b.is_v6() && a.table == b.table && metric(a) == metric(b) &&
         is_default(a) == is_default(b) && (is_default(a) || *a.to == *b.to);
}

Prefix subnet_of(const Prefix& prefix) {
  std::vector<uint8_t> bytes(prefix.address.bytes().begin(), prefix.address.bytes().end());
  for (size_t bit = prefix.length; bit < bytes.size() * 8; ++bit)
    bytes[bit / 8] = static_cast<uint8_t>(bytes[bit / 8] & ~(0x80u >> (bit % 8)));
  return {IpAddress::from_bytes(bytes), prefix.length};
}

class RouteReader {
 public:
  RouteReader(Reader& reader, Node& node, TopologyPlaces& places)
      : reader_(reader), node_(node), places_(places) {}

  void read(const Yaml& map) {
    if (!reader_.check_map(map, "a route", keys_of(MapKind::route))) return;
    route_.at = reader_.at(map);
    if (const Yaml* to = reader_.required(map, "to", "a route needs 'to'",
                                          {"", "write {to: default, via: 10.0.0.1}"}))
      read_target(*to);
    read_way(map);
    read_nexthops(map);
    read_numbers(map);
    read_source(map);
    read_type(map);
    if (has_target_) keep(map);
    for (TopologyPlaces::Way& way : ways_) {
      way.node = node_.name;
      places_.ways.push_back(way);
    }
  }

 private:
  void keep(const Yaml& map) {
    const auto twin = std::find_if(node_.routes.begin(), node_.routes.end(),
                                   [&](const Route& other) { return same_target(other, route_); });
    if (twin != node_.routes.end())
      reader_.mistake(map, fmt::format("node '{}' has a route to the same place already, on {}",
                                       node_.name, place(twin->at, reader_.at(map))));
    node_.routes.push_back(route_);
  }

  void read_target(const Yaml& to) {
    const auto text = reader_.text(to, "'to'");
    has_target_ = text == "default";
    if (!text || has_target_) return;
    if (!Prefix::parse(*text) && !IpAddress::parse(*text))
      reader_.mistake(to, fmt::format("'{}' is not 'default', an address or a prefix", *text),
                      {did_you_mean(*text, {"default"}), ""});
    else
      route_.to = read_prefix(reader_, to, *text);
    has_target_ = route_.to.has_value();
  }

  /// `via`, `dev` and `on-link` of a route or of one of its next hops.
  NextHop read_hop(const Yaml& map, std::string_view what) {
    NextHop hop;
    TopologyPlaces::Way way;
    if (const Yaml* via = map.find("via")) {
      way.via_at = reader_.at(*via);
      const auto text = reader_.text(*via, "'via'");
      if (text) hop.via = IpAddress::parse(*text);
      if (text && !hop.via) reader_.mistake(*via, fmt::format("'{}' is not an address", *text));
    }
    if (const Yaml* dev = map.find("dev")) {
      way.dev_at = reader_.at(*dev);
      hop.dev = reader_.text(*dev, "'dev'").value_or("");
    }
    if (const Yaml* value = map.find("on-link")) {
      hop.on_link = reader_.boolean(*value, "'on-link'").value_or(false);
      if (hop.on_link && (!map.find("via") || !map.find("dev")))
        reader_.mistake(*value, fmt::format("'on-link' of {} needs 'via' and 'dev'", what));
    }
    if (route_.to && hop.via && route_.to->address.is_v6() != hop.via->is_v6())
      reader_.mistake(way.via_at, "'to' and 'via' of a route are of two families");
    way.hop = hop;
    ways_.push_back(way);
    return hop;
  }

  void read_way(const Yaml& map) {
    const NextHop hop = read_hop(map, "a route");
    route_.via = hop.via;
    route_.dev = hop.dev;
    route_.on_link = hop.on_link;
  }

  void read_nexthops(const Yaml& map) {
    const Yaml* value = map.find("nexthops");
    if (!value) return;
    if (map.find("via") || map.find("dev"))
      reader_.mistake(*value, "a route has 'nexthops', or 'via' and 'dev', not both");
    const auto* list = reader_.list(*value, "'nexthops'");
    if (!list) return;
    if (list->empty()) reader_.mistake(*value, "'nexthops' names no next hop");
    for (const Yaml& item : *list) {
      if (!reader_.check_map(item, "a next hop", keys_of(MapKind::next_hop))) continue;
      if (!item.find("via") && !item.find("dev"))
        reader_.mistake(item, "a next hop needs 'via' or 'dev'");
      NextHop hop = read_hop(item, "a next hop");
      if (const Yaml* weight = item.find("weight"))
        hop.weight =
            static_cast<uint32_t>(reader_.number(*weight, "'weight'", 1, kMostWeight).value_or(1));
      route_.nexthops.push_back(hop);
    }
  }

  void read_numbers(const Yaml& map) {
    if (const Yaml* table = map.find("table"))
      route_.table = read_table(reader_, *table).value_or(kMainTable);
    if (const Yaml* metric = map.find("metric"))
      if (const auto value = reader_.number(*metric, "'metric'", 0, UINT32_MAX))
        route_.metric = static_cast<uint32_t>(*value);
  }

  void read_source(const Yaml& map) {
    const Yaml* source = map.find("source");
    const auto text = source ? reader_.text(*source, "'source'") : std::nullopt;
    if (!text) return;
    route_.source = IpAddress::parse(*text);
    if (!route_.source)
      reader_.mistake(*source, fmt::format("'{}' is not an address", *text));
    else
      places_.sources.push_back({node_.name, *route_.source, reader_.at(*source)});
  }

  void read_type(const Yaml& map) {
    const Yaml* type = map.find("type");
    const auto text = type ? reader_.text(*type, "'type'") : std::nullopt;
    if (text) {
      const auto found = route_types().find(*text);
      if (found != route_types().end()) {
        route_.type = found->second;
      } else {
        std::vector<std::string> names;
        for (const auto& [name, value] : route_types()) names.push_back(name);
        const std::string note = did_you_mean(*text, names);
        reader_.mistake(
            *type, fmt::format("unknown type '{}' of a route", *text),
            {note, note.empty() ? fmt::format("the types are: {}", fmt::join(names, ", ")) : ""});
        return;
      }
    }
    const bool has_way = map.find("via") || map.find("dev") || map.find("nexthops");
    if (goes_somewhere(route_.type) && !has_way)
      reader_.mistake(map, "a route needs 'via' or 'dev'");
    if (!goes_somewhere(route_.type) && has_way)
      reader_.mistake(*type, fmt::format("a route of type {} leads nowhere: it has no 'via', 'dev' "
                                         "or 'nexthops'",
                                         *text));
  }

  Reader& reader_;
  Node& node_;
  TopologyPlaces& places_;
  Route route_;
  bool has_target_ = false;  // it says where it leads, and that can be read
  std::vector<TopologyPlaces::Way> ways_;
};

}  // namespace

std::optional<Prefix> read_prefix(Reader& reader, const Yaml& value, const std::string& text) {
  std::optional<Prefix> prefix = Prefix::parse(text);
  if (const auto address = IpAddress::parse(text))
    prefix = Prefix{*address, static_cast<uint8_t>(address->bytes().size() * 8)};
  if (!prefix) {
    reader.mistake(value, fmt::format("'{}' is not an address or a prefix", text));
    return std::nullopt;
  }
  const Prefix subnet = subnet_of(*prefix);
  if (subnet.address != prefix->address)
    reader.mistake(value, fmt::format("'{}' has bits set beyond its prefix", text),
                   {fmt::format("did you mean '{}'?", subnet.to_string()), ""});
  return prefix;
}

std::optional<uint32_t> read_table(Reader& reader, const Yaml& value) {
  // linux/rtnetlink.h: RT_TABLE_DEFAULT, RT_TABLE_MAIN, RT_TABLE_LOCAL.
  static const std::map<std::string, uint32_t> kNames{
      {"default", 253}, {"main", kMainTable}, {"local", 255}};
  const auto text = reader.text(value, "'table'");
  if (!text) return std::nullopt;
  if (const auto name = kNames.find(*text); name != kNames.end()) return name->second;
  const auto number = parse_unsigned(*text);
  if (number && *number >= 1 && *number <= UINT32_MAX) return static_cast<uint32_t>(*number);
  reader.mistake(value, fmt::format("'{}' is no table", *text),
                 {did_you_mean(*text, {"default", "main", "local"}),
                  "a table is main, local, default or a number from 1 to 4294967295"});
  return std::nullopt;
}

void read_routes(Reader& reader, const Yaml& value, Node& node, TopologyPlaces& places) {
  const auto* list = reader.list(value, "'routes'");
  if (!list) return;
  for (const Yaml& item : *list) RouteReader(reader, node, places).read(item);
}

}  // namespace fwproof::parse
