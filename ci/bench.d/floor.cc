// What the kernel itself takes: the system calls of a case without anything around them, in one
// thread, over netlink written by hand. No YAML, no trace, no checks, no clean-up but exit.
//
// clang-format off
//   floor lan ROUNDS               two nodes, TCP and an echo
//   floor nat ROUNDS FILE          three nodes, rules by libnftables, TCP and an echo through them
//   floor nat-restore ROUNDS FILE  the same, by iptables-nft-restore
//   floor kept ROUNDS FILE         the same in one network: rules reloaded, conntrack flushed
//   floor kept-traced ROUNDS FILE  the same, all packets traced, the trace read; the rules stay, and of a
//                                  round only what it left behind is asked for and taken away
//   floor star ROUNDS NODES        a switch and so many nodes on it, built
//   floor connect ROUNDS NODES     the same with neighbours known; each connects to the first: that alone
//   floor connect-traced ROUNDS NODES  the same, traced and read
//   floor drop ROUNDS              from sendto() to the verdict read, of a packet that a rule drops
//   floor teardown ROUNDS          the namespaces of two nodes let go of
//   floor settle ROUNDS            how long it takes until what was let go of before is gone
//   floor run FILE COMMAND...      a command: its microseconds, those of processors for it, and the most
//                                  memory that a process of it had, in KiB, are added to the file
//
// All but the last print the microseconds of each round on a line.
// clang-format on
#include "floor.h"

#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <nftables/libnftables.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <array>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace bare;

sockaddr_in at(const char* address, uint16_t port) {
  return {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {inet_addr(address)}};
}

void nothing() {}

/// `after_each`: of what sends packets. Returns the client's port, in network order.
template <typename Look = void (*)()>
in_port_t echo(const Node& client, const Node& server, const char* address,
               const Look& after_each = nothing) {
  server.enter();
  const int listener = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  const int on = 1;  // also where a connection of the round before waits in TIME_WAIT
  must(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "setsockopt");
  sockaddr_in there = at(address, 80);
  must(bind(listener, reinterpret_cast<sockaddr*>(&there), sizeof there), "bind");
  must(listen(listener, 5), "listen");
  client.enter();
  const int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  must(connect(fd, reinterpret_cast<sockaddr*>(&there), sizeof there), "connect");
  sockaddr_in here{};
  socklen_t length = sizeof here;
  must(getsockname(fd, reinterpret_cast<sockaddr*>(&here), &length), "getsockname");
  after_each();
  const int accepted = must(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC), "accept");
  char text[8] = "ping";
  for (const auto& [from, to] : {std::pair{fd, accepted}, {accepted, fd}}) {
    must(static_cast<int>(send(from, text, 4, 0)), "send");
    must(static_cast<int>(recv(to, text, 4, MSG_WAITALL)), "recv");
    after_each();
  }
  close(accepted);
  close(fd);
  close(listener);
  after_each();
  return here.sin_port;
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

/// The first descriptor that a context opens and keeps is its socket. Closing the last one of it
/// waits for the kernel to be done with what the rules replaced, so another thread does.
void free_context(nft_ctx* context, int socket) {
  const int same = dup(socket);
  nft_ctx_free(context);
  std::thread([same] { close(same); }).detach();
}

void load(bool by_restore, const char* file) {
  if (!by_restore) {
    const int next = dup(0);
    close(next);
    nft_ctx* context = nft_ctx_new(NFT_CTX_DEFAULT);
    if (nft_run_cmd_from_filename(context, file) != 0) std::exit(3);
    return free_context(context, next);
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, file, O_RDONLY, 0);
  char name[] = "iptables-nft-restore";
  char* argv[] = {name, nullptr};
  pid_t pid = -1;
  int status = 1;
  if (posix_spawnp(&pid, "/usr/sbin/iptables-nft-restore", &actions, nullptr, argv, environ) == 0)
    waitpid(pid, &status, 0);
  if (status != 0) std::exit(3);
  posix_spawn_file_actions_destroy(&actions);
}

