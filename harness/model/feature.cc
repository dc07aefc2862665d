#include "model/feature.h"

namespace fwproof {

const std::vector<std::string>& feature_names() {
  static const std::vector<std::string> kNames{"arptables_legacy",
                                               "br_netfilter",
                                               "bridge_conntrack",
                                               "bridge_reject",
                                               "conntrack_max",
                                               "dummy",
                                               "firewalld",
                                               "flowtable",
                                               "gre",
                                               "ip_vs",
                                               "ipip",
                                               "kprobes",
                                               "macvlan",
                                               "multipath",
                                               "netem",
                                               "nf_tables_arp",
                                               "nftables_examples",
                                               "perl",
                                               "secmark",
                                               "sit",
                                               "synproxy",
                                               "tproxy",
                                               "tun",
                                               "ufw",
                                               "vlan",
                                               "vlan_filtering",
                                               "vrf",
                                               "vxlan",
                                               "wireguard"};
  return kNames;
}

}  // namespace fwproof
