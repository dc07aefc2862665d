#include "drive/fence.h"

#include <netinet/in.h>
#include <poll.h>

#include <cerrno>

#include "base/error.h"
#include "drive/socket.h"
#include "nl/link.h"

namespace fwproof::drive {
namespace {

/// A namespace of its own with nothing but lo, and a UDP socket that talks to itself. Rules and
/// traces of nodes never see its packets.
struct Echo {
  nl::Netns netns = nl::Netns::create();
  UniqueFd fd;

  Echo() {
    {
      const nl::NetnsScope inside(netns);
      nl::Socket route(NETLINK_ROUTE);
      nl::bring_up(route, nl::kLoopbackIndex, "bring up lo for the fence");
    }
    fd = open_socket(netns, "fence", AF_INET, SOCK_DGRAM, 0);
    bind_socket(fd.get(), "fence", {*IpAddress::parse("127.0.0.1"), 0});
    const SocketAddress self(local_endpoint(fd.get()));
    if (connect(fd.get(), self.get(), self.length) != 0)
      throw MachineError::from_errno("connect the fence", errno);
  }
};

const Echo& echo() {
  static thread_local const Echo kEcho;
  return kEcho;
}

}  // namespace

Fence::Fence() {
  echo();
  if (sched_getaffinity(0, sizeof before_, &before_) != 0)
    throw MachineError::from_errno("ask which CPUs this thread may use", errno);
  cpu_set_t here;
  CPU_ZERO(&here);
  CPU_SET(sched_getcpu(), &here);
  if (sched_setaffinity(0, sizeof here, &here) != 0)
    throw MachineError::from_errno("keep this thread on its CPU", errno);
}

Fence::~Fence() { sched_setaffinity(0, sizeof before_, &before_); }

void Fence::wait(const Deadline& deadline) const {
  const int fd = echo().fd.get();
  char byte = 0;
  if (send(fd, &byte, sizeof byte, 0) < 0) throw MachineError::from_errno("send a fence", errno);
  while (recv(fd, &byte, sizeof byte, MSG_DONTWAIT) < 0) {
    pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
    if (poll(&wait, 1, deadline.poll_timeout()) < 0 && errno != EINTR)
      throw MachineError::from_errno("wait for a fence", errno);
    if (deadline.passed())
      throw MachineError("wait until all packets have been dealt with", "it takes too long");
  }
}

}  // namespace fwproof::drive
