#include "lab/devices.h"

#include "base/error.h"
#include "nl/device.h"

namespace fwproof::lab {
namespace {

class Maker {
 public:
  Maker(const DevicePlace& place, const plan::AddDevice& step, const std::string& attempt)
      : place_(place),
        new_link_{step.dev, static_cast<int>(step.number), step.mac, step.mtu},
        attempt_(attempt) {}

  void operator()(const Vlan& vlan) const {
    nl::add_vlan(place_.socket, new_link_, place_.link, vlan.id, attempt_);
  }
  void operator()(const Macvlan& macvlan) const {
    nl::add_macvlan(place_.socket, new_link_, place_.link, macvlan.mode, attempt_);
  }
  void operator()(const Vxlan& vxlan) const {
    nl::add_vxlan(place_.socket, new_link_,
                  {vxlan.id, vxlan.remote, vxlan.local, place_.link, vxlan.port}, attempt_);
  }
  void operator()(const Bridge& bridge) const {
    nl::add_bridge(place_.socket, new_link_, bridge.vlan_filtering, attempt_);
  }
  void operator()(const Tunnel& tunnel) const {
    if (tunnel.kind == Tunnel::Kind::gre)
      nl::add_gre(place_.socket, new_link_, tunnel.local, tunnel.remote, tunnel.key, attempt_);
    else
      nl::add_tunnel(place_.socket, new_link_, tunnel.kind == Tunnel::Kind::ipip ? "ipip" : "sit",
                     tunnel.local, tunnel.remote, attempt_);
  }
  void operator()(const Wireguard&) const {
    nl::add_plain(place_.socket, new_link_, "wireguard", attempt_);
  }
  void operator()(const Vrf& vrf) const {
    nl::add_vrf(place_.socket, new_link_, vrf.table, attempt_);
  }
  void operator()(const Dummy&) const {
    nl::add_plain(place_.socket, new_link_, "dummy", attempt_);
  }
  void operator()(const Tun& tun) const {
    const nl::NetnsScope inside(place_.netns);
    nl::add_tun(new_link_, tun.tap, attempt_);
    if (new_link_.mac || new_link_.mtu) nl::change_link(place_.socket, new_link_, attempt_);
  }

 private:
  const DevicePlace& place_;
  const nl::NewLink new_link_;
  const std::string& attempt_;
};

}  // namespace

void add_device(const DevicePlace& place, const plan::AddDevice& step, const std::string& attempt) {
  std::visit(Maker(place, step, attempt), step.device);
}

}  // namespace fwproof::lab
