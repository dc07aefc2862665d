#include "lab/lab.h"

#include <linux/netlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cassert>
#include <cerrno>
#include <chrono>
#include <utility>

#include "base/deadline.h"
#include "base/error.h"
#include "lab/devices.h"
#include "lab/hosts.h"
#include "lab/routes.h"
#include "lab/sysctl.h"
#include "nl/device.h"
#include "nl/link.h"
#include "nl/netem.h"
#include "nl/route.h"
#include "nl/tentative.h"
#include "nl/wireguard.h"
#include "plan/plan.h"

namespace fwproof::lab {
namespace {

/// Microseconds as a rule, and a second or two where a node's sysctls ask for duplicate address
/// detection.
constexpr std::chrono::seconds kAddressesReady{20};

/// To make one takes as long as it saves with a few nodes (lab/sysctl.h).
constexpr size_t kNodesToAProcfs = 16;

std::string at(const LinkEnd& end) { return "'" + end.node + ":" + end.dev + "'"; }
std::string in_node(const std::string& node) { return "node '" + node + "': "; }

void await_addresses(const nl::Netns& netns, const std::string& node) {
  nl::await_addresses(netns, Deadline::after(kAddressesReady),
                      in_node(node) + "wait for its IPv6 addresses");
}

}  // namespace

/// Carries out one step after the other.
class Lab::Builder {
 public:
  Builder(Lab& lab, const std::string& file) : lab_(lab), file_(file) {}

  void operator()(const plan::MakeNetns& step) {
    inside_.reset();
    if (++made_ % kNodesToAProcfs == 0) procfs_ = own_procfs();
    nl::Netns netns = nl::Netns::create();
    inside_.emplace(netns);
    nl::Socket route(NETLINK_ROUTE);
    lab_.places_.emplace(step.node, Place{std::move(netns), std::move(route), {}});
    index_[{step.node, "lo"}] = nl::kLoopbackIndex;
  }

  void operator()(const plan::SetSysctl& step) {
    const std::string where = (file_.empty() ? "" : file_ + ": ") + "node '" + step.node + "'";
    set_sysctl(lab_.netns(step.node), where, step.key, step.value,
               step.optional ? IfMissing::ignore : IfMissing::fail, procfs_);
  }

  void operator()(const plan::AddVeth& step) {
    const auto end = [](const LinkEnd& of, uint32_t number, const MacAddress& mac, auto mtu) {
      return nl::NewLink{of.dev, static_cast<int>(number), mac, mtu};
    };
    nl::add_veth(socket(step.a.node), end(step.a, step.number_a, step.mac_a, step.mtu_a),
                 lab_.netns(step.b.node), end(step.b, step.number_b, step.mac_b, step.mtu_b),
                 "make the link " + at(step.a) + " to " + at(step.b));
    lab_.veths_.emplace_back(step.a, step.b);
    index_[step.a] = static_cast<int>(step.number_a);
    index_[step.b] = static_cast<int>(step.number_b);
  }

  void operator()(const plan::AddDevice& step) {
    const std::string attempt = in_node(step.node) + "make the " +
                                std::string(kind_of(step.device)) + " '" + step.dev + "'";
    const std::string below(link_of(step.device));
    const int link = below.empty() ? 0 : index(step.node, below, attempt);
    add_device({lab_.netns(step.node), socket(step.node), link}, step, attempt);
    index_[{step.node, step.dev}] = static_cast<int>(step.number);
  }

  void operator()(const plan::AddPort& step) {
    const std::string attempt =
        "make " + at({step.node, step.dev}) + " a port of '" + step.master + "'";
    nl::add_port(socket(step.node), index(step.node, step.dev, attempt),
                 index(step.node, step.master, attempt), attempt);
  }

  void operator()(const plan::AddPortVlan& step) {
    const std::string attempt =
        "let VLAN " + std::to_string(step.vlan.id) + " through " + at({step.node, step.dev});
    nl::add_port_vlan(socket(step.node),
                      {index(step.node, step.dev, attempt), step.self, step.vlan.id, step.vlan.pvid,
                       step.vlan.untagged},
                      attempt);
  }

  void operator()(const plan::RemovePortVlan& step) {
    const std::string attempt =
        "take VLAN " + std::to_string(step.id) + " from " + at({step.node, step.dev});
    nl::remove_port_vlan(socket(step.node),
                         {index(step.node, step.dev, attempt), step.self, step.id}, attempt);
  }

  void operator()(const plan::SetWireguard& step) {
    const std::string attempt = "set up " + at({step.node, step.dev});
    nl::set_wireguard(lab_.netns(step.node), index(step.node, step.dev, attempt),
                      plan::wireguard_key(step.number), step.port, attempt);
  }