/// A socket that hears the trace, and what connection tracking tells, of the namespace it stands
/// in.
int open_trace() {
  const int trace = must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER), "netlink");
  const int size = 32 << 20;  // which only root may have
  setsockopt(trace, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  const sockaddr_nl self{.nl_family = AF_NETLINK};  // without a name nothing is heard
  must(bind(trace, reinterpret_cast<const sockaddr*>(&self), sizeof self), "bind");
  for (const int group : {NFNLGRP_NFTRACE, NFNLGRP_CONNTRACK_NEW, NFNLGRP_CONNTRACK_UPDATE,
                          NFNLGRP_CONNTRACK_DESTROY})
    must(setsockopt(trace, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group), "join");
  return trace;
}

/// Takes what was told, as fwproof takes it; lost messages are an error.
void read_trace(int trace) {
  constexpr size_t kAtOnce = 64;
  static std::array<std::array<char, 2048>, kAtOnce> bytes;
  std::array<iovec, kAtOnce> parts;
  std::array<mmsghdr, kAtOnce> messages{};
  for (size_t i = 0; i < kAtOnce; ++i) {
    parts[i] = {bytes[i].data(), bytes[i].size()};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  while (true) {
    const int count = recvmmsg(trace, messages.data(), kAtOnce, MSG_DONTWAIT, nullptr);
    if (count < 0 && errno == EAGAIN) return;
    must(count, "read the trace");
  }
}

/// Has each packet traced in the namespace where this thread is: every hook is told when a packet
/// comes and when it goes, or once where no rules are (observe/trace_table.h).
void trace_packets(nft_ctx* context, bool has_rules) {
  std::string rules = "table inet trace {\n";
  for (const std::string hook : {"prerouting", "input", "forward", "output", "postrouting"}) {
    rules += "chain " + hook + " { type filter hook " + hook +
             " priority -2147483647; meta nftrace set 1 accept; }\n";
    if (has_rules)
      rules += "chain " + hook + "-last { type filter hook " + hook +
               " priority 2147483646; accept; }\n";
  }
  if (nft_run_cmd_from_buffer(context, (rules + "}\n").c_str()) != 0) std::exit(3);
}

struct Nat {
  Node inside;
  Node gw;
  Node remote;
};

/// Ends in the gateway.
Nat make_nat() {
  const Node inside = make_node();
  const Node gw = make_node();
  const Node remote = make_node();
  add_veth(inside, "eth0", 2, gw, "eth1", 2);
  add_veth(gw, "eth0", 3, remote, "eth0", 2);
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
  return {inside, gw, remote};
}

void nat(bool by_restore, const char* file) {
  const Nat made = make_nat();
  load(by_restore, file);
  echo(made.inside, made.remote, "203.0.113.9");
  for (const Node& node : {made.inside, made.gw, made.remote}) close(node.ns), close(node.route);
}

/// One network for all rounds: of each only the rules and the conntrack entries are its own.
void kept(int rounds, const char* file) {
  const Nat made = make_nat();
  const Node conntrack{
      .route = must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER), "netlink")};
  nft_ctx* context = nft_ctx_new(NFT_CTX_DEFAULT);
  for (int round = 0; round < rounds; ++round) {
    const auto start = Clock::now();
    made.gw.enter();
    if (nft_run_cmd_from_buffer(context, "flush ruleset") != 0) std::exit(3);
    if (nft_run_cmd_from_filename(context, file) != 0) std::exit(3);
    echo(made.inside, made.remote, "203.0.113.9");
    Request flush(NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE, 0);
    flush.body(nfgenmsg{.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0});
    conntrack.ask(flush);
    print(start);
  }
}

/// Sends a dump's question and calls `each` for every message of the answer.
template <typename Each>
void dump(int socket, Request& request, const Each& each) {
  request.header()->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  must(static_cast<int>(send(socket, request.header(), request.header()->nlmsg_len, 0)), "send");
  alignas(8) static char answer[65536];
  while (true) {
    int left = must(static_cast<int>(recv(socket, answer, sizeof answer, 0)), "recv");
    for (auto* header = reinterpret_cast<nlmsghdr*>(answer); NLMSG_OK(header, left);
         header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_type == NLMSG_DONE) return;
      each(header);
    }
  }
}

/// Reads the counters of all rules.
void read_counters(int netfilter) {
  Request question(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE, 0);
  question.body(nfgenmsg{.nfgen_family = NFPROTO_UNSPEC, .version = NFNETLINK_V0});
  dump(netfilter, question, [](nlmsghdr*) {});
}

