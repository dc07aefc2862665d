#include "model/device.h"

namespace fwproof {
namespace {

struct KindOf {
  std::string_view operator()(const Vlan&) const { return "vlan"; }
  std::string_view operator()(const Macvlan&) const { return "macvlan"; }
  std::string_view operator()(const Vxlan&) const { return "vxlan"; }
  std::string_view operator()(const Bridge&) const { return "bridge"; }
  std::string_view operator()(const Tunnel& tunnel) const {
    switch (tunnel.kind) {
      case Tunnel::Kind::gre:
        return "gre";
      case Tunnel::Kind::ipip:
        return "ipip";
      case Tunnel::Kind::sit:
        return "sit";
    }
    return "";
  }
  std::string_view operator()(const Wireguard&) const { return "wireguard"; }
  std::string_view operator()(const Vrf&) const { return "vrf"; }
  std::string_view operator()(const Dummy&) const { return "dummy"; }
  std::string_view operator()(const Tun& tun) const { return tun.tap ? "tap" : "tun"; }
};

}  // namespace

std::string_view kind_of(const Device& device) { return std::visit(KindOf{}, device); }

std::string_view link_of(const Device& device) {
  if (const auto* vlan = std::get_if<Vlan>(&device)) return vlan->link;
  if (const auto* macvlan = std::get_if<Macvlan>(&device)) return macvlan->link;
  if (const auto* vxlan = std::get_if<Vxlan>(&device)) return vxlan->link;
  return {};
}

bool is_ethernet(const Device& device) {
  if (const auto* tun = std::get_if<Tun>(&device)) return tun->tap;
  return !std::holds_alternative<Tunnel>(device) && !std::holds_alternative<Wireguard>(device);
}

}  // namespace fwproof
