#include "observe/device_names.h"

#include <fmt/format.h>
#include <net/if.h>
#include <sys/ioctl.h>

namespace fwproof::observe {

const std::string& DeviceNames::name(uint32_t number, std::vector<std::string>& lost) {
  const auto [place, is_new] = known_.try_emplace(number);
  if (!is_new || number == 0) return place->second;
  ifreq request{};
  request.ifr_ifindex = static_cast<int>(number);
  if (ioctl(socket_, SIOCGIFNAME, &request) == 0) {
    place->second = request.ifr_name;
  } else {
    lost.push_back(fmt::format(
        "node '{}': a packet passed device {}, which is gone and left no name", node_, number));
  }
  return place->second;
}

}  // namespace fwproof::observe
