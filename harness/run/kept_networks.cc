#include "run/kept_networks.h"

#include <algorithm>
#include <utility>

namespace fwproof::run {
namespace {

constexpr size_t kMost = 6;
/// In all of them: a node holds a dozen descriptors and some hundred KiB of the kernel's memory.
constexpr size_t kMostNodes = 24;
/// At a time: each waits some 15 ms for the kernel to be done with a packet socket.
constexpr size_t kClosing = 16;

}  // namespace

KeptNetworks::KeptNetworks(Reaper& reaper, Leak leak)
    : reaper_(reaper), leak_(leak), closing_(kClosing, kClosing) {}

KeptNetworks::~KeptNetworks() {
  while (!kept_.empty()) drop_oldest();
}

std::unique_ptr<Network> KeptNetworks::take(const Topology& topology, Backend backend,
                                            const std::vector<NodeRules>& rules) {
  const auto fits = [&](const auto& network) {
    return network->topology() == topology && network->takes(rules);
  };
  auto found = std::find_if(kept_.begin(), kept_.end(), [&](const auto& network) {
    return fits(network) && network->held().are(backend, rules);
  });
  if (found == kept_.end()) found = std::find_if(kept_.begin(), kept_.end(), fits);
  if (found == kept_.end()) return nullptr;
  std::unique_ptr<Network> network = std::move(*found);
  kept_.erase(found);
  return network;
}

void KeptNetworks::give(std::unique_ptr<Network> network, std::shared_ptr<void> rest) {
  if (rest) closing_.take(std::move(rest));
  kept_.push_front(std::move(network));
  const auto nodes = [this] {
    size_t count = 0;
    for (const auto& kept : kept_) count += kept->topology().nodes.size();
    return count;
  };
  while (kept_.size() > kMost || nodes() > kMostNodes) drop_oldest();
}

void KeptNetworks::drop_oldest() {
  reaper_.take(std::move(kept_.back()));
  kept_.pop_back();
}

}  // namespace fwproof::run
