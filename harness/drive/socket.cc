#include "drive/socket.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace fwproof::drive {

SocketAddress::SocketAddress(const Endpoint& endpoint) {
  const auto bytes = endpoint.address.bytes();
  if (endpoint.address.is_v6()) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(endpoint.port);
    std::memcpy(&v6->sin6_addr, bytes.data(), bytes.size());
    length = sizeof *v6;
  } else {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(endpoint.port);
    std::memcpy(&v4->sin_addr, bytes.data(), bytes.size());
    length = sizeof *v4;
  }
}

Endpoint SocketAddress::endpoint() const {
  if (storage.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&storage);
    const auto* bytes = reinterpret_cast<const uint8_t*>(&v6->sin6_addr);
    const bool mapped = IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);
    return {IpAddress::from_bytes(mapped ? std::span(bytes + 12, 4) : std::span(bytes, 16)),
            ntohs(v6->sin6_port)};
  }
  const auto* v4 = reinterpret_cast<const sockaddr_in*>(&storage);
  return {IpAddress::from_bytes({reinterpret_cast<const uint8_t*>(&v4->sin_addr), 4}),
          ntohs(v4->sin_port)};
}

UniqueFd open_socket(const nl::Netns& netns, const std::string& node, int family, int type,
                     int protocol) {
  const nl::NetnsScope inside(netns);
  UniqueFd fd(socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
  if (!fd.valid())
    throw MachineError::from_errno(fmt::format("open a socket in node '{}'", node), errno);
  return fd;
}

namespace {

MachineError bind_error(int error_number, const std::string& node, const Endpoint& endpoint) {
  const char* hint = error_number == EADDRNOTAVAIL ? "the node has no such address"
                     : error_number == EADDRINUSE  ? "the port is taken by another flow or service"
                                                   : "";
  return MachineError::from_errno(
      fmt::format("bind to {} in node '{}'", endpoint.to_string(), node), error_number, hint);
}

}  // namespace

bool bind_unless_taken(int fd, const std::string& node, const Endpoint& endpoint) {
  const SocketAddress address(endpoint);
  if (bind(fd, address.get(), address.length) == 0) return true;
  if (errno == EADDRINUSE) return false;
  throw bind_error(errno, node, endpoint);
}

void bind_socket(int fd, const std::string& node, const Endpoint& endpoint) {
  if (!bind_unless_taken(fd, node, endpoint)) throw bind_error(EADDRINUSE, node, endpoint);
}

void set_option(int fd, int level, int option, int value) {
  if (setsockopt(fd, level, option, &value, sizeof value) != 0)
    throw MachineError::from_errno(fmt::format("set socket option {} of level {}", option, level),
                                   errno);
}

void set_headers(int fd, const Flow& flow) {
  const bool v6 = flow.destination.address.is_v6();
  const int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
  // A crafted packet has its own: ip(7) refuses a TTL of 0.
  if (flow.ttl && !flow.craft) set_option(fd, level, v6 ? IPV6_UNICAST_HOPS : IP_TTL, *flow.ttl);
  if (flow.tos) set_option(fd, level, v6 ? IPV6_TCLASS : IP_TOS, *flow.tos);
  set_device(fd, flow);
}

void set_device(int fd, const Flow& flow) {
  if (!flow.dev.empty() && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, flow.dev.data(),
                                      static_cast<socklen_t>(flow.dev.size())) != 0)
    throw MachineError::from_errno(
        fmt::format("send from dev '{}' of node '{}'", flow.dev, flow.node), errno);
}

Endpoint local_endpoint(int fd) {
  SocketAddress address;
  if (getsockname(fd, address.get(), &address.length) != 0)
    throw MachineError::from_errno("ask a socket for its address", errno);
  return address.endpoint();
}

int take_error(int fd) {
  int error_number = 0;
  socklen_t length = sizeof error_number;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error_number, &length) != 0) return errno;
  return error_number;
}

void close_abruptly(UniqueFd& fd) {
  if (!fd.valid()) return;
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  fd.reset();
}

}  // namespace fwproof::drive
