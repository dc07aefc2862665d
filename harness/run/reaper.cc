#include "run/reaper.h"

#include <utility>

namespace fwproof::run {

Reaper::~Reaper() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Reaper::take(std::shared_ptr<void> lab) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.size() < most_waiting_; });
  waiting_.push_back(std::move(lab));
  if (idle_ < waiting_.size() && threads_.size() < most_threads_)
    threads_.emplace_back([this] { work(); });
  lock.unlock();
  changed_.notify_all();
}

void Reaper::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    changed_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) return;
    std::shared_ptr<void> lab = std::move(waiting_.front());
    waiting_.pop_front();
    changed_.notify_all();
    lock.unlock();
    lab.reset();
    lock.lock();
  }
}

}  // namespace fwproof::run
