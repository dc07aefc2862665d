// The links of a topology, and what only the whole network shows to be wrong.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/text.h"
#include "parse/endpoint.h"
#include "parse/keys.h"
#include "parse/topology.h"
#include "parse/words.h"

namespace fwproof::parse {
namespace {

/// net/bridge/br_if.c, find_portno(): BR_MAX_PORTS numbers, of which 0 is taken.
constexpr size_t kMostPorts = 1023;
constexpr uint32_t kLeastMtu6 = 1280;

std::string to_string(const LinkEnd& end) { return end.node + ":" + end.dev; }

using NodeIndex = std::unordered_map<std::string, const Node*>;

NodeIndex index_nodes(const Topology& topology) {
  NodeIndex index;
  for (const Node& node : topology.nodes) index.emplace(node.name, &node);
  return index;
}

/// "web:eth0".
std::optional<LinkEnd> read_end(Reader& reader, const Yaml& value, const Topology& topology,
                                const NodeIndex& index) {
  Words words(reader, value, "an endpoint");
  const auto word = words.take_only("an endpoint like web:eth0");
  if (!word) return std::nullopt;
  const size_t colon = word->text.find(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == word->text.size()) {
    words.mistake(*word, fmt::format("'{}' is not an endpoint like web:eth0", word->text));
    return std::nullopt;
  }
  const LinkEnd end{word->text.substr(0, colon), word->text.substr(colon + 1)};
  if (!index.contains(end.node) && !find_node(words, *word, end.node, topology))
    return std::nullopt;
  if (end.dev == "lo") {
    words.mistake(*word, "lo is in no link", {}, colon + 1);
    return std::nullopt;
  }
  if (const std::string fault = device_name_fault(end.dev); !fault.empty()) {
    words.mistake(*word, fault, {}, colon + 1);
    return std::nullopt;
  }
  return end;
}

void read_link_kind(Reader& reader, const Yaml& kind, Link& link) {
  const auto text = reader.text(kind, "'kind'");
  link.bridge = text == "bridge";
  if (text && !link.bridge)
    reader.mistake(kind, fmt::format("unknown kind '{}' of a link", *text),
                   {did_you_mean(*text, {"bridge"}), "leave 'kind' out unless it is 'bridge'"});
}

/// The MTU of a link holds for each of its ends that says nothing itself.
void set_mtu(Topology& topology, const Link& link, uint32_t mtu) {
  for (const LinkEnd& end : link.endpoints) {
    const auto node = std::find_if(topology.nodes.begin(), topology.nodes.end(),
                                   [&](const Node& n) { return n.name == end.node; });
    const auto interface = std::find_if(node->interfaces.begin(), node->interfaces.end(),
                                        [&](const Interface& i) { return i.name == end.dev; });
    if (interface == node->interfaces.end())
      node->interfaces.push_back({end.dev, {}, mtu, link.at});
    else if (!interface->mtu)
      interface->mtu = mtu;
  }
}

void read_link(Reader& reader, const Yaml& map, Topology& topology, TopologyPlaces& places,
               const NodeIndex& index) {
  Link link;
  link.at = reader.at(map);
  if (const Yaml* kind = map.find("kind")) read_link_kind(reader, *kind, link);
  const Yaml* endpoints = reader.required(map, "endpoints", "a link needs 'endpoints'");
  const auto* ends = endpoints ? reader.list(*endpoints, "'endpoints'") : nullptr;
  if (!ends) {
    places.links_complete = false;
    return;
  }
  if (ends->size() < 2)
    reader.mistake(*endpoints, fmt::format("a link has two ends or more, not {}", ends->size()));
  std::vector<Location> at;
  for (const Yaml& end : *ends) {
    const auto read = read_end(reader, end, topology, index);
    if (!read) {
      places.links_complete = false;
      continue;
    }
    link.endpoints.push_back(*read);
    at.push_back(reader.at(end));
  }
  if (const Yaml* mtu = map.find("mtu"))
    if (const auto value = reader.number(*mtu, "'mtu'", kLeastMtu, kMostMtu))
      set_mtu(topology, link, static_cast<uint32_t>(*value));
  topology.links.push_back(std::move(link));
  places.ends.push_back(std::move(at));
}

class TopologyCheck {
 public:
  TopologyCheck(Reader& reader, const Topology& topology, const TopologyPlaces& places)
      : reader_(reader), topology_(topology), places_(places), nodes_(index_nodes(topology)) {
    for (const auto& address : places.addresses) addresses_[address.of].push_back(&address);
    for (const Link& link : topology.links)
      for (const LinkEnd& end : link.endpoints) ends_.insert(end);
  }

