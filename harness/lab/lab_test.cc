#include "lab/lab.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <fstream>

#include "base/deadline.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "lab/routes.h"
#include "lab/rules.h"
#include "lab/sysctl.h"
#include "lab/test_networks.h"

namespace fwproof::lab {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

/// Long enough for a packet on a busy machine, and far from the second that a lost one costs.
constexpr milliseconds kNoStall{500};

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

SocketAddress socket_address(const std::string& text, uint16_t port) {
  SocketAddress made;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&made.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&made.storage);
  if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    made.length = sizeof *v4;
  } else {
    EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr), 1);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    made.length = sizeof *v6;
  }
  return made;
}

UniqueFd udp_socket(const Lab& lab, const std::string& node, int family) {
  const nl::NetnsScope scope(lab.netns(node));
  UniqueFd fd(socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  EXPECT_TRUE(fd.valid());
  return fd;
}

bool readable(int fd, milliseconds wait) {
  pollfd polled{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&polled, 1, Deadline::after(wait).poll_timeout()) == 1;
}

/// How long one datagram and its answer take; a second or more if one is lost.
milliseconds round_trip(const Lab& lab, const std::string& from, const std::string& to,
                        const std::string& address) {
  SocketAddress server = socket_address(address, 53);
  const UniqueFd server_fd = udp_socket(lab, to, server.storage.ss_family);
  EXPECT_EQ(bind(server_fd.get(), server.get(), server.length), 0);
  const UniqueFd client_fd = udp_socket(lab, from, server.storage.ss_family);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(sendto(client_fd.get(), "ping", 4, 0, server.get(), server.length), 4);
  char byte = 0;
  SocketAddress client;
  client.length = sizeof client.storage;
  if (readable(server_fd.get(), milliseconds(3000)) &&
      recvfrom(server_fd.get(), &byte, 1, 0, client.get(), &client.length) == 1)
    sendto(server_fd.get(), "pong", 4, 0, client.get(), client.length);
  EXPECT_TRUE(readable(client_fd.get(), milliseconds(3000)));
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - before);
}

std::string error_of(const Topology& topology) {
  try {
    const Lab lab(topology);
  } catch (const MachineError& error) {
    return error.what();
  }
  return "no error";
}

std::string read_sysctl(const Lab& lab, const std::string& node, const std::string& path) {
  const nl::NetnsScope scope(lab.netns(node));
  std::ifstream file("/proc/sys/" + path);
  std::string line;
  std::getline(file, line);
  return line;
}

TEST(Lab, CarriesADatagramAtOnceInEachOfManyFreshLans) {
  for (int i = 0; i < 200; ++i) {
    const Lab lab(lan());
    ASSERT_LT(round_trip(lab, "m", "w", "192.168.11.108"), kNoStall) << "build " << i;
  }
}

TEST(Lab, CarriesADatagramAtOnceOverFreshBridges) {
  for (int i = 0; i < 50; ++i) {
    const Lab lab(bridged());
    ASSERT_LT(round_trip(lab, "a", "c", "10.0.0.3"), kNoStall) << "build " << i;
  }
}

TEST(Lab, CarriesIpv6AtOnce) {
  for (int i = 0; i < 20; ++i) {
    const Lab lab(lan_ipv6());
    ASSERT_LT(round_trip(lab, "w", "m", "2001:db8::104"), kNoStall) << "build " << i;
  }
}

/// The devices with a link-local address that is fit for use (/proc/net/if_inet6: scope 20, flags
/// without IFA_F_TENTATIVE).
std::vector<std::string> link_local_devices(const Lab& lab, const std::string& node) {
  const nl::NetnsScope scope(lab.netns(node));
  std::ifstream file("/proc/thread-self/net/if_inet6");
  std::vector<std::string> devices;
  std::string address, index, length, reach, flags, dev;
  while (file >> address >> index >> length >> reach >> flags >> dev)
    if (reach == "20" && (std::stoul(flags, nullptr, 16) & 0x40) == 0) devices.push_back(dev);
  return devices;
}

