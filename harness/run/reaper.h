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
  /// Takes down so many at a time, and lets so many more wait for their turn.
  explicit Reaper(size_t most_threads = 4, size_t most_waiting = 8)
      : most_threads_(most_threads), most_waiting_(most_waiting) {}
  /// Returns when everything taken is gone.
  ~Reaper();
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;
  Reaper(Reaper&&) = delete;
  Reaper& operator=(Reaper&&) = delete;

  /// A lab or a network. Waits only while `most_waiting` others are still to be taken down: each
  /// holds descriptors.
  void take(std::shared_ptr<void> lab);

 private:
  void work();

  const size_t most_threads_;
  const size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<void>> waiting_;
  bool closing_ = false;
  size_t idle_ = 0;  // threads that wait for something to take down
  std::vector<std::thread> threads_;
};

}  // namespace fwproof::run
