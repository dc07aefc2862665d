#include "lab/handed.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

namespace fwproof::lab {
namespace {

constexpr size_t kMostFds = 8;
constexpr size_t kControl = CMSG_SPACE(kMostFds * sizeof(int));

}  // namespace

bool send_message(int socket, std::string_view text, std::span<const int> fds) {
  alignas(cmsghdr) std::array<char, kControl> control{};
  iovec part{.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
  msghdr message{.msg_iov = &part, .msg_iovlen = 1};
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
  }
  return sendmsg(socket, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

std::optional<Message> receive_message(int socket) {
  alignas(cmsghdr) std::array<char, kControl> control{};
  Message received;
  received.text.resize(PATH_MAX);
  iovec part{.iov_base = received.text.data(), .iov_len = received.text.size()};
  msghdr message{.msg_iov = &part, .msg_iovlen = 1};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t length = -1;
  do length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (length < 0 && errno == EINTR);
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); length > 0 && header;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    for (size_t at = CMSG_LEN(0); at < header->cmsg_len; at += sizeof(int)) {
      int fd = -1;
      std::memcpy(&fd, reinterpret_cast<const char*>(header) + at, sizeof fd);
      received.fds.emplace_back(fd);
    }
  }
  if ((message.msg_flags & MSG_CTRUNC) != 0) errno = EMFILE;
  if (length <= 0 || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return std::nullopt;
  received.text.resize(static_cast<size_t>(length));
  return received;
}

}  // namespace fwproof::lab
