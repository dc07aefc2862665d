// What only the whole network shows to be wrong.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/text.h"
#include "parse/endpoint.h"
#include "parse/segments.h"
#include "parse/topology.h"

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
        if (interface.name != "lo" && !places_.of_a_kind.contains({node.name, interface.name}) &&
            device_name_fault(interface.name).empty() &&
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
          reader_.mistake(places_.ends[i][j],
                          fmt::format("'{}' is an endpoint already, on {}", to_string(end),
                                      place(first->second, places_.ends[i][j])));
      }
  }

  void ends_share_a_subnet() {
    for (const Link& link : topology_.links)
      for (size_t i = 1; i < link.endpoints.size(); ++i) check_subnet(link, i);
  }

  /// Where frames cannot go from one to the other, both may have it: anycast, or customers of one
  /// provider who number their networks alike. Two nodes may share one on purpose (VRRP).
  void no_address_is_twice_on_a_link() {
    static const Prefix kLoopback = *Prefix::parse("127.0.0.0/8");
    const Segments segments(topology_);
    std::map<IpAddress, std::vector<const Address*>> seen;
    for (const auto& address : places_.addresses) {
      const IpAddress& ip = address.prefix.address;
      if (kLoopback.contains(ip) || ip.to_string() == "::1") continue;
      auto& others = seen[ip];
      const auto same = std::find_if(others.begin(), others.end(), [&](const Address* other) {
        const bool on_purpose = other->shared && address.shared;
        return other->of == address.of || (other->of.node != address.of.node && !on_purpose &&
                                           segments.are_joined(other->of, address.of));
      });
      if (same != others.end())
        reader_.mistake(
            address.at,
            fmt::format("address {} of '{}' is that of '{}' too, on {}", ip.to_string(),
                        to_string(address.of), to_string((*same)->of),
                        place((*same)->at, address.at)),
            {"", address.shared || (*same)->shared ? "say 'shared: true' of both" : ""});
      others.push_back(&address);
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
    for (const auto& way : places_.ways) {
      const Node& node = *nodes_.at(way.node);
      if (!way.hop.dev.empty() && !has_device({way.node, way.hop.dev}, way.dev_at)) continue;
      if (way.hop.via && !way.hop.on_link) check_via(node, way);
    }
  }

  void devs_are_there() {
    for (const auto& dev : places_.devs) has_device(dev.dev, dev.at);
  }

  void sources_are_the_nodes_own() {
    for (const auto& source : places_.sources)
      if (!has_address(*nodes_.at(source.node), source.address))
        reader_.mistake(source.at, fmt::format("node '{}' has no address '{}'", source.node,
                                               source.address.to_string()));
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

  bool has_device(const LinkEnd& dev, const Location& at) {
    const auto devices = device_names(topology_, *nodes_.at(dev.node));
    if (std::find(devices.begin(), devices.end(), dev.dev) != devices.end()) return true;
    reader_.mistake(at, fmt::format("node '{}' has no dev '{}'", dev.node, dev.dev),
                    {did_you_mean(dev.dev, devices), ""});
    return false;
  }

  void check_via(const Node& node, const TopologyPlaces::Way& way) {
    static const Prefix kLinkLocal = *Prefix::parse("fe80::/10");
    const IpAddress& via = *way.hop.via;
    if (kLinkLocal.contains(via)) {
      if (way.hop.dev.empty())
        reader_.mistake(way.via_at, "a link-local 'via' needs 'dev' as well");
      return;
    }
    if (is_on_link(node, way)) return;
    const std::string own = address_list(node);
    reader_.mistake(way.via_at,
                    fmt::format("'{}' is in no subnet of node '{}'", via.to_string(), node.name),
                    {"", own.empty() ? "the node has no address" : "its addresses are: " + own});
  }

  /// By an address of the node, the other end of one, or a route without 'via'.
  static bool is_on_link(const Node& node, const TopologyPlaces::Way& way) {
    const IpAddress& via = *way.hop.via;
    const auto on_dev = [&](const std::string& dev) {
      return way.hop.dev.empty() || way.hop.dev == dev;
    };
    for (const Interface& interface : node.interfaces) {
      if (!on_dev(interface.name)) continue;
      for (const Prefix& prefix : interface.addresses)
        if (prefix.contains(via)) return true;
      for (const auto& [own, peer] : interface.peers)
        if (peer.contains(via)) return true;
    }
    return std::any_of(node.routes.begin(), node.routes.end(), [&](const Route& route) {
      const bool to_it = route.to ? route.to->contains(via) : route.is_v6() == via.is_v6();
      return !route.via && !route.dev.empty() && on_dev(route.dev) && to_it;
    });
  }

  Reader& reader_;
  const Topology& topology_;
  const TopologyPlaces& places_;
  NodeIndex nodes_;
  std::map<LinkEnd, std::vector<const Address*>> addresses_;
  std::set<LinkEnd> ends_;
};

}  // namespace

void check_topology(Reader& reader, const Topology& topology, const TopologyPlaces& places) {
  TopologyCheck check(reader, topology, places);
  if (places.links_complete) check.every_interface_is_linked();
  check.no_end_is_in_two_links();
  check.ends_share_a_subnet();
  check.no_address_is_twice_on_a_link();
  check.bridges_are_only_bridges();
  check.bridges_have_room();
  check.mtus_carry_ipv6();
  check.routes_lead_on_link();
  check.devs_are_there();
  check.sources_are_the_nodes_own();
  check_devices(reader, topology, places);
}

}  // namespace fwproof::parse
