// Devices, routes and rules of a topology, as this kernel has them once a Lab has made them.
#include "lab/devices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "base/error.h"
#include "lab/lab.h"
#include "lab/program.h"
#include "lab/routes.h"
#include "lab/test_networks.h"
#include "nl/link.h"

namespace fwproof::lab {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

std::string attribute(const Lab& lab, const std::string& node, const std::string& path) {
  const nl::NetnsScope inside(lab.netns(node));
  // sysfs shows the namespace that it was mounted in; procfs that of the reader.
  std::ifstream file("/proc/thread-self/net/" + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Interface device(const std::string& name, Device kind, const std::string& prefix = "") {
  Interface made{.name = name};
  if (!prefix.empty()) made.addresses.push_back(*Prefix::parse(prefix));
  made.device = std::move(kind);
  return made;
}

std::string mac(Lab& lab, const std::string& node, const std::string& dev) {
  return nl::mac_of(lab.route_socket(node), dev, "read a MAC address").to_string();
}

std::string error_of(const Topology& topology) {
  try {
    const Lab lab(topology);
  } catch (const MachineError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Devices, HaveTheMacThatIsFixed) {
  Topology topology = lan();
  topology.nodes[0].interfaces[0].mac = MacAddress::parse("02:00:00:00:aa:01");
  Lab lab(topology);
  EXPECT_EQ(mac(lab, "m", "eth0"), "02:00:00:00:aa:01");
  EXPECT_EQ(mac(lab, "w", "eth0"), "02:00:00:00:00:03");
}

TEST(Devices, OfKindsThatThisKernelHasAreMade) {
  Topology topology = lan();
  Node& m = topology.nodes[0];
  m.interfaces.push_back(
      device("vx", Vxlan{42, IpAddress::parse("192.168.11.108"), {}, "eth0"}, "10.42.0.1/24"));
  m.interfaces.push_back(device("mv", Macvlan{"eth0", "private"}, "10.0.1.1/24"));
  m.interfaces.push_back(device("br1", Bridge{}, "10.0.2.1/24"));
  Lab lab(topology);
  EXPECT_THAT(attribute(lab, "m", "dev"),
              AllOf(HasSubstr(" vx:"), HasSubstr(" mv:"), HasSubstr("br1:")));
  auto& socket = lab.route_socket("m");
  for (const auto& [address, dev] :
       {std::pair("10.42.0.9", "vx"), {"10.0.1.9", "mv"}, {"10.0.2.9", "br1"}})
    EXPECT_THAT(route_get(socket, *IpAddress::parse(address)),
                ElementsAre(HasSubstr(std::string(" dev ") + dev + " ")));
}

TEST(Devices, WithAProgramAtTheOtherEndWaitForIt) {
  if (access("/dev/net/tun", R_OK | W_OK) != 0) GTEST_SKIP() << "/dev/net/tun cannot be opened";
  Topology topology = lan();
  Node& m = topology.nodes[0];
  m.interfaces.push_back(device("tun0", Tun{false}, "10.0.3.1/24"));
  m.interfaces.push_back(device("br1", Bridge{}));
  m.interfaces.push_back(device("tap0", Tun{true}));
  m.interfaces.back().master = "br1";
  m.interfaces.back().mtu = 1400;
  m.interfaces.back().mac = MacAddress::parse("02:00:00:00:aa:01");
  Lab lab(topology);
  EXPECT_THAT(route_get(lab.route_socket("m"), *IpAddress::parse("10.0.3.9")),
              ElementsAre(HasSubstr(" dev tun0 ")));
  EXPECT_EQ(mac(lab, "m", "tap0"), "02:00:00:00:aa:01");
}

TEST(Devices, ThatThisKernelLacksAreNamedInTheError) {
  Topology topology = lan();
  topology.nodes[0].interfaces.push_back(device("x", Macvlan{"eth9"}));
  EXPECT_EQ(error_of(topology),
            "node 'm': make the macvlan 'x': there is no dev 'eth9' in node 'm'");
}

TEST(Neighbours, AreThereFromTheStart) {
  Topology topology = lan();
  topology.nodes[0].neighbours = {{.dev = "eth0",
                                   .address = *IpAddress::parse("192.168.11.108"),
                                   .node = "w",
                                   .node_dev = "eth0"},
                                  {.dev = "eth0",
                                   .address = *IpAddress::parse("192.168.11.109"),
                                   .mac = MacAddress::parse("02:00:00:00:aa:09")}};
  const Lab lab(topology);
  const std::string table = attribute(lab, "m", "arp");
  // Flags 0x6: complete and permanent (ATF_COM, ATF_PERM; net/if_arp.h).
  EXPECT_THAT(table, HasSubstr("192.168.11.108   0x1         0x6         02:00:00:00:00:03"));
  EXPECT_THAT(table, HasSubstr("192.168.11.109   0x1         0x6         02:00:00:00:aa:09"));
}

TEST(Addresses, OfOneSubnetAreSecondaryAfterTheFirst) {
  Topology topology = lan();
  topology.nodes[0].interfaces[0].addresses.push_back(*Prefix::parse("192.168.11.105/24"));
  Lab lab(topology);
  EXPECT_THAT(route_get(lab.route_socket("m"), *IpAddress::parse("192.168.11.108")),
              ElementsAre("192.168.11.108 dev eth0 src 192.168.11.104"));
}

TEST(Addresses, WithAPeerLeadToThePeer) {
  Topology topology = lan();
  Interface& eth0 = topology.nodes[0].interfaces[0];
  eth0.addresses = {*Prefix::parse("10.9.0.1/32")};
  eth0.peers[*IpAddress::parse("10.9.0.1")] = *Prefix::parse("10.9.0.2/32");
  Lab lab(topology);
  EXPECT_THAT(route_list(lab.route_socket("m"), "main"),
              ElementsAre("10.9.0.2 dev eth0 proto kernel scope link src 10.9.0.1"));
}

TEST(Routes, OfEveryTypeReadAsIpRouteSays) {
  Topology topology = lan();
  Node& m = topology.nodes[0];
  const auto via = IpAddress::parse("192.168.11.108");
  m.routes = {
      {.to = Prefix::parse("10.1.0.0/16"), .type = RouteType::blackhole},
      {.to = Prefix::parse("10.2.0.0/16"), .metric = 7, .type = RouteType::unreachable},
      {.to = Prefix::parse("10.3.0.0/16"), .type = RouteType::prohibit},
      {.to = Prefix::parse("10.4.0.0/16"), .type = RouteType::throw_},
      {.to = Prefix::parse("10.5.0.0/16"),
       .via = IpAddress::parse("172.16.0.1"),
       .dev = "eth0",
       .on_link = true},
      {.to = Prefix::parse("10.6.0.0/16"),
       .nexthops = {{.via = via}, {.via = IpAddress::parse("192.168.11.109"), .weight = 3}}},
      {.to = Prefix::parse("10.7.0.0/16"), .via = via, .table = 1000}};
  Lab lab(topology);
  auto& socket = lab.route_socket("m");
  const auto main = route_list(socket, "main");
  for (const char* route :
       {"blackhole 10.1.0.0/16", "unreachable 10.2.0.0/16 metric 7", "prohibit 10.3.0.0/16",
        "throw 10.4.0.0/16", "10.5.0.0/16 via 172.16.0.1 dev eth0 onlink",
        "10.6.0.0/16 nexthop via 192.168.11.108 dev eth0 weight 1"
        " nexthop via 192.168.11.109 dev eth0 weight 3"})
    EXPECT_THAT(main, Contains(route));
  EXPECT_THAT(route_list(socket, "1000"), ElementsAre("10.7.0.0/16 via 192.168.11.108 dev eth0"));
  const auto get = [&](const char* address) {
    return route_get(socket, *IpAddress::parse(address)).front();
  };
  EXPECT_EQ(get("10.1.0.1"), "RTNETLINK answers: Invalid argument");
  EXPECT_EQ(get("10.2.0.1"), "RTNETLINK answers: No route to host");
  EXPECT_EQ(get("10.3.0.1"), "RTNETLINK answers: Permission denied");
  EXPECT_EQ(get("10.4.0.1"), "RTNETLINK answers: Network is unreachable");
}

TEST(Routes, OverALinkThatIsDownAtTheOtherEndSaySo) {
  Lab lab(lan());
  lab.set_link({"w", "eth0"}, false);
  EXPECT_THAT(route_list(lab.route_socket("m"), "main"),
              Contains(AllOf(HasSubstr(" dev eth0 "), EndsWith(" linkdown"))));
}

TEST(Routes, OfIpv6OfEveryTypeReadAsIpRouteSays) {
  Topology topology = lan_ipv6();
  Node& m = topology.nodes[0];
  m.routes = {{.to = Prefix::parse("2001:db8:1::/48"), .type = RouteType::unreachable},
              {.to = Prefix::parse("2001:db8:2::/48"),
               .nexthops = {{.via = IpAddress::parse("2001:db8::108")},
                            {.via = IpAddress::parse("2001:db8::109")}}},
              {.to = Prefix::parse("::/0"), .dev = "eth0"}};
  Lab lab(topology);
  const auto main = route_list(lab.route_socket("m"), "main");
  EXPECT_THAT(main, Contains("unreachable 2001:db8:1::/48 dev lo metric 1024"));
  EXPECT_THAT(main, Contains(HasSubstr("2001:db8:2::/48")));
  EXPECT_THAT(main, Contains("default dev eth0 metric 1024"));
}

TEST(Routes, OfIpv4ByAGatewayOfIpv6ReadAsIpRouteSays) {
  Lab lab(lan_ipv6());
  const auto added = run_program(lab.netns("m"), "m",
                                 {.argv = {"ip", "route", "add", "10.9.0.0/16", "via", "inet6",
                                           "2001:db8::108", "dev", "eth0"}},
                                 Deadline::after(std::chrono::seconds(20)));
  ASSERT_EQ(added.exit_status, 0) << added.error;
  EXPECT_THAT(route_list(lab.route_socket("m"), "main"),
              Contains("10.9.0.0/16 via inet6 2001:db8::108 dev eth0"));
}

TEST(PolicyRules, ChooseTheTableThatARouteIsLookedUpIn) {
  Topology topology = lan();
  Node& m = topology.nodes[0];
  m.routes = {default_via("192.168.11.108"),
              {.via = IpAddress::parse("192.168.11.109"), .table = 100}};
  m.rules = {{.priority = 1000, .to = Prefix::parse("10.1.0.0/16"), .table = 100},
             {.priority = 1001, .to = Prefix::parse("10.2.0.0/16"), .type = RouteType::prohibit},
             {.priority = 1002, .fwmark = 7, .table = 100}};
  Lab lab(topology);
  const auto get = [&](const char* address) {
    return route_get(lab.route_socket("m"), *IpAddress::parse(address)).front();
  };
  EXPECT_THAT(get("10.1.0.1"), HasSubstr("via 192.168.11.109"));
  EXPECT_EQ(get("10.2.0.1"), "RTNETLINK answers: Permission denied");
  EXPECT_THAT(get("10.3.0.1"), HasSubstr("via 192.168.11.108"));
}

}  // namespace
}  // namespace fwproof::lab
