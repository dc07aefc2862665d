#include "run/features.h"

#include <fmt/format.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/route/link.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/tc.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <map>
#include <memory>
#include <mutex>

#include "base/error.h"
#include "base/programs.h"
#include "lab/rules.h"
#include "nl/device.h"
#include "nl/link.h"
#include "nl/netns.h"
#include "nl/route.h"
#include "nl/socket.h"

namespace fwproof::run {
namespace {

constexpr int kLoopback = 1;  // the number of lo in every namespace

void probe_file(const std::string& path) {
  if (access(path.c_str(), F_OK) != 0) throw MachineError("look for " + path, "not there");
}

void probe_qdisc(const char* kind) {
  const nl::Netns netns = nl::Netns::create();
  const nl::NetnsScope inside(netns);
  nl::Socket socket(NETLINK_ROUTE);
  const std::unique_ptr<rtnl_qdisc, decltype(&rtnl_qdisc_put)> qdisc(rtnl_qdisc_alloc(),
                                                                     rtnl_qdisc_put);
  rtnl_tc_set_ifindex(TC_CAST(qdisc.get()), kLoopback);
  rtnl_tc_set_parent(TC_CAST(qdisc.get()), TC_H_ROOT);
  nl::check(rtnl_tc_set_kind(TC_CAST(qdisc.get()), kind), "choose a queueing discipline");
  nl_msg* request = nullptr;
  nl::check(rtnl_qdisc_build_add_request(qdisc.get(), NLM_F_CREATE, &request), "describe it");
  const nl::Message message(request);
  socket.request(message.get(), fmt::format("make a {} queueing discipline", kind));
}

void probe_rules(const std::string& nft) {
  RulesFile file;
  file.kind = RulesFile::Kind::nft;
  file.path = "probe";
  file.text = nft;
  lab::load_rules(nl::Netns::create(), "probe", Backend::nft, file);
}

void probe_arptables_legacy() {
  RulesFile file;
  file.family = Family::arp;
  file.path = "probe";
  file.text = "*filter\n:INPUT ACCEPT\nCOMMIT\n";
  lab::load_rules(nl::Netns::create(), "probe", Backend::iptables_legacy, file);
}

void probe_own_conntrack_max() {
  const char* const kFile = "/proc/sys/net/netfilter/nf_conntrack_max";
  const nl::Netns netns = nl::Netns::create();
  const nl::NetnsScope inside(netns);
  if (access(kFile, W_OK) != 0)
    throw MachineError::from_errno(std::string("write ") + kFile, errno);
}

void probe_multipath() {
  const nl::Netns netns = nl::Netns::create();
  const nl::NetnsScope inside(netns);
  nl::Socket socket(NETLINK_ROUTE);
  nl::bring_up(socket, kLoopback, "bring up lo");
  nl::RouteEntry route{.family = AF_INET,
                       .type = RTN_UNICAST,
                       .table = RT_TABLE_MAIN,
                       .destination = Prefix::parse("192.0.2.0/24")};
  route.hops = {{.out_index = kLoopback}, {.out_index = kLoopback, .weight = 2}};
  nl::add_route(socket, route, "add a multipath route");
}

void probe_tun() {
  const nl::Netns netns = nl::Netns::create();
  const nl::NetnsScope inside(netns);
  nl::add_tun({.name = "probe", .index = 2}, false, "make a tun device");
}

void probe_vlan_filtering() {
  const nl::Netns netns = nl::Netns::create();
  const nl::NetnsScope inside(netns);
  nl::Socket socket(NETLINK_ROUTE);
  const nl::NewLink bridge{.name = "probe", .index = 2};
  nl::add_bridge(socket, bridge, true, "make a bridge with VLAN filtering");
}

Feature link_kind(const std::string& kind, const std::string& config) {
  return {kind, "a kernel with " + config, [kind] { probe_link_kind(kind); }};
}

/// Whether the kernel takes this rule. `chain` is its base chain's type, hook and priority.
Feature rule(const std::string& name, const std::string& config, const std::string& family,
             const std::string& chain, const std::string& text) {
  const std::string nft = fmt::format("table {} probe {{\n chain c {{\n  type {};\n  {}\n }}\n}}\n",
                                      family, chain, text);
  return {name, "a kernel with " + config, [nft] { probe_rules(nft); }};
}

Feature program(const std::string& name) {
  return {name, "apt-get install " + name, [name] {
            if (!find_program(name))
              throw MachineError("look for the program " + name, "not there");
          }};
}

Feature file(const std::string& name, const std::string& config, const std::string& path) {
  return {name, "a kernel with " + config, [path] { probe_file(path); }};
}

bool has(const Feature& feature) {
  static std::mutex mutex;
  static std::map<std::string, bool> known;
  const std::lock_guard lock(mutex);
  const auto found = known.find(feature.name);
  if (found != known.end()) return found->second;
  bool works = true;
  try {
    feature.attempt();
  } catch (const std::runtime_error&) {
    works = false;
  }
  return known[feature.name] = works;
}

}  // namespace

void probe_link_kind(const std::string& kind) {
  const nl::Netns netns = nl::Netns::create();
  const nl::NetnsScope inside(netns);
  nl::Socket socket(NETLINK_ROUTE);
  const std::unique_ptr<rtnl_link, decltype(&rtnl_link_put)> link(rtnl_link_alloc(), rtnl_link_put);
  rtnl_link_set_name(link.get(), "probe");
  nl::check(rtnl_link_set_type(link.get(), kind.c_str()), "choose a kind of device");
  nl_msg* request = nullptr;
  nl::check(rtnl_link_build_add_request(link.get(), NLM_F_CREATE, &request), "describe the device");
  const nl::Message message(request);
  nlmsg_hdr(message.get())->nlmsg_flags |= NLM_F_ACK | NLM_F_REQUEST;
  const std::string attempt = fmt::format("make a {} device", kind);
  const int error_number = socket.ask(message.get(), attempt, [](nlmsghdr*) {});
  // A kind that is known may want to be told more first: a vlan its link, a vrf its table.
  if (error_number != 0 && error_number != EINVAL)
    throw MachineError::from_errno(attempt, error_number);
}

const std::vector<Feature>& features() {
  static const std::vector<Feature> kFeatures{
      {"arptables_legacy",
       "a kernel with CONFIG_IP_NF_ARPTABLES and an arptables-legacy-restore that works",
       probe_arptables_legacy},
      file("br_netfilter", "CONFIG_BRIDGE_NETFILTER: modprobe br_netfilter",
           "/proc/sys/net/bridge/bridge-nf-call-iptables"),
      rule("bridge_conntrack", "CONFIG_NF_CONNTRACK_BRIDGE", "bridge",
           "filter hook forward priority 0", "ct state established accept"),
      rule("bridge_reject", "CONFIG_NFT_BRIDGE_REJECT", "bridge",
           "filter hook prerouting priority 0", "reject"),
      {"conntrack_max", "a kernel where each network namespace has its own nf_conntrack_max",
       [] { probe_own_conntrack_max(); }},
      link_kind("dummy", "CONFIG_DUMMY"),
      program("firewalld"),
      {"flowtable", "a kernel with CONFIG_NF_FLOW_TABLE and CONFIG_NFT_FLOW_OFFLOAD",
       [] {
         probe_rules(
             "table ip probe {\n flowtable f { hook ingress priority 0; devices = { lo }; }\n}\n");
       }},
      link_kind("gre", "CONFIG_NET_IPGRE"),
      file("ip_vs", "CONFIG_IP_VS", "/proc/net/ip_vs"),
      link_kind("ipip", "CONFIG_NET_IPIP"),
      file("kprobes", "CONFIG_KPROBE_EVENTS", "/sys/bus/event_source/devices/kprobe"),
      link_kind("macvlan", "CONFIG_MACVLAN"),
      {"multipath", "a kernel with CONFIG_IP_ROUTE_MULTIPATH", probe_multipath},
      {"netem", "a kernel with CONFIG_NET_SCH_NETEM", [] { probe_qdisc("netem"); }},
      rule("nf_tables_arp", "CONFIG_NF_TABLES_ARP", "arp", "filter hook input priority 0",
           "accept"),
      {"nftables_examples", "the documentation of the package nftables",
       [] { probe_file("/usr/share/doc/nftables/examples/workstation.nft"); }},
      program("perl"),
      {"secmark", "SELinux, with a policy that knows ssh_server_packet_t",
       [] {
         probe_rules(
             "table inet probe {\n secmark s {\n  "
             "\"system_u:object_r:ssh_server_packet_t:s0\"\n }\n}\n");
       }},
      link_kind("sit", "CONFIG_IPV6_SIT"),
      rule("synproxy", "CONFIG_NFT_SYNPROXY and CONFIG_IP_NF_TARGET_SYNPROXY", "ip",
           "filter hook forward priority 0", "tcp dport 80 synproxy mss 1460 wscale 7"),
      rule("tproxy", "CONFIG_NFT_TPROXY and CONFIG_NETFILTER_XT_TARGET_TPROXY", "ip",
           "filter hook prerouting priority 0", "tcp dport 80 tproxy to :3128"),
      {"tun", "a kernel with CONFIG_TUN, and leave to open /dev/net/tun", probe_tun},
      program("ufw"),
      link_kind("vlan", "CONFIG_VLAN_8021Q"),
      {"vlan_filtering", "a kernel with CONFIG_BRIDGE_VLAN_FILTERING", probe_vlan_filtering},
      link_kind("vrf", "CONFIG_NET_VRF"),
      link_kind("vxlan", "CONFIG_VXLAN"),
      link_kind("wireguard", "CONFIG_WIREGUARD"),
  };
  return kFeatures;
}

std::string missing_feature(const std::vector<std::string>& needs) {
  for (const std::string& name : needs) {
    const auto feature = std::find_if(features().begin(), features().end(),
                                      [&](const Feature& f) { return f.name == name; });
    assert(feature != features().end());
    if (!has(*feature)) return fmt::format("needs {}: {}", feature->name, feature->cure);
  }
  return {};
}

}  // namespace fwproof::run
