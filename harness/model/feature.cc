#include "model/feature.h"

namespace fwproof {

const std::vector<std::string>& feature_names() {
  static const std::vector<std::string> kNames{"br_netfilter", "dummy",   "flowtable",
                                               "ip_vs",        "kprobes", "netem",
                                               "vlan",         "vrf",     "wireguard"};
  return kNames;
}

}  // namespace fwproof
