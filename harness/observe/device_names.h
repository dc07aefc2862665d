// Names of network devices by their number, as one namespace knows them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fwproof::observe {

class DeviceNames {
 public:
  /// `socket` is any socket that was opened in the namespace (netdevice(7)); it must outlive this.
  DeviceNames(int socket, std::string node) : socket_(socket), node_(std::move(node)) {}

  /// Empty for 0, which means no device. A number without a name is appended to `lost`. A name is
  /// asked for once: devices keep theirs while something is observed.
  const std::string& name(uint32_t number, std::vector<std::string>& lost);

 private:
  int socket_;
  std::string node_;
  std::map<uint32_t, std::string> known_;
};

}  // namespace fwproof::observe
