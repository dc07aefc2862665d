// `fwproof doctor`: tries, in namespaces of its own, everything that fwproof builds on, and says
// what works, what does not, and what to do about it. It probes features, never versions.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/programs.h"
#include "base/text.h"
#include "lab/lab.h"
#include "nl/netns.h"
#include "observe/capture.h"
#include "observe/conntrack_tap.h"
#include "observe/trace_table.h"
#include "observe/trace_tap.h"
#include "run/cli.h"
#include "run/features.h"
#include "run/privilege.h"

namespace fwproof::run {
namespace {

struct Probe {
  std::string what;
  std::string needed_for;  // empty: everything
  std::string cure;
  std::function<void()> attempt;  // throws MachineError if it does not work
  bool in_netns = true;           // needs what `privilege` gives
};

Probe tool(const std::string& name, const std::string& package, const std::string& needed_for) {
  return {"program " + name, needed_for, "apt-get install " + package,
          [name] {
            if (!find_program(name)) throw MachineError("look for " + name, "not found");
          },
          false};
}

Topology one_node() {
  Topology topology;
  topology.nodes.emplace_back();
  topology.nodes.back().name = "probe";
  return topology;
}

void open_trace(bool legacy, bool ipv6) {
  const lab::Lab lab(one_node());
  const nl::Netns& netns = lab.netns("probe");
  observe::TraceTable table(netns, "probe", {.ipv6 = ipv6});
  observe::Listener listener(1);
  const observe::TraceTap tap(listener.listen(netns, "probe"), table, netns, legacy, false);
}

void ask_conntrack() {
  const nl::Netns netns = nl::Netns::create();
  const nl::NetnsScope scope(netns);
  observe::Listener listener(1);
  nl::Socket questions(NETLINK_NETFILTER);
  observe::ConntrackTap(listener.listen(netns, "probe"), questions).flush();
}

void open_capture() {
  const lab::Lab lab(one_node());
  observe::Capture capture(lab.netns("probe"), "probe", "lo", "", "");
  std::vector<std::string> lost;
  capture.finish(lost);
}

std::vector<Probe> required() {
  return {
      {"network namespaces", "", "a kernel with CONFIG_NET_NS", [] { nl::Netns::create(); }},
      {"veth devices", "", "a kernel with CONFIG_VETH: modprobe veth",
       [] { probe_link_kind("veth"); }},
      {"nf_tables and its trace", "", "a kernel with CONFIG_NF_TABLES and nf_tables_inet",
       [] { open_trace(false, false); }},
      {"conntrack over netlink", "",
       "a kernel with CONFIG_NF_CT_NETLINK: modprobe nf_conntrack_netlink", ask_conntrack},
      {"packet capture", "", "a kernel with CONFIG_PACKET", open_capture},
  };
}

std::vector<Probe> optional() {
  std::vector<Probe> probes{
      tool("iptables-nft-restore", "iptables", "backend iptables-nft"),
      tool("ip6tables-nft-restore", "iptables", "backend iptables-nft, IPv6"),
      tool("iptables-legacy-restore", "iptables", "backend iptables-legacy"),
      tool("ip6tables-legacy-restore", "iptables", "backend iptables-legacy, IPv6"),
      {"legacy tables' trace", "backend iptables-legacy",
       "a kernel with CONFIG_NETFILTER_NETLINK_LOG: modprobe nfnetlink_log",
       [] { open_trace(true, false); }},
      {"headers of IPv6", "topologies with IPv6",
       "a kernel with CONFIG_NETFILTER_NETLINK_LOG and CONFIG_NFT_LOG: modprobe nfnetlink_log "
       "nft_log",
       [] { open_trace(false, true); }},
      {"bridge devices", "networks of more than two ends", "a kernel with CONFIG_BRIDGE",
       [] { probe_link_kind("bridge"); }},
  };
  for (const Feature& feature : features())
    probes.push_back({feature.name, fmt::format("cases with 'needs: {}'", feature.name),
                      feature.cure, feature.attempt});
  return probes;
}

/// Prints one line; true if it works.
bool report(const Probe& probe, bool privileged = true) {
  if (probe.in_netns && !privileged) {
    fmt::print("  unknown  {}: it takes a network namespace\n", probe.what);
    return false;
  }
  try {
    probe.attempt();
    fmt::print("  ok       {}\n", probe.what);
    return true;
  } catch (const std::exception& error) {
    const std::string scope = probe.needed_for.empty() ? "" : " (for " + probe.needed_for + ")";
    fmt::print("  missing  {}{}: {}\n           cure: {}\n", probe.what, scope,
               printable(error.what()), probe.cure);
    return false;
  }
}

/// Leaves the host's network, which every probe but those of tools builds on.
bool report_privilege() {
  try {
    leave_host_network();
    fmt::print("  ok       privilege\n");
    return true;
  } catch (const MachineError& no) {
    fmt::print("  missing  privilege: {}\n           cure: {}\n", printable(no.what()), no.hint());
    return false;
  }
}

}  // namespace

int doctor_command() {
  utsname kernel{};
  uname(&kernel);
  const bool root = geteuid() == 0;
  fmt::print("{} {}, {}\n", kernel.sysname, kernel.release,
             root ? "as root" : "as an ordinary user, through a user namespace");
  fmt::print("needed by every case\n");
  const bool privileged = report_privilege();
  bool all = privileged;
  for (const Probe& probe : required()) all &= report(probe, privileged);
  fmt::print("needed by some\n");
  for (const Probe& probe : optional()) report(probe, privileged);
  fmt::print("{}\n", all ? "fwproof can run here" : "fwproof cannot run here until that is cured");
  return all ? kPassed : kMachine;
}

}  // namespace fwproof::run
