#include "lab/lab.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <cassert>
#include <chrono>
#include <utility>

#include "base/error.h"
#include "lab/sysctl.h"
#include "nl/address_watch.h"
#include "nl/link.h"
#include "nl/route.h"
#include "plan/plan.h"

namespace fwproof::lab {
namespace {

std::array<uint8_t, 6> mac_bytes(uint32_t number) {
  return {2,
          0,
          0,
          static_cast<uint8_t>(number >> 16),
          static_cast<uint8_t>(number >> 8),
          static_cast<uint8_t>(number)};
}

nl::Device device(const std::string& name, uint32_t number, std::optional<uint32_t> mtu) {
  return {name, static_cast<int>(number), mac_bytes(number), mtu};
}

std::string at(const LinkEnd& end) { return "'" + end.node + ":" + end.dev + "'"; }
std::string in_node(const std::string& node) { return "node '" + node + "': "; }

}  // namespace

/// Carries out one step after the other.
class Lab::Builder {
 public:
  Builder(Lab& lab, const std::string& file) : lab_(lab), file_(file) {}

  void operator()(const plan::MakeNetns& step) {
    nl::Netns netns = nl::Netns::create();
    const nl::NetnsScope scope(netns);
    nl::Socket route(NETLINK_ROUTE);
    lab_.places_.emplace(step.node, Place{std::move(netns), std::move(route), {}});
    index_[{step.node, "lo"}] = nl::kLoopbackIndex;
  }

  void operator()(const plan::SetSysctl& step) {
    const std::string where = (file_.empty() ? "" : file_ + ": ") + "node '" + step.node + "'";
    set_sysctl(lab_.netns(step.node), where, step.key, step.value,
               step.optional ? IfMissing::ignore : IfMissing::fail);
  }

  void operator()(const plan::AddVeth& step) {
    nl::add_veth(socket(step.a.node), device(step.a.dev, step.number_a, step.mtu_a),
                 lab_.netns(step.b.node), device(step.b.dev, step.number_b, step.mtu_b),
                 "make the link " + at(step.a) + " to " + at(step.b));
    index_[step.a] = static_cast<int>(step.number_a);
    index_[step.b] = static_cast<int>(step.number_b);
  }

  void operator()(const plan::AddBridge& step) {
    nl::add_bridge(socket(step.node), device(step.dev, step.number, {}),
                   in_node(step.node) + "make the bridge '" + step.dev + "'");
    index_[{step.node, step.dev}] = static_cast<int>(step.number);
  }

  void operator()(const plan::AddPort& step) {
    const std::string attempt = "make " + at({step.node, step.dev}) + " a port of the bridge";
    nl::add_port(socket(step.node), index(step.node, step.dev, attempt),
                 index(step.node, step.bridge, attempt), attempt);
  }

  void operator()(const plan::AddAddress& step) {
    const std::string attempt =
        "add the address " + step.prefix.to_string() + " to " + at({step.node, step.dev});
    const int dev = index(step.node, step.dev, attempt);
    if (step.prefix.address.is_v6()) watch(step.node).expect(dev, step.prefix.address);
    nl::add_address(socket(step.node), dev, step.prefix, attempt);
  }

  void operator()(const plan::SetNeighbours& step) {
    const std::string attempt = "set the neighbour times of " + at({step.node, step.dev});
    nl::set_neighbours(socket(step.node), index(step.node, step.dev, attempt),
                       step.v6 ? AF_INET6 : AF_INET, plan::kNeighbourRetransMs,
                       plan::kNeighbourProbes, attempt);
  }

  void operator()(const plan::BringUp& step) {
    const std::string attempt = "bring up " + at({step.node, step.dev});
    nl::bring_up(socket(step.node), index(step.node, step.dev, attempt), attempt);
  }

  void operator()(const plan::SyncCarrier& step) {
    nl::sync_carrier(socket(step.node), step.dev, "bring up " + at({step.node, step.dev}));
  }

  void operator()(const plan::AddRoute& step) {
    const Route& route = step.route;
    std::string attempt = in_node(step.node) + "add the route ";
    attempt += route.to ? route.to->to_string() : "default";
    if (route.via) attempt += " via " + route.via->to_string();
    if (!route.dev.empty()) attempt += " dev " + route.dev;
    const int out = route.dev.empty() ? 0 : index(step.node, route.dev, attempt);
    nl::add_route(socket(step.node), route.to, route.via, out, attempt);
  }

  void wait_for_addresses() {
    const Deadline deadline = Deadline::after(std::chrono::seconds(10));
    for (auto& [node, watch] : watches_)
      watch.wait(deadline, in_node(node) + "wait for its addresses");
  }

 private:
  nl::AddressWatch& watch(const std::string& node) {
    const auto found = watches_.find(node);
    if (found != watches_.end()) return found->second;
    const nl::NetnsScope scope(lab_.netns(node));
    return watches_[node];
  }

  nl::Socket& socket(const std::string& node) { return lab_.route_socket(node); }

  int index(const std::string& node, const std::string& dev, const std::string& attempt) const {
    const auto found = index_.find({node, dev});
    if (found != index_.end()) return found->second;
    throw MachineError(attempt, "there is no dev '" + dev + "' in node '" + node + "'");
  }

  Lab& lab_;
  const std::string& file_;
  std::map<LinkEnd, int> index_;
  std::map<std::string, nl::AddressWatch> watches_;  // of nodes with IPv6 addresses
};

Lab::Lab(const Topology& topology) {
  Builder builder(*this, topology.file);
  for (const auto& step : plan::plan_network(topology)) std::visit(builder, step);
  builder.wait_for_addresses();
  for (const auto& node : topology.nodes) names_.push_back(node.name);
}

const nl::Netns& Lab::netns(const std::string& node) const {
  const auto found = places_.find(node);
  assert(found != places_.end());
  return found->second.netns;
}

nl::Socket& Lab::route_socket(const std::string& node) {
  const auto found = places_.find(node);
  assert(found != places_.end());
  return found->second.route;
}

const PrivateFiles& Lab::own_files(const std::string& node, Backend backend) {
  Place& place = places_.at(node);
  if (!place.files) place.files.emplace(place.netns, node, backend);
  return *place.files;
}

}  // namespace fwproof::lab
