// Netfilter's own words as types: families, hooks, verdicts, and the backends rules are loaded by.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fwproof {

/// How rules reach the kernel.
enum class Backend { iptables_nft, iptables_legacy, nft };
std::string_view to_string(Backend backend);  // "iptables-nft", "iptables-legacy", "nft"
std::optional<Backend> parse_backend(std::string_view text);
const std::vector<std::string>& backend_names();

/// The nf_tables families; legacy tables are ip or ip6.
enum class Family { ip, ip6, inet, arp, bridge, netdev };
std::string_view to_string(Family family);
std::optional<Family> parse_family(std::string_view text);
/// From a NFPROTO_ number of linux/netfilter.h.
std::optional<Family> family_from_nfproto(int nfproto);

/// The hooks of the IP families, in the kernel's order (NF_INET_PRE_ROUTING is 0), and those of a
/// device (netdev family).
enum class Hook { prerouting, input, forward, output, postrouting, ingress, egress };
std::string_view to_string(Hook hook);                  // "PREROUTING", ...
std::optional<Hook> parse_hook(std::string_view text);  // in either case of letters

/// What a chain said. `none` is for evidence that carries none (a legacy trace line).
enum class Verdict { none, accept, drop, continue_, jump, goto_, return_, queue, stolen };
std::string_view to_string(Verdict verdict);  // "accept", "drop", ...

}  // namespace fwproof
