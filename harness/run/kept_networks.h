// The networks that this process keeps for cases to come: the last few, so that cases with the same
// topology find one in whatever order they run. run/sharing.h says for which cases.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <vector>

#include "model/topology.h"
#include "run/network.h"
#include "run/reaper.h"

namespace fwproof::run {

class KeptNetworks {
 public:
  /// `reaper` takes down those that are not kept any more. `leak` is for a test.
  explicit KeptNetworks(Reaper& reaper, Leak leak = Leak::nothing);
  ~KeptNetworks();
  KeptNetworks(const KeptNetworks&) = delete;
  KeptNetworks& operator=(const KeptNetworks&) = delete;
  KeptNetworks(KeptNetworks&&) = delete;
  KeptNetworks& operator=(KeptNetworks&&) = delete;

  /// One of this topology, equal in all that is written of it, whose nodes can have these rules,
  /// and rather one that has them still; nothing if none is kept.
  std::unique_ptr<Network> take(const Topology& topology, Backend backend,
                                const std::vector<NodeRules>& rules);

  /// Keeps a network that was renewed, and lets go of `rest` while nobody waits: the captures of
  /// its last case, if it had any.
  void give(std::unique_ptr<Network> network, std::shared_ptr<void> rest);

  Leak leak() const { return leak_; }

 private:
  void drop_oldest();

  Reaper& reaper_;
  Leak leak_;
  std::list<std::unique_ptr<Network>> kept_;  // that which was used last first
  Reaper closing_;                            // of the rests
};

}  // namespace fwproof::run