/// Has the node forget those neighbours that it has found, and sees that there are none.
void forget_neighbours(const Node& node) {
  Request question(RTM_GETNEIGH, 0);
  question.body(ndmsg{.ndm_family = AF_INET});
  std::vector<Request> all;
  dump(node.route, question, [&](nlmsghdr* header) {
    const auto* entry = static_cast<const ndmsg*>(NLMSG_DATA(header));
    const auto* address = reinterpret_cast<const rtattr*>(entry + 1);  // NDA_DST comes first
    if ((entry->ndm_state & NUD_PERMANENT) != 0) return;
    Request& forget = all.emplace_back(RTM_DELNEIGH, 0);
    forget.body(ndmsg{.ndm_family = AF_INET, .ndm_ifindex = entry->ndm_ifindex});
    forget.put(NDA_DST, RTA_DATA(address), RTA_PAYLOAD(address));
  });
  for (Request& forget : all) node.ask(forget);
  if (!all.empty()) dump(node.route, question, [](nlmsghdr*) {});
}

/// Has the node forget the entry of a connection.
void forget_entry(const Node& conntrack, const char* from, in_port_t port, const char* to) {
  Request forget(NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE, 0);
  forget.body(nfgenmsg{.nfgen_family = AF_INET, .version = NFNETLINK_V0});
  rtattr* tuple = forget.open(CTA_TUPLE_ORIG | NLA_F_NESTED);
  rtattr* ends = forget.open(CTA_TUPLE_IP | NLA_F_NESTED);
  forget.put(CTA_IP_V4_SRC, inet_addr(from));
  forget.put(CTA_IP_V4_DST, inet_addr(to));
  forget.close(ends);
  rtattr* protocol = forget.open(CTA_TUPLE_PROTO | NLA_F_NESTED);
  const uint8_t tcp = IPPROTO_TCP;
  const in_port_t service = htons(80);
  forget.put(CTA_PROTO_NUM, &tcp, sizeof tcp);
  forget.put(CTA_PROTO_SRC_PORT, &port, sizeof port);
  forget.put(CTA_PROTO_DST_PORT, &service, sizeof service);
  forget.close(protocol);
  forget.close(tuple);
  conntrack.ask(forget);
}

/// All packets are traced, the rules stay as they are, and what a round left behind goes: counters
/// are read before and after, the entry and the neighbours are forgotten.
void kept_traced(int rounds, const char* file) {
  const Nat made = make_nat();
  const Node nodes[] = {made.inside, made.gw, made.remote};
  std::vector<int> traces;
  for (const Node& node : nodes) {
    node.enter();
    nft_ctx* context = nft_ctx_new(NFT_CTX_DEFAULT);
    const bool has_rules = node.ns == made.gw.ns;
    if (has_rules && nft_run_cmd_from_filename(context, file) != 0) std::exit(3);
    trace_packets(context, has_rules);
    traces.push_back(open_trace());
  }
  made.gw.enter();
  const Node netfilter{
      .route = must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER), "netlink")};
  for (int round = 0; round < rounds; ++round) {
    const auto start = Clock::now();
    read_counters(netfilter.route);
    const in_port_t port = echo(made.inside, made.remote, "203.0.113.9", [&] {
      for (const int trace : traces) read_trace(trace);
    });
    read_counters(netfilter.route);
    forget_entry(netfilter, "10.0.0.5", port, "203.0.113.9");
    for (const Node& node : nodes) forget_neighbours(node);
    print(start);
  }
}

using Mac = std::array<uint8_t, 6>;

/// The hardware address of a star's node.
Mac mac_of(int number) {
  return {2, 0, 0, 0, static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number)};
}
std::string address_of(int number) {
  return "10.0." + std::to_string((number + 1) / 250) + "." +
         std::to_string((number + 1) % 250 + 1);
}

void set_mac(const Node& node, int index, const Mac& mac) {
  Request request(RTM_NEWLINK, 0);
  request.body(ifinfomsg{.ifi_index = index});
  request.put(IFLA_ADDRESS, mac.data(), mac.size());
  node.ask(request);
}

void add_neighbour(const Node& node, int number) {
  Request request(RTM_NEWNEIGH, kCreate);
  request.body(ndmsg{.ndm_family = AF_INET, .ndm_ifindex = 2, .ndm_state = NUD_PERMANENT});
  const in_addr_t bytes = inet_addr(address_of(number).c_str());
  const Mac mac = mac_of(number);
  request.put(NDA_DST, &bytes, sizeof bytes);
  request.put(NDA_LLADDR, mac.data(), mac.size());
  node.ask(request);
}