  void every_interface_is_linked() {
    for (const Node& node : topology_.nodes)
      for (const Interface& interface : node.interfaces)
        if (interface.name != "lo" && device_name_fault(interface.name).empty() &&
            !ends_.contains({node.name, interface.name}))
          reader_.mistake(
              interface.at,
              fmt::format("interface '{}' of node '{}' is in no link", interface.name, node.name),
              {"",
               fmt::format("name {}:{} in the endpoints of a link", node.name, interface.name)});
  }

  void no_end_is_in_two_links() {
    std::map<LinkEnd, Location> seen;
    for (size_t i = 0; i < topology_.links.size(); ++i)
      for (size_t j = 0; j < topology_.links[i].endpoints.size(); ++j) {
        const LinkEnd& end = topology_.links[i].endpoints[j];
        const auto [first, is_new] = seen.emplace(end, places_.ends[i][j]);
        if (!is_new)
          reader_.mistake(places_.ends[i][j], fmt::format("'{}' is an endpoint already, on line {}",
                                                          to_string(end), first->second.line));
      }
  }

  void ends_share_a_subnet() {
    for (const Link& link : topology_.links)
      for (size_t i = 1; i < link.endpoints.size(); ++i) check_subnet(link, i);
  }

  void no_address_is_on_two_nodes() {
    static const Prefix kLoopback = *Prefix::parse("127.0.0.0/8");
    static const Prefix kLinkLocal = *Prefix::parse("fe80::/10");
    std::map<IpAddress, const TopologyPlaces::Address*> seen;
    for (const auto& address : places_.addresses) {
      const IpAddress& ip = address.prefix.address;
      if (kLoopback.contains(ip) || kLinkLocal.contains(ip) || ip.to_string() == "::1") continue;
      const auto [first, is_new] = seen.emplace(ip, &address);
      if (!is_new && (first->second->of.node != address.of.node || first->second->of == address.of))
        reader_.mistake(address.at,
                        fmt::format("address {} of '{}' is that of '{}' too, on line {}",
                                    ip.to_string(), to_string(address.of),
                                    to_string(first->second->of), first->second->at.line));
    }
  }

  void bridges_are_only_bridges() {
    const auto refuse = [&](const Location& at, const std::string& node, const char* what) {
      reader_.mistake(at, fmt::format("node '{}' is a bridge, which has no {}", node, what),
                      {"", "give them to a node that is linked to the bridge"});
    };
    for (const auto& address : places_.addresses)
      if (nodes_.at(address.of.node)->bridge) refuse(address.at, address.of.node, "addresses");
    for (const Node& node : topology_.nodes) {
      if (!node.bridge) continue;
      if (!node.routes.empty()) refuse(node.routes.front().at, node.name, "routes");
      if (!node.services.empty()) refuse(node.services.front().at, node.name, "services");
    }
  }

  void bridges_have_room() {
    std::map<std::string, size_t> ports;
    for (size_t i = 0; i < topology_.links.size(); ++i) {
      const Link& link = topology_.links[i];
      if (link.endpoints.size() > kMostPorts)
        reader_.mistake(link.at, fmt::format("{} ends are more than the {} ports of a bridge",
                                             link.endpoints.size(), kMostPorts));
      for (size_t j = 0; j < link.endpoints.size(); ++j) {
        const std::string& node = link.endpoints[j].node;
        if (nodes_.at(node)->bridge && ++ports[node] == kMostPorts + 1)
          reader_.mistake(places_.ends[i][j],
                          fmt::format("bridge '{}' has more than {} ports", node, kMostPorts));
      }
    }
  }

  /// Where the MTU is less the kernel keeps IPv6 off the dev (IPV6_MIN_MTU, RFC 8200 section 5).
  void mtus_carry_ipv6() {
    for (const auto& address : places_.addresses) {
      if (!address.prefix.address.is_v6()) continue;
      for (const Interface& interface : nodes_.at(address.of.node)->interfaces)
        if (interface.name == address.of.dev && interface.mtu.value_or(kLeastMtu6) < kLeastMtu6)
          reader_.mistake(address.at,
                          fmt::format("'{}' has an MTU of {}, and IPv6 needs {}",
                                      to_string(address.of), *interface.mtu, kLeastMtu6));
    }
  }

