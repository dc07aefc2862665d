// A moment on the monotonic clock after which a wait gives up. Every wait in fwproof takes one.
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>

namespace fwproof {

class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  static Deadline after(std::chrono::milliseconds wait) { return Deadline(Clock::now() + wait); }

  bool passed() const { return Clock::now() >= at_; }

  /// Milliseconds left, rounded up and never negative: what poll(2) takes.
  int poll_timeout() const {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - Clock::now()).count();
    return static_cast<int>(std::clamp<decltype(left)>(left, 0, std::numeric_limits<int>::max()));
  }

 private:
  explicit Deadline(Clock::time_point at) : at_(at) {}
  Clock::time_point at_;
};

}  // namespace fwproof
