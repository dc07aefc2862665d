#include "drive/raw_socket.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include <cerrno>

#include "base/error.h"
#include "drive/socket.h"

namespace fwproof::drive {
namespace {

// linux/in.h, which cannot be included beside netinet/in.h: fragments are not put together again on
// their way out.
constexpr int kIpNodefrag = 22;

}  // namespace

UniqueFd open_raw(const nl::Netns& netns, const Flow& flow, int family) {
  UniqueFd raw = open_socket(netns, flow.node, family, SOCK_RAW, IPPROTO_RAW);
  set_option(raw.get(), SOL_SOCKET, SO_BROADCAST, 1);
  if (family == AF_INET) set_option(raw.get(), IPPROTO_IP, kIpNodefrag, 1);
  set_headers(raw.get(), flow);
  return raw;
}

int send_raw(int fd, const Flow& flow, std::span<const uint8_t> packet, const IpAddress& to) {
  const SocketAddress address({to, 0});
  if (sendto(fd, packet.data(), packet.size(), 0, address.get(), address.length) >= 0) return 0;
  if (errno == EMSGSIZE)
    throw MachineError(
        fmt::format("send flow '{}'", flow.name),
        fmt::format("a packet of {} bytes, and the device it leaves by has a smaller MTU",
                    packet.size()),
        flow.craft->replay.empty()
            ? "what is crafted goes out as it is: say with 'fragments' how it is cut"
            : "what is replayed goes out as it is: leave it out with 'filter', or set the 'mtu'");
  return errno == EPERM ? 0 : errno;
}

}  // namespace fwproof::drive
