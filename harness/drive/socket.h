// Sockets that are opened inside a node and used from outside it.
#pragma once

#include <sys/socket.h>

#include <string>

#include "base/address.h"
#include "base/unique_fd.h"
#include "model/flow.h"
#include "nl/netns.h"

namespace fwproof::drive {

/// An endpoint in the form the socket calls take.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  explicit SocketAddress(const Endpoint& endpoint);
  SocketAddress() : length(sizeof(sockaddr_storage)) {}
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  /// IPv4 in IPv6 form comes back as IPv4.
  Endpoint endpoint() const;
};

/// A non-blocking socket of the netns. Throws MachineError naming the node.
UniqueFd open_socket(const nl::Netns& netns, const std::string& node, int family, int type,
                     int protocol);

/// Binds, unless another socket has the port: then false. Throws MachineError naming node and
/// endpoint.
bool bind_unless_taken(int fd, const std::string& node, const Endpoint& endpoint);

/// The same where the port must be free.
void bind_socket(int fd, const std::string& node, const Endpoint& endpoint);

void set_option(int fd, int level, int option, int value);

/// Sets what the flow says of TTL (hop limit; not of crafted packets), TOS (traffic class) and
/// device. Throws MachineError.
void set_headers(int fd, const Flow& flow);

/// The device alone. A link-local address can be bound only behind it.
void set_device(int fd, const Flow& flow);

Endpoint local_endpoint(int fd);

/// The error that waits at the socket, which is taken from it; 0 if there is none.
int take_error(int fd);

/// Makes the close of a TCP socket immediate: nothing of it stays behind to send or retransmit.
void close_abruptly(UniqueFd& fd);

}  // namespace fwproof::drive
