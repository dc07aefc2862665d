#include "model/feature.h"

namespace fwproof {

const std::vector<std::string>& feature_names() {
  static const std::vector<std::string> kNames{"br_netfilter",
                                               "bridge_conntrack",
                                               "bridge_reject",
                                               "conntrack_max",
                                               "dummy",
                                               "firewalld",
                                               "flowtable",
                                               "ip_vs",
                                               "kprobes",
                                               "netem",
                                               "nftables_examples",
                                               "perl",
                                               "synproxy",
                                               "tproxy",
                                               "ufw",
                                               "vlan",
                                               "vrf",
                                               "wireguard"};
  return kNames;
}

}  // namespace fwproof
