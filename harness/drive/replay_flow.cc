// The packets of a capture, sent again one right after the other, as crafted packets are
// (raw_flow.cc): from their IP header on, by the node's own routes and through its OUTPUT.
#include "drive/flow_run.h"
#include "drive/raw_socket.h"

namespace fwproof::drive {
namespace {

class ReplayFlow final : public FlowRun {
 public:
  ReplayFlow(const Flow& flow, const nl::Netns& netns) : flow_(flow) {
    result_.remote = flow.destination;
    result_.local = {flow.craft->replay.front().source, 0};
    for (const Replayed& packet : flow.craft->replay) {
      UniqueFd& raw = socket_for(packet.destination);
      if (!raw.valid()) raw = open_raw(netns, flow, packet.destination.family());
    }
  }

  /// Sends everything, the first time.
  bool advance() override {
    if (done()) return false;
    result_.socket = FlowResult::Socket::sent;
    for (const Replayed& packet : flow_.craft->replay) {
      const int error_number =
          send_raw(socket_for(packet.destination).get(), packet.bytes, packet.destination);
      if (error_number == 0) continue;
      result_.error_number = error_number;
      result_.socket = FlowResult::Socket::failed;
      break;
    }
    return true;
  }

  bool done() const override { return result_.socket != FlowResult::Socket::pending; }
  std::vector<pollfd> waits() const override { return {}; }
  void stop() override {}

 private:
  UniqueFd& socket_for(const IpAddress& to) { return to.is_v6() ? raw6_ : raw4_; }

  const Flow& flow_;
  UniqueFd raw4_;
  UniqueFd raw6_;
};

}  // namespace

std::unique_ptr<FlowRun> start_replay(const Flow& flow, const nl::Netns& netns) {
  return std::make_unique<ReplayFlow>(flow, netns);
}

}  // namespace fwproof::drive
