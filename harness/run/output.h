// What the program says on its standard streams, either of which may be closed or on a full disk.
#pragma once

#include <string>

#include "base/error.h"

namespace fwproof::run {

/// Writes a line, or several, to standard error. Where even that fails nothing more can be said.
void complain(const std::string& text);

/// "error: ATTEMPT: REASON" and the hint, if there is one.
void complain(const MachineError& no);

/// Sends off what was printed to standard output. Throws MachineError if any of it is lost.
void finish_output();

}  // namespace fwproof::run
