#include "base/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

namespace fwproof {

bool open_closed_streams() {
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
    if (fcntl(stream, F_GETFD) >= 0) continue;
    // open(2) takes the lowest free number, which is this one.
    const int flags = stream == STDERR_FILENO ? O_WRONLY : O_RDONLY;
    if (open("/dev/null", flags) != stream) return false;
  }
  return true;
}

}  // namespace fwproof