  void routes_lead_on_link() {
    for (const auto& words : places_.routes) {
      const Node& node = *nodes_.at(words.node);
      if (!words.route.dev.empty() && !has_device(node, words)) continue;
      if (words.route.via) check_via(node, words);
    }
  }

 private:
  using Address = TopologyPlaces::Address;

  /// IPv4 addresses of an end that has a subnet at all.
  std::vector<const Address*> addresses_of(const LinkEnd& end) const {
    std::vector<const Address*> found;
    const auto all = addresses_.find(end);
    if (all == addresses_.end()) return found;
    for (const Address* address : all->second)
      if (!address->prefix.address.is_v6() && address->prefix.length < 32) found.push_back(address);
    return found;
  }

  void check_subnet(const Link& link, size_t index) {
    const auto own = addresses_of(link.endpoints[index]);
    const Address* other_end = nullptr;
    for (size_t i = 0; i < link.endpoints.size(); ++i) {
      if (i == index) continue;
      for (const Address* other : addresses_of(link.endpoints[i])) {
        if (!other_end) other_end = other;
        const auto shares = [&](const Address* mine) {
          return mine->prefix.contains(other->prefix.address) ||
                 other->prefix.contains(mine->prefix.address);
        };
        if (std::any_of(own.begin(), own.end(), shares)) return;
      }
    }
    if (own.empty() || !other_end) return;
    reader_.mistake(own.front()->at,
                    fmt::format("address {} of '{}' is not in the subnet of its link: {} has {}",
                                own.front()->prefix.to_string(), to_string(own.front()->of),
                                to_string(other_end->of), other_end->prefix.to_string()));
  }

  bool has_device(const Node& node, const TopologyPlaces::RouteWords& words) {
    const auto devices = device_names(topology_, node);
    if (std::find(devices.begin(), devices.end(), words.route.dev) != devices.end()) return true;
    reader_.mistake(words.dev_at,
                    fmt::format("node '{}' has no dev '{}'", node.name, words.route.dev),
                    {did_you_mean(words.route.dev, devices), ""});
    return false;
  }

  void check_via(const Node& node, const TopologyPlaces::RouteWords& words) {
    static const Prefix kLinkLocal = *Prefix::parse("fe80::/10");
    const IpAddress& via = *words.route.via;
    if (kLinkLocal.contains(via)) {
      if (words.route.dev.empty())
        reader_.mistake(words.via_at, "a link-local 'via' needs 'dev' as well");
      return;
    }
    for (const Interface& interface : node.interfaces)
      for (const Prefix& prefix : interface.addresses)
        if ((words.route.dev.empty() || words.route.dev == interface.name) && prefix.contains(via))
          return;
    const std::string own = address_list(node);
    reader_.mistake(words.via_at,
                    fmt::format("'{}' is in no subnet of node '{}'", via.to_string(), node.name),
                    {"", own.empty() ? "the node has no address" : "its addresses are: " + own});
  }

  Reader& reader_;
  const Topology& topology_;
  const TopologyPlaces& places_;
  NodeIndex nodes_;
  std::map<LinkEnd, std::vector<const Address*>> addresses_;
  std::set<LinkEnd> ends_;
};

}  // namespace

void read_links(Reader& reader, const Yaml& value, Topology& topology, TopologyPlaces& places) {
  const auto* list = reader.list(value, "'links'");
  if (!list) return;
  const NodeIndex index = index_nodes(topology);
  for (const Yaml& item : *list) {
    if (reader.check_map(item, "a link", keys_of(MapKind::link)))
      read_link(reader, item, topology, places, index);
    else
      places.links_complete = false;
  }
}

void check_topology(Reader& reader, const Topology& topology, const TopologyPlaces& places) {
  TopologyCheck check(reader, topology, places);
  if (places.links_complete) check.every_interface_is_linked();
  check.no_end_is_in_two_links();
  check.ends_share_a_subnet();
  check.no_address_is_on_two_nodes();
  check.bridges_are_only_bridges();
  check.bridges_have_room();
  check.mtus_carry_ipv6();
  check.routes_lead_on_link();
}

}  // namespace fwproof::parse
