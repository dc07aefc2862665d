// A TCP flow: handshake, a request, its answer, close from the client's side first.
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <cerrno>

#include "drive/flow_run.h"
#include "drive/socket.h"

namespace fwproof::drive {
namespace {

class TcpFlow final : public FlowRun {
 public:
  TcpFlow(const Flow& flow, const nl::Netns& netns) : flow_(flow) {
    const int family = flow.destination.address.family();
    fd_ = open_socket(netns, flow.node, family, SOCK_STREAM, 0);
    set_option(fd_.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    set_headers(fd_.get(), flow);
    if (flow.source_port != 0 || flow.source) {
      const IpAddress any = *IpAddress::parse(family == AF_INET6 ? "::" : "0.0.0.0");
      bind_socket(fd_.get(), flow.node, {flow.source.value_or(any), flow.source_port});
    }
    result_.remote = flow.destination;
    const SocketAddress to(flow.destination);
    if (connect(fd_.get(), to.get(), to.length) != 0 && errno != EINPROGRESS) fail(errno);
    if (fd_.valid()) result_.local = local_endpoint(fd_.get());
  }

  ~TcpFlow() override { close_abruptly(fd_); }

  bool advance() override {
    bool progress = false;
    while (step()) progress = true;
    return progress;
  }

  bool done() const override { return stage_ == Stage::done; }

  std::vector<pollfd> waits() const override {
    if (done()) return {};
    const short events = stage_ == Stage::connecting ? POLLOUT : POLLIN;
    return {{.fd = fd_.get(), .events = events, .revents = 0}};
  }

  void stop() override {
    if (stage_ != Stage::connecting && !done()) result_.socket = FlowResult::Socket::half;
    connects_ = stage_ == Stage::connecting;
    stage_ = Stage::done;
  }

  void go_on() override {
    if (!fd_.valid()) return;
    result_.answer.clear();
    result_.socket = connects_ ? FlowResult::Socket::pending : FlowResult::Socket::half;
    stage_ = connects_ ? Stage::connecting : Stage::asking;
    if (!connects_) ask();
  }

  void close() override {
    if (!fd_.valid() || connects_) return;
    result_.socket = FlowResult::Socket::half;
    shutdown(fd_.get(), SHUT_WR);
    stage_ = Stage::closing;
  }

 private:
  enum class Stage { connecting, asking, closing, done };

  /// True if the stage changed.
  bool step() {
    switch (stage_) {
      case Stage::connecting:
        return finish_connect();
      case Stage::asking:
        return read_answer();
      case Stage::closing:
        return read_end();
      case Stage::done:
        return false;
    }
    return false;
  }

  bool finish_connect() {
    pollfd wait{.fd = fd_.get(), .events = POLLOUT, .revents = 0};
    if (poll(&wait, 1, 0) <= 0) return false;
    if (const int error_number = take_error(fd_.get())) return fail(error_number);
    result_.local = local_endpoint(fd_.get());
    stage_ = Stage::asking;
    ask();
    return true;
  }

  void ask() {
    if (send(fd_.get(), flow_.payload.data(), flow_.payload.size(), MSG_NOSIGNAL) < 0) fail(errno);
  }

  bool read_answer() {
    std::array<char, 4096> buffer;
    const ssize_t length = recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (length < 0) return errno == EAGAIN ? false : fail(errno);
    if (length == 0) return end(FlowResult::Socket::half);
    result_.answer.assign(buffer.data(), static_cast<size_t>(length));
    if (flow_.stays_open || !flow_.connection_of.empty()) {
      // The last ACK goes out now: later it would be among another flow's packets.
      set_option(fd_.get(), IPPROTO_TCP, TCP_QUICKACK, 1);
      return end(FlowResult::Socket::completed);
    }
    shutdown(fd_.get(), SHUT_WR);
    stage_ = Stage::closing;
    return true;
  }

  bool read_end() {
    std::array<char, 4096> buffer;
    const ssize_t length = recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (length < 0) return errno == EAGAIN ? false : fail(errno);
    if (length > 0) {
      result_.answer.append(buffer.data(), static_cast<size_t>(length));
      return true;
    }
    return end(FlowResult::Socket::completed);
  }

  bool end(FlowResult::Socket how) {
    result_.socket = how;
    stage_ = Stage::done;
    return true;
  }

  bool fail(int error_number) {
    result_.error_number = error_number;
    return end(stage_ == Stage::connecting ? FlowResult::Socket::failed : FlowResult::Socket::half);
  }

  const Flow& flow_;
  UniqueFd fd_;
  Stage stage_ = Stage::connecting;
  bool connects_ = false;  // it was stopped before it had a connection
};

}  // namespace

std::unique_ptr<FlowRun> start_tcp(const Flow& flow, const nl::Netns& netns) {
  return std::make_unique<TcpFlow>(flow, netns);
}

}  // namespace fwproof::drive
