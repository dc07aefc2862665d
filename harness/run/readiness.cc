#include "run/readiness.h"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"

namespace fwproof::run {
namespace {

constexpr const char* kAttempt = "watch the taps";

}  // namespace

Readiness::Readiness() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_.valid()) throw MachineError::from_errno(kAttempt, errno);
}

void Readiness::add(int fd, size_t number) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = number;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    throw MachineError::from_errno(kAttempt, errno);
  ++count_;
}

std::vector<size_t> Readiness::ready() const {
  std::vector<epoll_event> events(std::max<size_t>(count_, 1));
  int found = 0;
  do {
    found = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  } while (found < 0 && errno == EINTR);
  if (found < 0) throw MachineError::from_errno(kAttempt, errno);
  std::vector<size_t> numbers;
  for (int i = 0; i < found; ++i) {
    const size_t number = events[static_cast<size_t>(i)].data.u64;  // packed: it may not be aligned
    numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

}  // namespace fwproof::run
