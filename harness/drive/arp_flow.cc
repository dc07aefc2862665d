// An ARP question that the kernel of the node asks, as it would before a packet: through the OUTPUT
// of family arp. Its answer shows in the trace.
#include <net/if.h>

#include <cerrno>

#include "base/error.h"
#include "drive/flow_run.h"
#include "nl/solicit.h"

namespace fwproof::drive {
namespace {

nl::Socket route_socket(const nl::Netns& netns) {
  const nl::NetnsScope inside(netns);
  return nl::Socket(NETLINK_ROUTE);
}

class ArpFlow final : public FlowRun {
 public:
  ArpFlow(const Flow& flow, const nl::Netns& netns)
      : route_(route_socket(netns)), asked_(flow.destination.address) {
    const nl::NetnsScope inside(netns);
    link_index_ = static_cast<int>(if_nametoindex(flow.dev.c_str()));
    if (link_index_ == 0)
      throw MachineError::from_errno("find dev '" + flow.dev + "' of node '" + flow.node + "'",
                                     errno);
    result_.remote = flow.destination;
  }

  /// The kernel would ask again, while another flow is under way.
  ~ArpFlow() override {
    try {
      nl::forget_neighbour(route_, link_index_, asked_);
    } catch (const MachineError&) {
      // The namespace is on its way out.
    }
  }

  bool advance() override {
    if (done()) return false;
    result_.socket = FlowResult::Socket::sent;
    nl::solicit(route_, link_index_, asked_, "ask for " + asked_.to_string() + " by ARP");
    return true;
  }

  bool done() const override { return result_.socket != FlowResult::Socket::pending; }
  std::vector<pollfd> waits() const override { return {}; }
  void stop() override {}

 private:
  nl::Socket route_;
  IpAddress asked_;
  int link_index_ = 0;
};

}  // namespace

std::unique_ptr<FlowRun> start_arp(const Flow& flow, const nl::Netns& netns) {
  return std::make_unique<ArpFlow>(flow, netns);
}

}  // namespace fwproof::drive
