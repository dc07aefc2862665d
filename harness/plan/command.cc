// Steps as the commands of iproute2, procps and ethtool that do the same.
#include <fmt/format.h>

#include <algorithm>

#include "plan/plan.h"

namespace fwproof::plan {
namespace {

/// The word as a shell takes it: in single quotes where it holds more than plain letters.
std::string quoted(const std::string& word) {
  const bool plain = std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-=:/").find(c) != std::string_view::npos;
  });
  if (plain && !word.empty()) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string ip(const std::string& node) { return "ip -n " + quoted(node); }
std::string inside(const std::string& node) { return "ip netns exec " + quoted(node); }

std::string device(uint32_t number, const std::optional<uint32_t>& mtu) {
  const std::string text = fmt::format(" address {} index {}", mac_address(number), number);
  return mtu ? text + fmt::format(" mtu {}", *mtu) : text;
}

struct Command {
  std::string operator()(const MakeNetns& s) const { return "ip netns add " + quoted(s.node); }
  std::string operator()(const SetSysctl& s) const {
    return fmt::format("{} sysctl -w {}", inside(s.node), quoted(s.key + "=" + s.value));
  }
  std::string operator()(const AddVeth& s) const {
    return fmt::format("{} link add {}{} type veth peer name {}{} netns {}", ip(s.a.node),
                       quoted(s.a.dev), device(s.number_a, s.mtu_a), quoted(s.b.dev),
                       device(s.number_b, s.mtu_b), quoted(s.b.node));
  }
  std::string operator()(const AddBridge& s) const {
    return fmt::format("{} link add {}{} type bridge stp_state 0 mcast_snooping 0", ip(s.node),
                       s.dev, device(s.number, {}));
  }
  std::string operator()(const AddPort& s) const {
    return fmt::format("{} link set {} master {}", ip(s.node), quoted(s.dev), s.bridge);
  }
  std::string operator()(const AddAddress& s) const {
    return fmt::format("{} addr add {} dev {}{}", ip(s.node), s.prefix.to_string(), quoted(s.dev),
                       s.prefix.address.is_v6() ? " nodad" : "");
  }
  std::string operator()(const SetNeighbours& s) const {
    return fmt::format("{} ntable change name {} dev {} retrans {} mcast_probes {}", ip(s.node),
                       s.v6 ? "ndisc_cache" : "arp_cache", quoted(s.dev), kNeighbourRetransMs,
                       kNeighbourProbes);
  }
  std::string operator()(const BringUp& s) const {
    return fmt::format("{} link set {} up", ip(s.node), quoted(s.dev));
  }
  std::string operator()(const SyncCarrier& s) const {
    return fmt::format("{} ethtool {}", inside(s.node), quoted(s.dev));
  }
  std::string operator()(const AddRoute& s) const {
    std::string text = ip(s.node) + " route add ";
    text += s.route.to ? s.route.to->to_string() : "default";
    if (s.route.via) text += " via " + s.route.via->to_string();
    if (!s.route.dev.empty()) text += " dev " + quoted(s.route.dev);
    return text;
  }
};

}  // namespace

std::string to_command(const Step& step) { return std::visit(Command{}, step); }

}  // namespace fwproof::plan
