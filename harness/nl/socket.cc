#include "nl/socket.h"

#include <netlink/errno.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>

#include "base/error.h"

namespace fwproof::nl {

void check(int result, const std::string& attempt) {
  if (result < 0) throw MachineError(attempt, nl_geterror(result));
}

void MessageFreer::operator()(nl_msg* message) const { nlmsg_free(message); }

Message make_message(int type, int flags) {
  Message message(nlmsg_alloc_simple(type, flags));
  if (!message) throw std::bad_alloc();
  return message;
}

Socket::Socket(int protocol) : socket_(nl_socket_alloc()) {
  if (!socket_) throw std::bad_alloc();
  constexpr const char* attempt = "open a netlink socket";
  errno = 0;
  const int result = nl_connect(socket_.get(), protocol);
  // libnl has no words for most errors of socket(2), such as too many open files.
  if (result == -NLE_FAILURE && errno != 0) throw MachineError::from_errno(attempt, errno);
  check(result, attempt);
  nl_socket_disable_auto_ack(socket_.get());
  nl_socket_disable_seq_check(socket_.get());
  const int on = 1;  // error messages come with the kernel's own words (linux/netlink.h)
  setsockopt(fd(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
}

void Socket::set_receive_buffer(int bytes) {
  if (setsockopt(fd(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
    setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

void Socket::join(int group) {
  check(nl_socket_add_membership(socket_.get(), group), "join a netlink group");
}

void Socket::hear_other_namespaces() {
  const int on = 1;
  if (setsockopt(fd(), SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &on, sizeof on) != 0)
    throw MachineError::from_errno("hear what other namespaces tell", errno);
}

namespace {

constexpr size_t kReceiveBytes = 65536;

/// One datagram. Returns its length, 0 if none is queued and `flags` has MSG_DONTWAIT, or -errno.
ssize_t receive(int fd, std::array<char, kReceiveBytes>& buffer, int flags) {
  const ssize_t length = recv(fd, buffer.data(), buffer.size(), flags | MSG_TRUNC);
  if (length < 0) return errno == EAGAIN ? 0 : -errno;
  return length > static_cast<ssize_t>(buffer.size()) ? -EMSGSIZE : length;
}

/// The kernel's words in an error message, after the request it quotes (NLMSGERR_ATTR_MSG).
std::string kernel_words(nlmsghdr* header) {
  const auto* error = static_cast<const nlmsgerr*>(nlmsg_data(header));
  const bool quoted = (header->nlmsg_flags & NLM_F_CAPPED) == 0;
  const int hdrlen = static_cast<int>(sizeof(nlmsgerr)) +
                     (quoted ? NLMSG_ALIGN(static_cast<int>(error->msg.nlmsg_len)) -
                                   static_cast<int>(sizeof(nlmsghdr))
                             : 0);
  if ((header->nlmsg_flags & NLM_F_ACK_TLVS) == 0 || !nlmsg_valid_hdr(header, hdrlen)) return {};
  const nlattr* words = nlmsg_find_attr(header, hdrlen, NLMSGERR_ATTR_MSG);
  return words ? nla_get_string(words) : "";
}

}  // namespace

void Socket::request(nl_msg* message, const std::string& attempt) {
  nlmsg_hdr(message)->nlmsg_flags |= NLM_F_ACK | NLM_F_REQUEST;
  dump(message, attempt, [](nlmsghdr*) {});
}

void Socket::dump(nl_msg* message, const std::string& attempt,
                  const std::function<void(nlmsghdr*)>& each) {
  const Failure failure = exchange(message, attempt, each);
  if (failure.error_number == 0) return;
  const std::string told = failure.words.empty() ? "" : " (kernel: " + failure.words + ")";
  throw MachineError::from_errno(attempt + told, failure.error_number);
}

int Socket::ask(nl_msg* message, const std::string& attempt,
                const std::function<void(nlmsghdr*)>& each) {
  return exchange(message, attempt, each).error_number;
}

Socket::Failure Socket::exchange(nl_msg* message, const std::string& attempt,
                                 const std::function<void(nlmsghdr*)>& each) {
  nl_complete_msg(socket_.get(), message);
  const uint32_t sequence = nlmsg_hdr(message)->nlmsg_seq;
  check(nl_send(socket_.get(), message), attempt);
  std::array<char, kReceiveBytes> buffer;
  while (true) {
    const ssize_t length = receive(fd(), buffer, 0);
    if (length == -EINTR) continue;
    if (length <= 0) throw MachineError::from_errno(attempt, static_cast<int>(-length));
    int left = static_cast<int>(length);
    for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); nlmsg_ok(header, left);
         header = nlmsg_next(header, &left)) {
      if (header->nlmsg_seq != sequence) continue;
      if (header->nlmsg_flags & NLM_F_DUMP_INTR)
        throw MachineError(attempt, "it changed while it was read");
      if (header->nlmsg_type == NLMSG_DONE) return {};
      if (header->nlmsg_type != NLMSG_ERROR) {
        each(header);
        continue;
      }
      const int error_number = -static_cast<const nlmsgerr*>(nlmsg_data(header))->error;
      return {error_number, error_number == 0 ? "" : kernel_words(header)};
    }
  }
}

namespace {

/// Datagrams as they are queued, several at each call: a trace is hundreds of small ones.
class Datagrams {
 public:
  Datagrams() {
    for (size_t i = 0; i < kAtOnce; ++i) {
      parts_[i] = {.iov_base = bytes_[i].data(), .iov_len = bytes_[i].size()};
      headers_[i].msg_hdr = {.msg_iov = &parts_[i], .msg_iovlen = 1};
    }
  }

  /// How many came, 0 if none is queued, or -errno.
  int receive(int fd) {
    for (size_t i = 0; i < kAtOnce; ++i) {
      headers_[i].msg_hdr.msg_control = control_[i].data();
      headers_[i].msg_hdr.msg_controllen = control_[i].size();
    }
    const int count = recvmmsg(fd, headers_.data(), kAtOnce, MSG_DONTWAIT | MSG_TRUNC, nullptr);
    if (count < 0) return errno == EAGAIN ? 0 : -errno;
    return count;
  }

  size_t length(int i) const { return headers_[static_cast<size_t>(i)].msg_len; }
  bool is_cut(int i) const {
    return length(i) > kReceiveBytes ||
           (headers_[static_cast<size_t>(i)].msg_hdr.msg_flags & MSG_CTRUNC) != 0;
  }
  char* bytes(int i) { return bytes_[static_cast<size_t>(i)].data(); }

  /// Of the namespace it was told in: the kernel says it where that is not the socket's own.
  int nsid(int i) {
    msghdr& header = headers_[static_cast<size_t>(i)].msg_hdr;
    int nsid = Socket::kOwnNamespace;
    for (cmsghdr* control = CMSG_FIRSTHDR(&header); control;
         control = CMSG_NXTHDR(&header, control))
      if (control->cmsg_level == SOL_NETLINK && control->cmsg_type == NETLINK_LISTEN_ALL_NSID)
        std::memcpy(&nsid, CMSG_DATA(control), sizeof nsid);
    return nsid;
  }

 private:
  static constexpr size_t kAtOnce = 16;
  // Not set: memory that no message needs is never touched.
  alignas(nlmsghdr) std::array<std::array<char, kReceiveBytes>, kAtOnce> bytes_;
  alignas(cmsghdr) std::array<std::array<char, CMSG_SPACE(sizeof(int))>, kAtOnce> control_{};
  std::array<iovec, kAtOnce> parts_{};
  std::array<mmsghdr, kAtOnce> headers_{};
};

}  // namespace

/// More than any receive buffer of fwproof's holds, 64 MiB with what the kernel doubles it by: each
/// datagram takes 700 bytes of it and more.
constexpr int kMostQueued = 100'000;

bool Socket::drain(const std::function<void(nlmsghdr*)>& each) {
  return drain([&](nlmsghdr* header, int) { each(header); });
}

bool Socket::drain(const std::function<void(nlmsghdr*, int)>& each) {
  thread_local const auto datagrams = std::make_unique_for_overwrite<Datagrams>();
  bool whole = true;
  for (int taken = 0; taken < kMostQueued;) {
    const int count = datagrams->receive(fd());
    if (count == 0) return whole;
    taken += std::max(count, 1);
    if (count == -EINTR) continue;
    if (count == -ENOBUFS) {
      whole = false;
      continue;
    }
    if (count < 0) throw MachineError::from_errno("read a netlink socket", -count);
    for (int i = 0; i < count; ++i) {
      if (datagrams->is_cut(i)) {
        whole = false;
        continue;
      }
      const int nsid = datagrams->nsid(i);
      int left = static_cast<int>(datagrams->length(i));
      for (auto* header = reinterpret_cast<nlmsghdr*>(datagrams->bytes(i)); nlmsg_ok(header, left);
           header = nlmsg_next(header, &left))
        each(header, nsid);
    }
  }
  return whole;
}

}  // namespace fwproof::nl
