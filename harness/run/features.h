// Features of the kernel that only some cases need, tried out in namespaces of their own. The names
// are those of model/feature.h.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace fwproof::run {

struct Feature {
  std::string name;
  std::string cure;               // "a kernel with CONFIG_IP_VS"
  std::function<void()> attempt;  // throws if the kernel has it not
};

/// One for each name, in their order.
const std::vector<Feature>& features();

/// "needs ip_vs: a kernel with CONFIG_IP_VS", for the first that is missing; empty if all are
/// there. Each is tried once in a process, which must have left the host's network.
std::string missing_feature(const std::vector<std::string>& needs);

/// Can a device of this kind be made? Throws MachineError if the kernel does not know it.
void probe_link_kind(const std::string& kind);

}  // namespace fwproof::run
