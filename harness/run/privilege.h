// Where this process stands before it builds anything: root of a network of its own.
#pragma once

#include <string>

namespace fwproof::run {

/// Root becomes the user of this name, for good: before anything of a stranger's is read. Throws
/// BadInput if there is none, MachineError for who is not root.
void become_user(const std::string& name);

/// Leaves the machine's own network for an empty one, so that nothing done later can reach it. Root
/// does so as root; anybody else first becomes root of a new user namespace (user_namespaces(7)).
/// Call it once, before any thread is started. Throws MachineError with the cure.
void leave_host_network();

}  // namespace fwproof::run