/// The first node calls the other by this number from here on, as it must before it hears of it.
void number_for(const Node& first, const Node& other) {
  Request request(RTM_NEWNSID, 0);
  request.body(rtgenmsg{.rtgen_family = AF_UNSPEC});
  request.put(NETNSA_FD, static_cast<uint32_t>(other.ns));
  request.put(NETNSA_NSID, 0xffffffffu);  // the kernel picks it
  first.ask(request);
}

struct Star {
  Node sw;
  std::vector<Node> nodes;
};

Star star(int nodes) {
  Star all{make_node(), {}};
  const Node& sw = all.sw;
  Request bridge(RTM_NEWLINK, kCreate);
  bridge.body(ifinfomsg{.ifi_index = 10000});
  bridge.put(IFLA_IFNAME, "br0");
  rtattr* info = bridge.open(IFLA_LINKINFO);
  bridge.put(IFLA_INFO_KIND, "bridge", 6);
  bridge.close(info);
  sw.ask(bridge);
  for (int i = 0; i < nodes; ++i) {
    const Node node = make_node();
    add_veth(sw, "p" + std::to_string(i), i + 2, node, "eth0", 2);
    add_address(node, 2, address_of(i).c_str(), 16);
    bring_up(node, 2);
    Request port(RTM_NEWLINK, 0);
    port.body(ifinfomsg{.ifi_index = i + 2, .ifi_flags = IFF_UP, .ifi_change = IFF_UP});
    port.put(IFLA_MASTER, 10000u);
    sw.ask(port);
    all.nodes.push_back(node);
  }
  bring_up(sw, 10000);
  return all;
}

void close_all(const Star& all) {
  for (const Node& node : all.nodes) close(node.ns), close(node.route);
  close(all.sw.ns), close(all.sw.route);
}

/// trace_packets() by a process that holds nothing else: libnftables waits by select(2), which
/// takes no descriptor above 1023. Without IPv6, as fwproof has it where a topology has none: what
/// each node tells all others by itself would be traced too.
void trace_packets_of(const Node& node) {
  const pid_t pid = must(fork(), "fork");
  if (pid == 0) {
    node.enter();
    close_range(3, ~0U, 0);
    const int ipv6 = must(open("/proc/sys/net/ipv6/conf/all/disable_ipv6", O_WRONLY), "sysctl");
    must(static_cast<int>(write(ipv6, "1", 1)), "sysctl");
    trace_packets(nft_ctx_new(NFT_CTX_DEFAULT), false);
    _exit(0);
  }
  int status = 1;
  waitpid(pid, &status, 0);
  if (status != 0) std::exit(3);
}

/// Has all packets of a star traced, and told to a socket in its first node.
int trace_star(const Star& all) {
  for (const Node& node : all.nodes) {
    trace_packets_of(node);
    if (&node != &all.nodes.front()) number_for(all.nodes.front(), node);
  }
  all.nodes.front().enter();
  const int trace = open_trace();
  const int on = 1;
  must(setsockopt(trace, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &on, sizeof on), "hear all");
  return trace;
}

/// Each node of a star connects to the first. Prints how long that takes, the star not counted.
void connect_all(int count, bool traced) {
  const Star all = star(count);
  const Node& server = all.nodes.front();
  for (int i = 0; i < count; ++i) {
    const Node& node = all.nodes[static_cast<size_t>(i)];
    set_mac(node, 2, mac_of(i));
    sync_carrier(node, "eth0");
    if (i == 0) continue;
    add_neighbour(node, 0);
    add_neighbour(server, i);
  }
  const int trace = traced ? trace_star(all) : -1;
  server.enter();
  const int listener = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  const sockaddr_in there = at(address_of(0).c_str(), 80);
  const auto* name = reinterpret_cast<const sockaddr*>(&there);
  must(bind(listener, name, sizeof there), "bind");
  must(listen(listener, 5), "listen");
  const auto start = Clock::now();
  for (size_t i = 1; i < all.nodes.size(); ++i) {
    all.nodes[i].enter();
    const int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    must(connect(fd, name, sizeof there), "connect");
    close(must(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC), "accept"));
    close(fd);
    if (traced) read_trace(trace);
  }
  print(start);
  close(listener);
  close_all(all);
}

