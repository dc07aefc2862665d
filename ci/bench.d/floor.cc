// What the kernel itself takes: the system calls of a case without anything around them, in one
// thread, over netlink written by hand. No YAML, no trace, no checks, no clean-up but exit.
//
//   floor lan ROUNDS           two nodes, TCP and an echo
//   floor nat ROUNDS           three nodes, masquerade by libnftables, TCP and an echo through it
//   floor nat-restore ROUNDS   the same, by iptables-nft-restore
//   floor star ROUNDS NODES    a switch and so many nodes on it, built
//
// Prints the microseconds of each round on a line.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/in.h>
#include <nftables/libnftables.h>
#include <sched.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

int must(int result, const char* what) {
  if (result >= 0) return result;
  std::perror(what);
  std::exit(3);
}

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

Node make_node() {
  must(unshare(CLONE_NEWNET), "unshare");
  return {must(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "open ns"),
          must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "netlink")};
}

constexpr int kCreate = NLM_F_CREATE | NLM_F_EXCL;

void add_veth(const Node& a, const std::string& name, int index, const Node& b,
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

void add_address(const Node& node, int index, const char* address, uint8_t length) {
  Request request(RTM_NEWADDR, kCreate);
  request.body(ifaddrmsg{
      .ifa_family = AF_INET, .ifa_prefixlen = length, .ifa_index = static_cast<uint32_t>(index)});
  const in_addr_t bytes = inet_addr(address);
  request.put(IFA_LOCAL, &bytes, sizeof bytes);
  request.put(IFA_ADDRESS, &bytes, sizeof bytes);
  node.ask(request);
}

void bring_up(const Node& node, int index) {
  Request request(RTM_NEWLINK, 0);
  request.body(ifinfomsg{.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP});
  node.ask(request);
}

void add_default(const Node& node, const char* via) {
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
void sync_carrier(const Node& node, const char* dev) {
  node.enter();
  const int fd = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  ethtool_value value{.cmd = ETHTOOL_GLINK};
  ifreq request{};
  std::strcpy(request.ifr_name, dev);
  request.ifr_data = reinterpret_cast<char*>(&value);
  must(ioctl(fd, SIOCETHTOOL, &request), "ETHTOOL_GLINK");
  close(fd);
}

sockaddr_in at(const char* address, uint16_t port) {
  return {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {inet_addr(address)}};
}

void echo(const Node& client, const Node& server, const char* address) {
  server.enter();
  const int listener = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  sockaddr_in there = at(address, 80);
  must(bind(listener, reinterpret_cast<sockaddr*>(&there), sizeof there), "bind");
  must(listen(listener, 5), "listen");
  client.enter();
  const int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  must(connect(fd, reinterpret_cast<sockaddr*>(&there), sizeof there), "connect");
  const int accepted = must(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC), "accept");
  char text[8] = "ping";
  for (const auto& [from, to] : {std::pair{fd, accepted}, {accepted, fd}}) {
    must(static_cast<int>(send(from, text, 4, 0)), "send");
    must(static_cast<int>(recv(to, text, 4, MSG_WAITALL)), "recv");
  }
  close(accepted);
  close(fd);
  close(listener);
}

void lan() {
  const Node m = make_node();
  const Node w = make_node();
  add_veth(m, "eth0", 2, w, "eth0", 2);
  add_address(m, 2, "10.0.0.1", 24);
  add_address(w, 2, "10.0.0.2", 24);
  for (const Node& node : {m, w}) bring_up(node, 1), bring_up(node, 2);
  sync_carrier(m, "eth0");
  echo(m, w, "10.0.0.2");
  for (const Node& node : {m, w}) close(node.ns), close(node.route);
}

void load(bool by_restore) {
  if (!by_restore) {
    nft_ctx* context = nft_ctx_new(NFT_CTX_DEFAULT);
    if (nft_run_cmd_from_buffer(context,
                                "table ip nat {\n chain post {\n"
                                "  type nat hook postrouting priority 100\n"
                                "  oifname \"eth1\" masquerade\n }\n}\n") != 0)
      std::exit(3);
    nft_ctx_free(context);
    return;
  }
  const int rules = memfd_create("rules", 0);
  const std::string_view text = "*nat\n-A POSTROUTING -o eth1 -j MASQUERADE\nCOMMIT\n";
  if (write(rules, text.data(), text.size()) < 0) std::exit(3);
  lseek(rules, 0, SEEK_SET);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, rules, 0);
  char name[] = "iptables-nft-restore";
  char* argv[] = {name, nullptr};
  pid_t pid = -1;
  int status = 1;
  if (posix_spawnp(&pid, "/usr/sbin/iptables-nft-restore", &actions, nullptr, argv, environ) == 0)
    waitpid(pid, &status, 0);
  if (status != 0) std::exit(3);
  posix_spawn_file_actions_destroy(&actions);
  close(rules);
}

