// A libnl netlink socket with one owner. It belongs to the namespace the thread was in when it was
// made, and can be used from anywhere after.
#pragma once

#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <functional>
#include <memory>
#include <string>

namespace fwproof::nl {

/// Throws MachineError "attempt: reason" if a libnl call returned an error (negative).
void check(int result, const std::string& attempt);

struct MessageFreer {
  void operator()(nl_msg* message) const;
};
using Message = std::unique_ptr<nl_msg, MessageFreer>;
/// Throws std::bad_alloc.
Message make_message(int type, int flags);

class Socket {
 public:
  /// `protocol` is NETLINK_ROUTE, NETLINK_NETFILTER, ...
  explicit Socket(int protocol);

  nl_sock* get() const { return socket_.get(); }
  int fd() const { return nl_socket_get_fd(socket_.get()); }

  /// Asks for `bytes` of receive buffer, past net.core.rmem_max where privilege allows it.
  void set_receive_buffer(int bytes);
  void join(int group);
  /// Also hears what its groups are told in other namespaces that its own has a number for
  /// (nl/nsid.h; NETLINK_LISTEN_ALL_NSID). Throws MachineError.
  void hear_other_namespaces();

  /// Sends a request and waits for its acknowledgement. `attempt` names it in errors, to which the
  /// kernel's own words (extended acknowledgement) are added where it sent some.
  void request(nl_msg* message, const std::string& attempt);

  /// Sends a request that wants an acknowledgement or a dump, calls `each` for every message of the
  /// answer, and returns the kernel's error number: 0 if it did what was asked.
  int ask(nl_msg* message, const std::string& attempt, const std::function<void(nlmsghdr*)>& each);

  /// Sends a dump request and calls `each` for every message of the answer.
  void dump(nl_msg* message, const std::string& attempt,
            const std::function<void(nlmsghdr*)>& each);

  /// The number of the socket's own namespace in drain().
  static constexpr int kOwnNamespace = -1;

  /// Calls `each`, which must drain no other socket, for every message that is queued now, with the
  /// number of the namespace it was told in, without waiting. Of what comes meanwhile it takes no
  /// more than a receive buffer holds. Returns false if the kernel says that it lost some (ENOBUFS).
  bool drain(const std::function<void(nlmsghdr*, int nsid)>& each);
  bool drain(const std::function<void(nlmsghdr*)>& each);

 private:
  struct Failure {
    int error_number = 0;
    std::string words;  // the kernel's own, if it sent some
  };
  Failure exchange(nl_msg* message, const std::string& attempt,
                   const std::function<void(nlmsghdr*)>& each);

  struct Freer {
    void operator()(nl_sock* socket) const { nl_socket_free(socket); }
  };
  std::unique_ptr<nl_sock, Freer> socket_;
};

}  // namespace fwproof::nl