  void operator()(const plan::AddWireguardPeer& step) {
    const std::string attempt =
        "make " + at({step.peer.node, step.peer.dev}) + " a peer of " + at({step.node, step.dev});
    const auto key = nl::wireguard_public_key(
        lab_.netns(step.peer.node), index(step.peer.node, step.peer.dev, attempt), attempt);
    nl::add_wireguard_peer(lab_.netns(step.node), index(step.node, step.dev, attempt),
                           {key, step.peer.endpoint, step.peer.allowed}, attempt);
  }

  void operator()(const plan::AddAddress& step) {
    const std::string attempt =
        "add the address " + step.prefix.to_string() + " to " + at({step.node, step.dev});
    nl::add_address(socket(step.node), index(step.node, step.dev, attempt), step.prefix, step.peer,
                    attempt);
  }

  void operator()(const plan::SetNeighbours& step) {
    const std::string attempt = "set the neighbour times of " + at({step.node, step.dev});
    nl::set_neighbours(
        socket(step.node), index(step.node, step.dev, attempt), step.v6 ? AF_INET6 : AF_INET,
        {plan::kNeighbourRetransMs, plan::kNeighbourProbes, plan::kProxyDelayMs}, attempt);
  }

  void operator()(const plan::BringUp& step) {
    const std::string attempt = "bring up " + at({step.node, step.dev});
    nl::bring_up(socket(step.node), index(step.node, step.dev, attempt), attempt);
  }

  void operator()(const plan::SyncCarrier& step) {
    nl::sync_carrier(socket(step.node), step.dev, "bring up " + at({step.node, step.dev}));
  }

  void operator()(const plan::AwaitAddresses& step) {
    await_addresses(lab_.netns(step.node), step.node);
  }

  void operator()(const plan::SetNetem& step) {
    const std::string attempt = "put netem on " + at({step.node, step.dev});
    const Netem& netem = step.netem;
    nl::set_netem(socket(step.node), index(step.node, step.dev, attempt),
                  {netem.delay_us, netem.jitter_us, netem.loss, netem.duplicate, netem.corrupt,
                   netem.reorder},
                  attempt);
  }

  void operator()(const plan::AddNeighbour& step) {
    const std::string attempt =
        "make " + step.address.to_string() + " a neighbour on " + at({step.node, step.dev});
    nl::add_neighbour(socket(step.node), index(step.node, step.dev, attempt), step.address,
                      step.mac, attempt);
  }

  void operator()(const plan::AddRoute& step) {
    const std::string attempt = in_node(step.node) + "add the route " + describe(step.route);
    nl::add_route(socket(step.node),
                  to_entry(step.route,
                           [&](const std::string& dev) {
                             return dev.empty() ? 0 : index(step.node, dev, attempt);
                           }),
                  attempt);
  }

  void operator()(const plan::AddPolicyRule& step) {
    nl::add_rule(
        socket(step.node), to_entry(step.rule),
        in_node(step.node) + "add the rule of priority " + std::to_string(step.rule.priority));
  }

 private:
  nl::Socket& socket(const std::string& node) { return lab_.route_socket(node); }

  int index(const std::string& node, const std::string& dev, const std::string& attempt) const {
    const auto found = index_.find({node, dev});
    if (found != index_.end()) return found->second;
    throw MachineError(attempt, "there is no dev '" + dev + "' in node '" + node + "'");
  }

  Lab& lab_;
  const std::string& file_;
  size_t made_ = 0;  // namespaces
  UniqueFd procfs_;
  std::optional<nl::NetnsScope> inside_;  // the latest namespace, whose sysctls are set next
  std::map<LinkEnd, int> index_;
};

Lab::Lab(const Topology& topology) {
  Builder builder(*this, topology.file);
  for (const auto& step : plan::plan_network(topology)) std::visit(builder, step);
  for (const auto& node : topology.nodes) names_.push_back(node.name);
  hosts_ = hosts_file(topology);
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

void Lab::set_link(const LinkEnd& end, bool up) {
  const std::string attempt = (up ? "bring up " : "take down ") + at(end);
  Place& place = places_.at(end.node);
  const unsigned index = [&] {
    const nl::NetnsScope inside(place.netns);
    return if_nametoindex(end.dev.c_str());
  }();
  if (index == 0) throw MachineError::from_errno(attempt, errno);
  if (up)
    nl::bring_up(place.route, static_cast<int>(index), attempt);
  else
    nl::take_down(place.route, static_cast<int>(index), attempt);
  for (const auto& [a, b] : veths_)
    if (a == end || b == end)
      for (const LinkEnd& one : {a, b})
        nl::settle_carrier(route_socket(one.node), one.dev, attempt);
  if (up) await_addresses(place.netns, end.node);
}

void Lab::keep(UniqueFd rules_socket) {
  if (rules_socket.valid()) rules_sockets_.push_back(std::move(rules_socket));
}

const PrivateFiles& Lab::own_files(const std::string& node, Backend backend) {
  Place& place = places_.at(node);
  if (!place.files) place.files.emplace(place.netns, node, backend);
  return *place.files;
}

}  // namespace fwproof::lab
