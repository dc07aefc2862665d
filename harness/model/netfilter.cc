#include "model/netfilter.h"

#include <array>
#include <utility>

#include "base/text.h"

namespace fwproof {
namespace {

constexpr std::array<std::string_view, 3> kBackends{"iptables-nft", "iptables-legacy", "nft"};
constexpr std::array<std::string_view, 6> kFamilies{"ip", "ip6", "inet", "arp", "bridge", "netdev"};
constexpr std::array<std::string_view, 7> kHooks{"PREROUTING",  "INPUT",   "FORWARD", "OUTPUT",
                                                 "POSTROUTING", "INGRESS", "EGRESS"};
constexpr std::array<std::string_view, 9> kVerdicts{"none", "accept", "drop",  "continue", "jump",
                                                    "goto", "return", "queue", "stolen"};

template <typename Enum, size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& names, std::string_view text) {
  for (size_t i = 0; i < N; ++i)
    if (equals_ignore_case(names[i], text)) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Backend backend) { return kBackends[static_cast<size_t>(backend)]; }
std::optional<Backend> parse_backend(std::string_view text) {
  for (size_t i = 0; i < kBackends.size(); ++i)
    if (kBackends[i] == text) return static_cast<Backend>(i);
  return std::nullopt;
}
const std::vector<std::string>& backend_names() {
  static const std::vector<std::string> names(kBackends.begin(), kBackends.end());
  return names;
}

std::string_view to_string(Family family) { return kFamilies[static_cast<size_t>(family)]; }
std::optional<Family> parse_family(std::string_view text) {
  for (size_t i = 0; i < kFamilies.size(); ++i)
    if (kFamilies[i] == text) return static_cast<Family>(i);
  return std::nullopt;
}

std::optional<Family> family_from_nfproto(int nfproto) {
  switch (nfproto) {  // linux/netfilter.h, NFPROTO_*
    case 1:
      return Family::inet;
    case 2:
      return Family::ip;
    case 3:
      return Family::arp;
    case 5:
      return Family::netdev;
    case 7:
      return Family::bridge;
    case 10:
      return Family::ip6;
    default:
      return std::nullopt;
  }
}

std::string_view to_string(Hook hook) { return kHooks[static_cast<size_t>(hook)]; }
std::optional<Hook> parse_hook(std::string_view text) { return find<Hook>(kHooks, text); }

std::string_view to_string(Verdict verdict) { return kVerdicts[static_cast<size_t>(verdict)]; }

}  // namespace fwproof
