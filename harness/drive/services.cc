#include "drive/services.h"

#include <netinet/in.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "drive/socket.h"

namespace fwproof::drive {
namespace {

/// Of connections, datagrams or reads of one socket: a flood keeps nobody from looking at the
/// clock.
constexpr int kAtOnce = 64;

/// A received datagram's own destination address, from IP_PKTINFO or IPV6_PKTINFO (ip(7), ipv6(7)).
IpAddress asked_address(msghdr& message) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      in_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(c), sizeof info);
      return IpAddress::from_bytes({reinterpret_cast<const uint8_t*>(&info.ipi_addr), 4});
    }
    if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(c), sizeof info);
      return IpAddress::from_bytes({reinterpret_cast<const uint8_t*>(&info.ipi6_addr), 16});
    }
  }
  return {};
}

/// Makes the kernel send from the address that was asked, not from the one it would choose.
void answer_from_asked(msghdr& message) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO) continue;
    in_pktinfo info{};
    std::memcpy(&info, CMSG_DATA(c), sizeof info);
    info.ipi_spec_dst = info.ipi_addr;
    info.ipi_ifindex = 0;
    std::memcpy(CMSG_DATA(c), &info, sizeof info);
  }
}

}  // namespace

void Services::listen(const nl::Netns& netns, const std::string& node, const Service& service,
                      bool ipv6) {
  if (service.address) {
    open(netns, node, service, {*service.address, service.port});
    return;
  }
  open(netns, node, service, {*IpAddress::parse("0.0.0.0"), service.port});
  if (ipv6) open(netns, node, service, {*IpAddress::parse("::"), service.port});
}

void Services::open(const nl::Netns& netns, const std::string& node, const Service& service,
                    const Endpoint& at) {
  const bool tcp = service.transport == Transport::tcp;
  const bool v6 = at.address.is_v6();
  UniqueFd fd = open_socket(netns, node, at.address.family(), tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (v6) set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (service.transparent)
    set_option(fd.get(), v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_TRANSPARENT : IP_TRANSPARENT, 1);
  if (!tcp && v6) set_option(fd.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  if (!tcp && !v6) set_option(fd.get(), IPPROTO_IP, IP_PKTINFO, 1);
  bind_socket(fd.get(), node, at);
  if (tcp && ::listen(fd.get(), SOMAXCONN) != 0)
    throw MachineError::from_errno("listen in node '" + node + "'", errno);
  const std::string answer = service.says.empty() ? std::string(kAnswer) : service.says + "\r\n";
  listeners_.push_back({std::move(fd), node, service.transport, service.port, answer});
}

std::vector<int> Services::fds() const {
  std::vector<int> all;
  for (const Listener& listener : listeners_) all.push_back(listener.fd.get());
  for (const Connection& connection : connections_) all.push_back(connection.fd.get());
  return all;
}

bool Services::advance() {
  bool progress = false;
  for (const Listener& listener : listeners_)
    progress |=
        listener.transport == Transport::tcp ? accept_some(listener) : answer_datagrams(listener);
  for (Connection& connection : connections_) progress |= serve(connection);
  std::erase_if(connections_, [](const Connection& c) { return !c.fd.valid(); });
  return progress;
}

bool Services::accept_some(const Listener& listener) {
  for (int i = 0; i < kAtOnce; ++i) {
    SocketAddress peer;
    UniqueFd fd(accept4(listener.fd.get(), peer.get(), &peer.length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.valid()) return i > 0;
    const Endpoint service{local_endpoint(fd.get()).address, listener.port};
    requests_.push_back({listener.node, Transport::tcp, service, peer.endpoint()});
    connections_.push_back({std::move(fd), listener.answer});
  }
  return true;
}

bool Services::serve(Connection& connection) {
  std::array<char, 4096> buffer;
  for (int i = 0; i < kAtOnce; ++i) {
    if (!connection.fd.valid()) return i > 0;
    const ssize_t length = recv(connection.fd.get(), buffer.data(), buffer.size(), 0);
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) return i > 0;
    if (length <= 0) {
      connection.fd.reset();
    } else if (!connection.answered) {
      // A connection that fails here shows at the next recv().
      send(connection.fd.get(), connection.answer.data(), connection.answer.size(), MSG_NOSIGNAL);
      connection.answered = true;
    }
  }
  return true;
}

bool Services::answer_datagrams(const Listener& listener) {
  std::array<char, 65536> buffer;
  for (int i = 0; i < kAtOnce; ++i) {
    SocketAddress peer;
    alignas(cmsghdr) std::array<char, 256> control{};
    iovec data{.iov_base = buffer.data(), .iov_len = buffer.size()};
    msghdr message{};
    message.msg_name = peer.get();
    message.msg_namelen = peer.length;
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t length = recvmsg(listener.fd.get(), &message, 0);
    if (length < 0) {
      if (errno == EAGAIN) return i > 0;
      continue;  // an ICMP error for an earlier answer, or a signal
    }
    requests_.push_back(
        {listener.node, Transport::udp, {asked_address(message), listener.port}, peer.endpoint()});
    if (std::string_view(buffer.data(), static_cast<size_t>(length)) == listener.answer) continue;
    answer_from_asked(message);
    std::string answer = listener.answer;
    data = {.iov_base = answer.data(), .iov_len = answer.size()};
    sendmsg(listener.fd.get(), &message, MSG_NOSIGNAL);
  }
  return true;
}

void Services::keep_connections() {
  for (Connection& connection : connections_) {
    connection.answered = false;
    connection.kept = true;
  }
}

void Services::drop_connections() {
  for (Connection& connection : connections_)
    if (!connection.kept) close_abruptly(connection.fd);
  std::erase_if(connections_, [](const Connection& connection) { return !connection.kept; });
}

void Services::set_connections_aside() {
  for (Connection& connection : connections_)
    if (!connection.kept) aside_.push_back(std::move(connection));
  std::erase_if(connections_, [](const Connection& c) { return !c.fd.valid(); });
}

}  // namespace fwproof::drive
