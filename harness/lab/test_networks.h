// Networks for the tests of lab/.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/topology.h"

namespace fwproof::lab {

inline Interface interface(const std::string& name, const std::string& prefix) {
  return {.name = name, .addresses = {*Prefix::parse(prefix)}};
}

inline Route default_via(const std::string& via) { return {.via = IpAddress::parse(via)}; }

inline Topology one_node() { return {.nodes = {{.name = "host"}}}; }

inline Topology lan() {
  return {.nodes = {{.name = "m", .interfaces = {interface("eth0", "192.168.11.104/24")}},
                    {.name = "w", .interfaces = {interface("eth0", "192.168.11.108/24")}}},
          .links = {{.endpoints = {{"m", "eth0"}, {"w", "eth0"}}}}};
}

inline Topology lan_ipv6() {
  Topology topology = lan();
  topology.nodes[0].interfaces = {interface("eth0", "2001:db8::104/64")};
  topology.nodes[1].interfaces = {interface("eth0", "2001:db8::108/64")};
  return topology;
}

/// A switch of its own, and a hidden bridge behind it.
inline Topology bridged() {
  Topology topology;
  topology.nodes = {{.name = "a", .interfaces = {interface("eth0", "10.0.0.1/24")}},
                    {.name = "b", .interfaces = {interface("eth0", "10.0.0.2/24")}},
                    {.name = "c", .interfaces = {interface("eth0", "10.0.0.3/24")}},
                    {.name = "sw", .bridge = true}};
  topology.links = {{.endpoints = {{"a", "eth0"}, {"sw", "p1"}}},
                    {.endpoints = {{"sw", "p2"}, {"b", "eth0"}, {"c", "eth0"}}}};
  return topology;
}

inline Topology nat_gateway() {
  Topology topology;
  topology.nodes = {
      {.name = "inside",
       .interfaces = {interface("eth0", "10.0.0.5/24")},
       .routes = {default_via("10.0.0.1")}},
      {.name = "gw",
       .forwarding = true,
       .interfaces = {interface("eth1", "10.0.0.1/24"), interface("eth0", "203.0.113.1/24")},
       .routes = {default_via("203.0.113.254")}},
      {.name = "remote",
       .interfaces = {interface("eth0", "203.0.113.254/24"), interface("lo", "8.8.8.8/32")}}};
  topology.links = {{.endpoints = {{"inside", "eth0"}, {"gw", "eth1"}}},
                    {.endpoints = {{"gw", "eth0"}, {"remote", "eth0"}}}};
  return topology;
}

}  // namespace fwproof::lab