/// Does this message of the kernel's trace tell of a drop?
bool tells_of_drop(const nlmsghdr* message) {
  int left = static_cast<int>(message->nlmsg_len - NLMSG_LENGTH(sizeof(nfgenmsg)));
  auto* attribute = reinterpret_cast<const rtattr*>(reinterpret_cast<const char*>(message) +
                                                    NLMSG_LENGTH(sizeof(nfgenmsg)));
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    if ((attribute->rta_type & NLA_TYPE_MASK) != NFTA_TRACE_VERDICT) continue;
    const auto* code = static_cast<const rtattr*>(RTA_DATA(attribute));
    return *static_cast<const uint32_t*>(RTA_DATA(code)) == htonl(NF_DROP);
  }
  return false;
}

/// A packet that a rule drops, again and again.
void drops(int rounds) {
  const Node m = make_node();
  const Node w = make_node();
  add_veth(m, "eth0", 2, w, "eth0", 2);
  add_address(m, 2, "10.0.0.1", 24);
  add_address(w, 2, "10.0.0.2", 24);
  for (const Node& node : {m, w}) bring_up(node, 2);
  sync_carrier(m, "eth0");
  w.enter();
  nft_ctx* context = nft_ctx_new(NFT_CTX_DEFAULT);
  if (nft_run_cmd_from_buffer(context,
                              "table ip t {\n chain in {\n  type filter hook input priority 0\n"
                              "  meta nftrace set 1\n  udp dport 9 drop\n }\n}\n") != 0)
    std::exit(3);
  const int trace = open_trace();
  m.enter();
  const int fd = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  const sockaddr_in there = at("10.0.0.2", 9);
  for (int round = -1; round < rounds; ++round) {  // the first asks for the neighbour
    const auto start = Clock::now();
    must(static_cast<int>(
             sendto(fd, "ping", 4, 0, reinterpret_cast<const sockaddr*>(&there), sizeof there)),
         "sendto");
    alignas(8) char message[8192];
    do {
      must(static_cast<int>(recv(trace, message, sizeof message, 0)), "recv");
    } while (!tells_of_drop(reinterpret_cast<nlmsghdr*>(message)));
    if (round >= 0) print(start);
  }
}

/// The kernel clears namespaces away one after another, in the order they were let go of. One end
/// of a link stays here; it goes with the other.
void settle() {
  const Node here = make_node(), there = make_node();
  add_veth(here, "eth0", 2, there, "eth0", 2);
  here.enter();
  const int told = must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "socket");
  sockaddr_nl links{.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
  must(bind(told, reinterpret_cast<sockaddr*>(&links), sizeof links), "bind");
  const timeval limit{.tv_sec = 120};
  must(setsockopt(told, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), "setsockopt");
  const auto start = Clock::now();
  close(there.ns), close(there.route);
  alignas(8) char message[8192];
  do {
    must(static_cast<int>(recv(told, message, sizeof message, 0)), "recv");
  } while (reinterpret_cast<nlmsghdr*>(message)->nlmsg_type != RTM_DELLINK);
  print(start);
  close(told), close(here.ns), close(here.route);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string_view what = argv[1];
  if ((what.starts_with("nat") || what.starts_with("kept")) && argc < 4) return 2;
  must(unshare(geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET), "unshare");
  const int rounds = std::atoi(argv[2]);
  const int nodes = argc > 3 ? std::atoi(argv[3]) : 10;
  if (what == "drop") return drops(rounds), 0;
  if (what == "kept") return kept(rounds, argv[3]), 0;
  if (what == "kept-traced") return kept_traced(rounds, argv[3]), 0;
  for (int round = 0; round < rounds; ++round) {
    if (what == "settle") {
      settle();
      continue;
    }
    if (what.starts_with("connect")) {
      connect_all(nodes, what == "connect-traced");
      continue;
    }
    if (what == "teardown") {
      const std::array<Node, 2> all{make_node(), make_node()};
      add_veth(all[0], "eth0", 2, all[1], "eth0", 2);
      const auto start = Clock::now();
      for (const Node& node : all) close(node.ns), close(node.route);
      print(start);
      continue;
    }
    const auto start = Clock::now();
    if (what == "lan") lan();
    if (what == "nat" || what == "nat-restore") nat(what != "nat", argv[3]);
    if (what == "star") close_all(star(nodes));
    print(start);
  }
}
