// The packets of a capture, sent again one right after the other, as crafted packets are
// (raw_flow.cc): from their IP header on, by the node's own routes and through its OUTPUT.
#include <algorithm>

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

  bool advance() override {
    if (done()) return false;
    const std::vector<Replayed>& all = flow_.craft->replay;
    const size_t most = std::min(all.size(), sent_ + kAtOnce);
    while (sent_ < most && result_.error_number == 0) {
      const Replayed& packet = all[sent_++];
      result_.error_number =
          send_raw(socket_for(packet.destination).get(), flow_, packet.bytes, packet.destination);
    }
    if (result_.error_number != 0)
      result_.socket = FlowResult::Socket::failed;
    else if (sent_ == all.size())
      result_.socket = FlowResult::Socket::sent;
    return true;
  }

  bool done() const override { return result_.socket != FlowResult::Socket::pending; }
  std::vector<pollfd> waits() const override { return {}; }
  void stop() override {}

 private:
  UniqueFd& socket_for(const IpAddress& to) { return to.is_v6() ? raw6_ : raw4_; }

  const Flow& flow_;
  size_t sent_ = 0;
  UniqueFd raw4_;
  UniqueFd raw6_;
};

}  // namespace

std::unique_ptr<FlowRun> start_replay(const Flow& flow, const nl::Netns& netns) {
  return std::make_unique<ReplayFlow>(flow, netns);
}

}  // namespace fwproof::drive
