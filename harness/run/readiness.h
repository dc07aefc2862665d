// Which of many descriptors have something to read, asked all at once: with a thousand nodes of
// which two speak, asking each would take longer than all else (epoll(7)).
#pragma once

#include <cstddef>
#include <vector>

#include "base/unique_fd.h"

namespace fwproof::run {

class Readiness {
 public:
  /// Throws MachineError.
  Readiness();

  /// Asks for this one too, until it is closed. `number` is what ready() calls it.
  void add(int fd, size_t number);

  /// Readable when one of them is.
  int fd() const { return epoll_.get(); }

  /// Those that can be read now or have an error to tell, each once, in ascending order.
  std::vector<size_t> ready() const;

 private:
  UniqueFd epoll_;
  size_t count_ = 0;
};

}  // namespace fwproof::run
