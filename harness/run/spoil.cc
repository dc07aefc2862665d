// Put before the C library (LD_PRELOAD) this spoils what fwproof's taps read, for tests of what
// becomes of it. FWPROOF_SPOIL says how:
//   buffers   the taps' sockets hold next to nothing
//   trace     the first message of nf_tables' trace cannot be understood
//   conntrack the first event of conntrack cannot be understood
//   packet    the first packet that legacy tables tell of comes with another identification
#include <dlfcn.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

constexpr int kTapBuffer = 32 << 20;  // observe/nfnetlink.h: no other socket asks for that
constexpr uint16_t kTrace = NFNL_SUBSYS_NFTABLES << 8 | 17;  // NFT_MSG_TRACE
constexpr uint16_t kConntrack = NFNL_SUBSYS_CTNETLINK << 8;  // IPCTNL_MSG_CT_NEW
constexpr uint16_t kPacket = NFNL_SUBSYS_ULOG << 8;          // NFULNL_MSG_PACKET
constexpr uint16_t kPayload = 9;                             // NFULA_PAYLOAD
constexpr size_t kIdentification = 4;                        // of an IPv4 header

bool asked_for(std::string_view way) {
  const char* wanted = std::getenv("FWPROOF_SPOIL");
  return wanted && way == wanted;
}

bool once(std::string_view way) {
  static bool done = false;
  if (done || !asked_for(way)) return false;
  return done = true;
}

bool is_netlink(int fd) {
  int domain = 0;
  socklen_t size = sizeof domain;
  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_NETLINK;
}

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

/// The first attribute is made longer than the message.
void break_up(char* message) {
  const uint16_t length = 0x7fff;
  std::memcpy(message + NLMSG_LENGTH(sizeof(nfgenmsg)), &length, sizeof length);
}

void change_packet(char* message, size_t size) {
  for (size_t at = NLMSG_LENGTH(sizeof(nfgenmsg)); at + sizeof(nlattr) <= size;) {
    nlattr attribute;
    std::memcpy(&attribute, message + at, sizeof attribute);
    if (attribute.nla_type == kPayload) message[at + sizeof attribute + kIdentification] ^= 1;
    at += NLA_ALIGN(attribute.nla_len);
  }
}

/// `size` bytes of whole messages.
void spoil(char* bytes, size_t size) {
  while (size >= NLMSG_LENGTH(sizeof(nfgenmsg))) {
    nlmsghdr header;
    std::memcpy(&header, bytes, sizeof header);
    if (header.nlmsg_len < NLMSG_LENGTH(sizeof(nfgenmsg)) || header.nlmsg_len > size) return;
    const bool event = header.nlmsg_pid == 0 && header.nlmsg_seq == 0;
    if (header.nlmsg_type == kTrace && once("trace")) break_up(bytes);
    if (header.nlmsg_type == kConntrack && event && once("conntrack")) break_up(bytes);
    if (header.nlmsg_type == kPacket && once("packet")) change_packet(bytes, header.nlmsg_len);
    const size_t whole = NLMSG_ALIGN(header.nlmsg_len);
    if (whole >= size) return;
    bytes += whole;
    size -= whole;
  }
}

}  // namespace

extern "C" int setsockopt(int fd, int level, int name, const void* value, socklen_t length) {
  int small = 1;
  const bool buffer = level == SOL_SOCKET && (name == SO_RCVBUF || name == SO_RCVBUFFORCE);
  if (buffer && length == sizeof kTapBuffer && std::memcmp(value, &kTapBuffer, length) == 0 &&
      asked_for("buffers"))
    value = &small;
  return next<decltype(setsockopt)>("setsockopt")(fd, level, name, value, length);
}

extern "C" ssize_t recv(int fd, void* buffer, size_t size, int flags) {
  const ssize_t length = next<decltype(recv)>("recv")(fd, buffer, size, flags);
  if (length > 0 && is_netlink(fd))
    spoil(static_cast<char*>(buffer), std::min(size, static_cast<size_t>(length)));
  return length;
}

extern "C" int recvmmsg(int fd, mmsghdr* messages, unsigned count, int flags, timespec* timeout) {
  const int got = next<decltype(recvmmsg)>("recvmmsg")(fd, messages, count, flags, timeout);
  for (int i = 0; i < got && is_netlink(fd); ++i) {
    const iovec& part = *messages[i].msg_hdr.msg_iov;
    spoil(static_cast<char*>(part.iov_base), std::min<size_t>(part.iov_len, messages[i].msg_len));
  }
  return got;
}
