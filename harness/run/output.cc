#include "run/output.h"

#include <cerrno>
#include <cstdio>
#include <iostream>

#include "base/text.h"

namespace fwproof::run {

void complain(const std::string& text) { std::fputs((text + "\n").c_str(), stderr); }

void complain(const MachineError& no) {
  complain("error: " + printable(no.what()));
  if (!no.hint().empty()) complain("hint: " + printable(no.hint()));
}

void finish_output() {
  errno = 0;
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  throw MachineError::from_errno("write to standard output", errno != 0 ? errno : EIO);
}

}  // namespace fwproof::run
