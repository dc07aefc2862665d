#include "observe/listener.h"

#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <bit>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/error.h"
#include "nl/nsid.h"
#include "observe/nfnetlink.h"

namespace fwproof::observe {
namespace {

/// Of all that nf_tables tells when rules change only the generation is wanted: thousands of rules
/// would fill the socket's buffer.
void leave_out_rules(const nl::Socket& socket) {
  // nlmsg_type stands in the machine's own order (linux/netlink.h): its low byte is the message,
  // its high one the subsystem.
  constexpr bool kBig = std::endian::native == std::endian::big;
  constexpr uint32_t kType = offsetof(nlmsghdr, nlmsg_type);
  constexpr uint32_t kAll = ~0U;
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kType + (kBig ? 0 : 1)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NFNL_SUBSYS_NFTABLES, 0, 3),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kType + (kBig ? 1 : 0)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NFT_MSG_TRACE, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NFT_MSG_NEWGEN, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, kAll),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const sock_fprog program{.len = std::size(code), .filter = code};
  if (setsockopt(socket.fd(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
    throw MachineError::from_errno("filter what nf_tables tells", errno);
}

nl::Socket open_in(const nl::Netns& netns, int protocol) {
  const nl::NetnsScope scope(netns);
  return nl::Socket(protocol);
}

nl::Socket open_ear(const nl::Netns& netns, bool hears_others) {
  nl::Socket socket = open_in(netns, NETLINK_NETFILTER);
  socket.set_receive_buffer(kReceiveBuffer);
  leave_out_rules(socket);
  if (hears_others) socket.hear_other_namespaces();
  for (const int group :
       {NFNLGRP_NFTRACE, NFNLGRP_NFTABLES, NFNLGRP_CONNTRACK_NEW, NFNLGRP_CONNTRACK_UPDATE,
        NFNLGRP_CONNTRACK_DESTROY, NFNLGRP_CONNTRACK_EXP_NEW})
    socket.join(group);
  return socket;
}

}  // namespace

void Mail::give_out(Pile& pile, const Each& each) {
  Pile all = std::exchange(pile, {});
  int left = static_cast<int>(all.messages.size());
  auto order = all.orders.begin();
  for (auto* header = reinterpret_cast<nlmsghdr*>(all.messages.data()); nlmsg_ok(header, left);
       header = nlmsg_next(header, &left))
    each(header, *order++);
}

bool Mail::take_rules(const Each& each) {
  give_out(rules_, each);
  return std::exchange(whole_, true);
}

void Mail::take_conntrack(const Each& each) { give_out(conntrack_, each); }

void Mail::put(const nlmsghdr* message) {
  const auto subsystem = static_cast<uint16_t>(NFNL_SUBSYS_ID(message->nlmsg_type));
  Pile& to = subsystem == NFNL_SUBSYS_NFTABLES ? rules_ : conntrack_;
  const auto* bytes = reinterpret_cast<const char*>(message);
  to.messages.insert(to.messages.end(), bytes, bytes + message->nlmsg_len);
  to.messages.resize(NLMSG_ALIGN(to.messages.size()));
  to.orders.push_back(++told_);
}

int Listener::number_of(const nl::Netns& netns) {
  if (!route_) {
    route_ = open_in(netns, NETLINK_ROUTE);
    return nl::Socket::kOwnNamespace;
  }
  return nl::nsid_of(*route_, netns);
}

std::shared_ptr<Mail> Listener::listen(const nl::Netns& netns, const std::string& node) {
  if (!together_ || ears_.empty()) ears_.push_back({open_ear(netns, together_), {}});
  Ear& ear = ears_.back();
  const int number = together_ ? number_of(netns) : nl::Socket::kOwnNamespace;
  take_in(ear);  // what was told before is nobody's
  auto mail = std::make_shared<Mail>(node);
  ear.mail[number] = mail;
  return mail;
}

std::vector<int> Listener::fds() const {
  std::vector<int> fds;
  for (const Ear& ear : ears_) fds.push_back(ear.socket.fd());
  return fds;
}

void Listener::announce(const std::shared_ptr<Mail>& mail) {
  if (!std::exchange(mail->announced_, true)) announced_.push_back(mail);
}

void Listener::take_in(Ear& ear) {
  const bool whole = ear.socket.drain([&](nlmsghdr* message, int nsid) {
    // Namespaces that a program made, too, may have a number and tell something.
    const auto found = ear.mail.find(nsid);
    const auto mail = found == ear.mail.end() ? nullptr : found->second.lock();
    if (!mail) return;
    mail->put(message);
    announce(mail);
  });
  if (whole) return;
  std::vector<std::string> nodes;
  for (const auto& [number, held] : ear.mail)
    if (const auto mail = held.lock()) {
      nodes.push_back("'" + mail->node() + "'");
      mail->whole_ = false;
      announce(mail);
    }
  if (nodes.empty()) return;
  const std::string who = nodes.size() == 1
                              ? "node " + nodes.front()
                              : fmt::format("one of the {} nodes heard together", nodes.size());
  lost_.push_back(fmt::format(
      "{}: messages of the trace or of connection tracking were lost: the receive buffer ran full",
      who));
}

std::vector<std::string> Listener::drain(std::vector<std::string>& lost) {
  for (Ear& ear : ears_) take_in(ear);
  lost.insert(lost.end(), lost_.begin(), lost_.end());
  lost_.clear();
  std::vector<std::string> nodes;
  for (const auto& mail : announced_) {
    mail->announced_ = false;
    nodes.push_back(mail->node());
  }
  announced_.clear();
  return nodes;
}

}  // namespace fwproof::observe