TEST(Lab, HasAddressesOfDevicesAtOnceWhenALinkComesUpAgain) {
  Lab lab(lan_ipv6());
  EXPECT_THAT(link_local_devices(lab, "m"), ElementsAre("eth0"));
  EXPECT_THAT(link_local_devices(lab, "w"), ElementsAre("eth0"));
  for (int i = 0; i < 20; ++i) {
    lab.set_link({"m", "eth0"}, false);
    EXPECT_THAT(link_local_devices(lab, "m"), ElementsAre());
    lab.set_link({"m", "eth0"}, true);
    EXPECT_THAT(link_local_devices(lab, "m"), ElementsAre("eth0")) << "time " << i;
  }
}

TEST(Lab, RoutesThroughAGatewayThatMasquerades) {
  Lab lab(nat_gateway());
  RulesFile rules{.path = "gw.rules",
                  .text = "*nat\n-A POSTROUTING -o eth0 -j MASQUERADE\nCOMMIT\n"};
  load_rules(lab.netns("gw"), "gw", Backend::iptables_nft, rules);
  EXPECT_LT(round_trip(lab, "inside", "remote", "8.8.8.8"), kNoStall);
}

TEST(Lab, NamesTheUsersNodesOnly) {
  const Lab lab(bridged());
  EXPECT_THAT(lab.nodes(), ElementsAre("a", "b", "c", "sw"));
}

TEST(Lab, TurnsASilentNeighbourIntoAnErrorSoon) {
  const Lab lab(lan());
  const UniqueFd fd = udp_socket(lab, "m", AF_INET);
  SocketAddress nobody = socket_address("192.168.11.200", 9);
  ASSERT_EQ(connect(fd.get(), nobody.get(), nobody.length), 0);
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_IP, IP_RECVERR, &on, sizeof on);
  ASSERT_EQ(send(fd.get(), "ping", 4, 0), 4);
  EXPECT_TRUE(readable(fd.get(), milliseconds(400)));
  EXPECT_EQ(send(fd.get(), "ping", 4, 0), -1);
  EXPECT_EQ(errno, EHOSTUNREACH);
}

TEST(Lab, HasNoIpv6WhereTheTopologyHasNone) {
  const Lab lab(lan());
  EXPECT_EQ(read_sysctl(lab, "m", "net/ipv6/conf/eth0/disable_ipv6"), "1");
  Topology topology = lan();
  topology.nodes[0].sysctls = {{"net.ipv6.conf.all.disable_ipv6", "0"}};
  EXPECT_EQ(read_sysctl(Lab(topology), "m", "net/ipv6/conf/eth0/disable_ipv6"), "0");
}

TEST(Lab, SetsTheUsersSysctlsAndForwarding) {
  Topology topology = nat_gateway();
  topology.nodes[1].sysctls = {{"net.ipv4.conf.default.rp_filter", "2"},
                               {"net.ipv4.conf.eth1.accept_local", "1"}};
  const Lab lab(topology);
  EXPECT_EQ(read_sysctl(lab, "gw", "net/ipv4/ip_forward"), "1");
  EXPECT_EQ(read_sysctl(lab, "inside", "net/ipv4/ip_forward"), "0");
  EXPECT_EQ(read_sysctl(lab, "gw", "net/ipv4/conf/eth1/rp_filter"), "2");
  EXPECT_EQ(read_sysctl(lab, "gw", "net/ipv4/conf/eth1/accept_local"), "1");
}

TEST(Lab, SetsTheSysctlsOfEachOfManyNodes) {
  Topology topology;
  for (int i = 1; i <= 40; ++i)
    topology.nodes.push_back(
        {.name = "n" + std::to_string(i),
         .sysctls = {{"net.ipv4.ip_default_ttl", std::to_string(i)},
                     {"net.ipv4.conf.default.rp_filter", std::to_string(i % 3)}}});
  const Lab lab(topology);
  for (int i = 1; i <= 40; ++i) {
    const std::string node = "n" + std::to_string(i);
    EXPECT_EQ(read_sysctl(lab, node, "net/ipv4/ip_default_ttl"), std::to_string(i));
    EXPECT_EQ(read_sysctl(lab, node, "net/ipv4/conf/default/rp_filter"), std::to_string(i % 3));
    EXPECT_EQ(read_sysctl(lab, node, "net/ipv6/conf/default/disable_ipv6"), "1");
  }
}

