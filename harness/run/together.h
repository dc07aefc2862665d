// Does away with many things at once. The kernel lets whoever closes a trace table wait some 15 ms
// for all processors to have let go of it; those who wait at the same time wait for the same
// moment.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

namespace fwproof::run {

/// Returns when all are gone. What it frees must have nothing to do with what others free.
template <typename T>
void free_together(std::vector<std::unique_ptr<T>>& all) {
  constexpr size_t kMostThreads = 64;
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < all.size(); i = next++) all[i].reset();
  };
  std::vector<std::thread> others;
  try {
    while (others.size() + 1 < std::min(all.size(), kMostThreads)) others.emplace_back(work);
  } catch (const std::system_error&) {
    // Fewer do.
  }
  work();
  for (std::thread& other : others) other.join();
  all.clear();
}

}  // namespace fwproof::run
