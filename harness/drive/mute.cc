#include "drive/mute.h"

#include <fmt/format.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>

#include "base/error.h"
#include "drive/socket.h"

namespace fwproof::drive {

UniqueFd mute_tcp(const nl::Netns& netns, const std::string& node, const Endpoint& own,
                  const Endpoint& other) {
  UniqueFd fd = open_socket(netns, node, own.address.family(), SOCK_STREAM, 0);
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  sock_filter nothing[] = {{.code = BPF_RET | BPF_K, .k = 0}};
  const sock_fprog program{.len = 1, .filter = nothing};
  if (setsockopt(fd.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
    throw MachineError::from_errno("mute TCP in node '" + node + "'", errno);
  set_option(fd.get(), IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_ON);
  bind_socket(fd.get(), node, own);
  const SocketAddress to(other);
  if (connect(fd.get(), to.get(), to.length) != 0)
    throw MachineError::from_errno(fmt::format("mute TCP between {} and {} in node '{}'",
                                               own.to_string(), other.to_string(), node),
                                   errno);
  return fd;
}

}  // namespace fwproof::drive
