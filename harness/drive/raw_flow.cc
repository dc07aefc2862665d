// Crafted packets, sent through a raw socket with their headers (raw(7), IP_HDRINCL): they take the
// way of what a node sends itself, through OUTPUT and POSTROUTING. The kernel fills in IPv4's total
// length and header checksum. No socket waits for an answer; what comes back, the trace tells.
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "drive/craft.h"
#include "drive/flow_run.h"
#include "drive/raw_socket.h"
#include "drive/socket.h"

namespace fwproof::drive {
namespace {

class RawFlow final : public FlowRun {
 public:
  RawFlow(const Flow& flow, const nl::Netns& netns, const std::optional<Packet>& quoted)
      : flow_(flow), quoted_(quoted) {
    result_.remote = flow.destination;
    if (!choose_source(netns)) return;
    raw_ = open_raw(netns, flow, flow.destination.address.family());
  }

  bool advance() override {
    if (done()) return false;
    const CraftedEnds ends{.from = result_.local, .to = flow_.destination, .quoted = quoted_};
    const size_t most = std::min<size_t>(flow_.count, sent_ + kAtOnce);
    while (sent_ < most && result_.error_number == 0) {
      CraftedEnds one = ends;
      one.ip_id = next_id();
      one.icmp_seq = static_cast<uint16_t>(++sent_);
      for (const Bytes& packet : craft(flow_, one)) send(packet);
    }
    if (sent_ == flow_.count && !done()) result_.socket = FlowResult::Socket::sent;
    return true;
  }

  bool done() const override { return result_.socket != FlowResult::Socket::pending; }
  std::vector<pollfd> waits() const override { return {}; }
  void stop() override {}

 private:
  /// No two crafted packets of this process are alike, so that each can be told from the others.
  static uint16_t next_id() {
    static thread_local uint16_t last = 0x4000;
    if (++last == 0) last = 1;
    return last;
  }

  /// A socket of the node finds the address and port that it would use, and takes what comes back
  /// for them, so that a UDP answer does not meet with port unreachable.
  bool choose_source(const nl::Netns& netns) {
    const Flow& flow = flow_;
    const IpAddress& to = flow.destination.address;
    const int type = flow.kind == FlowKind::tcp ? SOCK_STREAM : SOCK_DGRAM;
    holder_ = open_socket(netns, flow.node, to.family(), type, 0);
    set_option(holder_.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    const IpAddress any = *IpAddress::parse(to.is_v6() ? "::" : "0.0.0.0");
    IpAddress source = flow.source.value_or(any);
    if (flow.craft->spoof) {
      source = any;
    } else if (!flow.source) {
      const auto chosen = source_towards(netns);
      if (!chosen) return false;
      source = *chosen;
    }
    set_device(holder_.get(), flow);
    // A service that has the port takes what comes back.
    const Endpoint own{source, flow.source_port};
    result_.local =
        bind_unless_taken(holder_.get(), flow.node, own) ? local_endpoint(holder_.get()) : own;
    if (flow.craft->spoof) {
      result_.local.address = *flow.craft->spoof;
      holder_.reset();
    }
    if (flow.craft->about.size() || !(has_ports(flow.protocol) || flow.kind == FlowKind::icmp))
      result_.local.port = 0;
    return true;
  }

  /// What ip-route(8) calls src.
  std::optional<IpAddress> source_towards(const nl::Netns& netns) {
    const Endpoint to{flow_.destination.address, 9};  // the port does not matter: nothing is sent
    const UniqueFd probe = open_socket(netns, flow_.node, to.address.family(), SOCK_DGRAM, 0);
    set_option(probe.get(), SOL_SOCKET, SO_BROADCAST, 1);
    set_headers(probe.get(), flow_);
    const SocketAddress address(to);
    if (connect(probe.get(), address.get(), address.length) == 0)
      return local_endpoint(probe.get()).address;
    fail(errno);
    return std::nullopt;
  }

  void send(const Bytes& packet) {
    if (const int error_number = send_raw(raw_.get(), flow_, packet, result_.remote.address))
      fail(error_number);
  }

  void fail(int error_number) {
    result_.error_number = error_number;
    result_.socket = FlowResult::Socket::failed;
  }

  const Flow& flow_;
  std::optional<Packet> quoted_;
  UniqueFd raw_;
  size_t sent_ = 0;
  UniqueFd holder_;  // see choose_source()
};

}  // namespace

std::unique_ptr<FlowRun> start_crafted(const Flow& flow, const nl::Netns& netns,
                                       const std::optional<Packet>& quoted) {
  return std::make_unique<RawFlow>(flow, netns, quoted);
}

}  // namespace fwproof::drive