void nat(bool by_restore) {
  const Node inside = make_node();
  const Node gw = make_node();
  const Node remote = make_node();
  add_veth(inside, "eth0", 2, gw, "eth0", 2);
  add_veth(gw, "eth1", 3, remote, "eth0", 2);
  add_address(inside, 2, "10.0.0.5", 24);
  add_address(gw, 2, "10.0.0.1", 24);
  add_address(gw, 3, "203.0.113.1", 24);
  add_address(remote, 2, "203.0.113.9", 24);
  for (const Node& node : {inside, gw, remote}) bring_up(node, 1), bring_up(node, 2);
  bring_up(gw, 3);
  sync_carrier(inside, "eth0");
  sync_carrier(remote, "eth0");
  add_default(inside, "10.0.0.1");
  gw.enter();
  const int forward = must(open("/proc/sys/net/ipv4/ip_forward", O_WRONLY | O_CLOEXEC), "sysctl");
  must(static_cast<int>(write(forward, "1", 1)), "sysctl");
  close(forward);
  load(by_restore);
  echo(inside, remote, "203.0.113.9");
  for (const Node& node : {inside, gw, remote}) close(node.ns), close(node.route);
}

void star(int nodes) {
  const Node sw = make_node();
  Request bridge(RTM_NEWLINK, kCreate);
  bridge.body(ifinfomsg{.ifi_index = 10000});
  bridge.put(IFLA_IFNAME, "br0");
  rtattr* info = bridge.open(IFLA_LINKINFO);
  bridge.put(IFLA_INFO_KIND, "bridge", 6);
  bridge.close(info);
  sw.ask(bridge);
  std::vector<Node> all;
  for (int i = 0; i < nodes; ++i) {
    const Node node = make_node();
    add_veth(sw, "p" + std::to_string(i), i + 2, node, "eth0", 2);
    const std::string address =
        "10.0." + std::to_string((i + 1) / 250) + "." + std::to_string((i + 1) % 250 + 1);
    add_address(node, 2, address.c_str(), 16);
    bring_up(node, 2);
    Request port(RTM_NEWLINK, 0);
    port.body(ifinfomsg{.ifi_index = i + 2, .ifi_flags = IFF_UP, .ifi_change = IFF_UP});
    port.put(IFLA_MASTER, 10000u);
    sw.ask(port);
    all.push_back(node);
  }
  bring_up(sw, 10000);
  for (const Node& node : all) close(node.ns), close(node.route);
  close(sw.ns), close(sw.route);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string_view what = argv[1];
  if (geteuid() == 0) must(unshare(CLONE_NEWNET), "unshare");
  if (geteuid() != 0) must(unshare(CLONE_NEWUSER | CLONE_NEWNET), "unshare");
  for (int round = 0; round < std::atoi(argv[2]); ++round) {
    const auto start = std::chrono::steady_clock::now();
    if (what == "lan") lan();
    if (what == "nat" || what == "nat-restore") nat(what != "nat");
    if (what == "star") star(argc > 3 ? std::atoi(argv[3]) : 10);
    const auto took = std::chrono::steady_clock::now() - start;
    std::printf("%lld\n", static_cast<long long>(
                              std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
  }
}
