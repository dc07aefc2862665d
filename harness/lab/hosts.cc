#include "lab/hosts.h"

namespace fwproof::lab {
namespace {

bool is_loopback(const IpAddress& address) {
  static const Prefix kLoopback4 = *Prefix::parse("127.0.0.0/8");
  static const Prefix kLoopback6 = *Prefix::parse("::1/128");
  return kLoopback4.contains(address) || kLoopback6.contains(address);
}

}  // namespace

std::string hosts_file(const Topology& topology) {
  std::string text = "127.0.0.1 localhost\n";
  if (topology.uses_ipv6()) text += "::1 localhost\n";
  for (const Node& node : topology.nodes)
    for (const Interface& interface : node.interfaces)
      for (const Prefix& prefix : interface.addresses)
        if (!is_loopback(prefix.address))
          text += prefix.address.to_string() + " " + node.name + "\n";
  return text;
}

}  // namespace fwproof::lab
