// UDP and ICMP echo: requests, each sent after the answer to the one before. Echo requests go
// through the kernel's ping socket (icmp(7), ping_group_range), which needs no privilege.
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <netinet/in.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "drive/flow_run.h"
#include "drive/socket.h"

namespace fwproof::drive {
namespace {

class DatagramFlow final : public FlowRun {
 public:
  DatagramFlow(const Flow& flow, const nl::Netns& netns) : flow_(flow) {
    const bool v6 = flow.destination.address.is_v6();
    const int protocol = flow.kind == FlowKind::udp ? 0 : v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
    fd_ = open_socket(netns, flow.node, flow.destination.address.family(), SOCK_DGRAM, protocol);
    // Without it a connected socket hears of a port unreachable only, not of other ICMP errors.
    set_option(fd_.get(), v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVERR : IP_RECVERR, 1);
    set_headers(fd_.get(), flow);
    if (flow.source_port != 0 || flow.source) {
      const IpAddress any = *IpAddress::parse(v6 ? "::" : "0.0.0.0");
      bind_socket(fd_.get(), flow.node, {flow.source.value_or(any), flow.source_port});
    }
    result_.remote = flow.destination;
    const SocketAddress to(flow.destination);
    if (connect(fd_.get(), to.get(), to.length) != 0) {
      fail(errno);
      return;
    }
    result_.local = local_endpoint(fd_.get());
    send_next();
    // A ping socket gets its id, which stands for a port, with the first request.
    result_.local = local_endpoint(fd_.get());
  }

  bool advance() override { return !done_ && read_answer(); }

  bool done() const override { return done_; }

  std::vector<pollfd> waits() const override {
    if (done_) return {};
    return {{.fd = fd_.get(), .events = POLLIN, .revents = 0}};
  }

  void stop() override { done_ = true; }

  void go_on() override {
    result_.socket = FlowResult::Socket::pending;
    result_.error_number = 0;
    done_ = false;
    asked_before_ = sent_;
    send_next();
  }

 private:
  void send_next() {
    ++sent_;
    const std::string request = flow_.kind == FlowKind::udp ? flow_.payload : echo_request();
    if (send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) fail(errno);
  }

  /// Header and payload; the kernel fills in id and checksum.
  std::string echo_request() const {
    icmphdr header{};
    header.type = flow_.destination.address.is_v6() ? ICMPV6_ECHO_REQUEST : ICMP_ECHO;
    header.un.echo.sequence = htons(static_cast<uint16_t>(sent_));
    std::string message(sizeof header, '\0');
    std::memcpy(message.data(), &header, sizeof header);
    return message + flow_.payload;
  }

  bool read_answer() {
    std::array<char, 65536> buffer;
    const ssize_t length = recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (length < 0) {
      if (errno != EAGAIN) fail(errno);
      return done_;
    }
    const bool echo = flow_.kind == FlowKind::icmp;
    const size_t skip = echo ? std::min<size_t>(sizeof(icmphdr), static_cast<size_t>(length)) : 0;
    result_.answer.assign(buffer.data() + skip, static_cast<size_t>(length) - skip);
    if (sent_ - asked_before_ < flow_.count) {
      send_next();
    } else {
      result_.socket = FlowResult::Socket::completed;
      done_ = true;
    }
    return true;
  }

  void fail(int error_number) {
    result_.error_number = error_number;
    result_.socket = FlowResult::Socket::failed;
    done_ = true;
  }

  const Flow& flow_;
  UniqueFd fd_;
  unsigned sent_ = 0;
  unsigned asked_before_ = 0;  // of them, when it went on last
  bool done_ = false;
};

}  // namespace

std::unique_ptr<FlowRun> start_datagrams(const Flow& flow, const nl::Netns& netns) {
  return std::make_unique<DatagramFlow>(flow, netns);
}

}  // namespace fwproof::drive
