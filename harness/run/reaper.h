// Takes down labs off the path of the next case. The kernel makes whoever closes a packet socket or
// a trace table wait for all its processors to have let go of it, some 10 ms each; here threads of
// their own wait.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace fwproof::run {

class Reaper {
 public:
  Reaper() = default;
  /// Returns when everything taken is gone.
  ~Reaper();
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;
  Reaper(Reaper&&) = delete;
  Reaper& operator=(Reaper&&) = delete;

  /// A lab or a network. Waits only while kMostWaiting others are still to be taken down: each
  /// holds descriptors.
  void take(std::shared_ptr<void> lab);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<void>> waiting_;
  bool closing_ = false;
  size_t idle_ = 0;  // threads that wait for something to take down
  std::vector<std::thread> threads_;
};

}  // namespace fwproof::run
