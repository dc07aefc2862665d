// Networks are let go of by threads of their own, while the next are built: this is what runs under
// ThreadSanitizer (ci/tsan).
#include "run/reaper.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <iterator>
#include <memory>

#include "run/fwproof.h"

namespace fwproof::run {
namespace {

size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

/// By nothing but the reaper's own lock are these in order: what a network does on its way would
/// hide from ThreadSanitizer where that is missing.
TEST(Reaper, LetsManyThingsGo) {
  struct Thing {
    std::atomic<int>& gone;
    ~Thing() { gone.fetch_add(1, std::memory_order_relaxed); }
  };
  constexpr int kThings = 2000;
  std::atomic<int> gone = 0;
  {
    Reaper reaper;
    for (int i = 0; i < kThings; ++i) reaper.take(std::shared_ptr<Thing>(new Thing{gone}));
  }
  EXPECT_EQ(gone.load(std::memory_order_relaxed), kThings);
}

TEST(Reaper, LetsNetworksGoWhileOthersAreBuilt) {
  constexpr int kNetworks = 24;  // more than may wait
  const auto build_and_use = [] {
    auto lab =
        std::make_shared<Lab>("lan", Backend::iptables_nft,
                              std::map<std::string, std::string>{{"W", "policy-drop.rules"}});
    EXPECT_EQ(lab->send("udp M -> W:53").outcome, "dropped");
    return lab;
  };
  build_and_use();  // what is opened once and stays
  const size_t before = open_descriptors();
  {
    Reaper reaper;
    for (int i = 0; i < kNetworks; ++i) reaper.take(build_and_use());
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace fwproof::run
