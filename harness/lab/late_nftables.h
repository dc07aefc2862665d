// libnftables, loaded when it is first needed.
#pragma once

namespace fwproof::lab {

/// Loads it and finds the functions that load rules. Before a process is forked that uses
/// them: there other threads of this one, which may have held a lock of the loader, are gone.
/// Throws MachineError.
void load_libnftables();

}  // namespace fwproof::lab
