// Namespaces, links and addresses over netlink written by hand, without anything around it.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace bare {

inline int must(int result, const char* what) {
  if (result >= 0) return result;
  std::perror(what);
  std::exit(3);
}

using Clock = std::chrono::steady_clock;

inline long long microseconds_since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count();
}

inline void print(Clock::time_point start) { std::printf("%lld\n", microseconds_since(start)); }

/// One request, filled attribute by attribute.
class Request {
 public:
  Request(int type, int flags) {
    header()->nlmsg_len = NLMSG_HDRLEN;
    header()->nlmsg_type = static_cast<uint16_t>(type);
    header()->nlmsg_flags = static_cast<uint16_t>(flags | NLM_F_REQUEST | NLM_F_ACK);
  }
  template <typename Body>
  void body(const Body& body) {
    std::memcpy(end(), &body, sizeof body);
    header()->nlmsg_len += NLMSG_ALIGN(sizeof body);
  }
  void put(int type, const void* data, size_t size) {
    auto* attribute = reinterpret_cast<rtattr*>(end());
    attribute->rta_type = static_cast<uint16_t>(type);
    attribute->rta_len = static_cast<uint16_t>(RTA_LENGTH(size));
    if (size > 0) std::memcpy(RTA_DATA(attribute), data, size);
    header()->nlmsg_len += RTA_ALIGN(attribute->rta_len);
  }
  void put(int type, const std::string& text) { put(type, text.c_str(), text.size() + 1); }
  void put(int type, uint32_t number) { put(type, &number, sizeof number); }
  rtattr* open(int type) {
    auto* nest = reinterpret_cast<rtattr*>(end());
    put(type, nullptr, 0);
    return nest;
  }
  void close(rtattr* nest) {
    nest->rta_len = static_cast<uint16_t>(end() - reinterpret_cast<char*>(nest));
  }
  nlmsghdr* header() { return reinterpret_cast<nlmsghdr*>(bytes_); }

 private:
  char* end() { return bytes_ + header()->nlmsg_len; }
  alignas(8) char bytes_[2048] = {};
};

/// A network namespace and a netlink socket in it.
struct Node {
  int ns = -1;
  int route = -1;
  void enter() const { must(setns(ns, CLONE_NEWNET), "setns"); }
  void ask(Request& request) const {
    must(static_cast<int>(send(route, request.header(), request.header()->nlmsg_len, 0)), "send");
    alignas(8) char answer[4096];
    must(static_cast<int>(recv(route, answer, sizeof answer, 0)), "recv");
    const auto* header = reinterpret_cast<nlmsghdr*>(answer);
    const int error = reinterpret_cast<nlmsgerr*>(NLMSG_DATA(header))->error;
    if (header->nlmsg_type == NLMSG_ERROR && error != 0) {
      errno = -error;
      must(-1, "netlink");
    }
  }
};

inline Node make_node() {
  must(unshare(CLONE_NEWNET), "unshare");
  return {must(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "open ns"),
          must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "netlink")};
}

constexpr int kCreate = NLM_F_CREATE | NLM_F_EXCL;

inline void add_veth(const Node& a, const std::string& name, int index, const Node& b,
                     const std::string& peer_name, int peer_index) {
  Request request(RTM_NEWLINK, kCreate);
  request.body(ifinfomsg{.ifi_index = index});
  request.put(IFLA_IFNAME, name);
  rtattr* info = request.open(IFLA_LINKINFO);
  request.put(IFLA_INFO_KIND, "veth", 4);
  rtattr* data = request.open(IFLA_INFO_DATA);
  rtattr* peer = request.open(VETH_INFO_PEER);
  request.body(ifinfomsg{.ifi_index = peer_index});
  request.put(IFLA_IFNAME, peer_name);
  request.put(IFLA_NET_NS_FD, static_cast<uint32_t>(b.ns));
  request.close(peer);
  request.close(data);
  request.close(info);
  a.ask(request);
}

inline void add_address(const Node& node, int index, const char* address, uint8_t length) {
  Request request(RTM_NEWADDR, kCreate);
  request.body(ifaddrmsg{
      .ifa_family = AF_INET, .ifa_prefixlen = length, .ifa_index = static_cast<uint32_t>(index)});
  const in_addr_t bytes = inet_addr(address);
  request.put(IFA_LOCAL, &bytes, sizeof bytes);
  request.put(IFA_ADDRESS, &bytes, sizeof bytes);
  node.ask(request);
}

inline void bring_up(const Node& node, int index) {
  Request request(RTM_NEWLINK, 0);
  request.body(ifinfomsg{.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP});
  node.ask(request);
}

inline void add_default(const Node& node, const char* via) {
  Request request(RTM_NEWROUTE, kCreate);
  request.body(rtmsg{.rtm_family = AF_INET,
                     .rtm_table = RT_TABLE_MAIN,
                     .rtm_protocol = RTPROT_STATIC,
                     .rtm_type = RTN_UNICAST});
  const in_addr_t bytes = inet_addr(via);
  request.put(RTA_GATEWAY, &bytes, sizeof bytes);
  node.ask(request);
}

/// The end that came up first keeps the queueing discipline of a dead link until it is asked.
inline void sync_carrier(const Node& node, const char* dev) {
  node.enter();
  const int fd = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  ethtool_value value{.cmd = ETHTOOL_GLINK};
  ifreq request{};
  std::strcpy(request.ifr_name, dev);
  request.ifr_data = reinterpret_cast<char*>(&value);
  must(ioctl(fd, SIOCETHTOOL, &request), "ETHTOOL_GLINK");
  close(fd);
}

}  // namespace bare