TEST(Lab, NamesTheNodeAndTheDevWhereTheKernelSaysNo) {
  Topology twice = lan();
  twice.links.push_back(twice.links[0]);
  EXPECT_EQ(error_of(twice), "make the link 'm:eth0' to 'w:eth0': File exists");
  Topology no_dev = lan();
  no_dev.links.clear();
  EXPECT_EQ(error_of(no_dev),
            "add the address 192.168.11.104/24 to 'm:eth0': there is no dev 'eth0' in node 'm'");
  Topology no_way = lan();
  no_way.nodes[0].routes = {default_via("9.9.9.9")};
  EXPECT_EQ(error_of(no_way),
            "node 'm': add the route default via 9.9.9.9"
            " (kernel: Nexthop has invalid gateway): Network is unreachable");
}

TEST(Lab, RefusesSysctlsThatAreNotTheNodes) {
  Topology topology = one_node();
  topology.nodes[0].sysctls = {{"kernel.hostname", "x"}};
  EXPECT_EQ(error_of(topology),
            "node 'host': set kernel.hostname=x: only sysctls under net. belong to a node, this is"
            " the machine's");
  topology.nodes[0].sysctls = {{"net.ipv4.nope", "1"}};
  EXPECT_EQ(error_of(topology), "node 'host': set net.ipv4.nope=1: no such sysctl");
  topology.nodes[0].sysctls = {{"net/../kernel/hostname", "x"}};
  EXPECT_EQ(error_of(topology),
            "node 'host': set net/../kernel/hostname=x: only sysctls under net. belong to a node,"
            " this is the machine's");
  topology.nodes[0].sysctls = {{"net.ipv4.ip_forward", "yes"}};
  topology.file = "topologies/one.yaml";
  EXPECT_EQ(error_of(topology),
            "topologies/one.yaml: node 'host': set net.ipv4.ip_forward=yes: Invalid argument");
}

TEST(Routes, OfARouterReadAsIpRouteSays) {
  Lab lab(nat_gateway());
  auto& gw = lab.route_socket("gw");
  const auto get = [&](const char* address) { return route_get(gw, *IpAddress::parse(address)); };
  EXPECT_THAT(get("203.0.113.1"), ElementsAre("local 203.0.113.1 dev lo src 203.0.113.1"));
  EXPECT_THAT(get("127.0.0.1"), ElementsAre("local 127.0.0.1 dev lo src 127.0.0.1"));
  EXPECT_THAT(get("8.8.8.8"), ElementsAre("8.8.8.8 via 203.0.113.254 dev eth0 src 203.0.113.1"));
  EXPECT_THAT(get("10.0.0.5"), ElementsAre("10.0.0.5 dev eth1 src 10.0.0.1"));
  EXPECT_THAT(route_list(gw, "main"),
              ElementsAre("default via 203.0.113.254 dev eth0",
                          "10.0.0.0/24 dev eth1 proto kernel scope link src 10.0.0.1",
                          "203.0.113.0/24 dev eth0 proto kernel scope link src 203.0.113.1"));
  EXPECT_THAT(route_list(gw, "local"),
              testing::Contains("local 203.0.113.1 dev eth0 proto kernel scope host"
                                " src 203.0.113.1"));
  EXPECT_THAT(route_list(gw, "default"), testing::IsEmpty());
  EXPECT_THAT(route_get(lab.route_socket("remote"), *IpAddress::parse("9.9.9.9")),
              ElementsAre("RTNETLINK answers: Network is unreachable"));
}

TEST(Routes, OfIpv6ReadAsIpRouteSays) {
  Lab lab(lan_ipv6());
  auto& m = lab.route_socket("m");
  EXPECT_THAT(route_get(m, *IpAddress::parse("2001:db8::108")),
              ElementsAre("2001:db8::108 dev eth0 proto kernel src 2001:db8::104 metric 256"));
  EXPECT_THAT(route_list(m, "main"), ElementsAre("2001:db8::/64 dev eth0 proto kernel metric 256",
                                                 "fe80::/64 dev eth0 proto kernel metric 256"));
}

}  // namespace
}  // namespace fwproof::lab
