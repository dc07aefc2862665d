// Where this process stands before it builds anything: root of a network of its own.
#pragma once

namespace fwproof::run {

/// Leaves the machine's own network for an empty one, so that nothing done later can reach it. Root
/// does so as root; anybody else first becomes root of a new user namespace (user_namespaces(7)).
/// Call it once, before any thread is started. Throws MachineError with the cure.
void leave_host_network();

}  // namespace fwproof::run
