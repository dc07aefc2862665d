// Devices that an interface's `kind` makes, each with the keys of its own.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "parse/interfaces.h"
#include "parse/keys.h"

namespace fwproof::parse {
namespace {

const std::map<std::string, std::vector<std::string>>& kinds() {
  static const std::map<std::string, std::vector<std::string>> kKinds{
      {"bridge", {"vlan_filtering"}},
      {"dummy", {}},
      {"gre", {"local", "remote", "key"}},
      {"ipip", {"local", "remote"}},
      {"macvlan", {"link", "mode"}},
      {"sit", {"local", "remote"}},
      {"tap", {}},
      {"tun", {}},
      {"vlan", {"link", "id"}},
      {"vrf", {"table"}},
      {"vxlan", {"id", "remote", "local", "link", "port"}},
      {"wireguard", {"port", "peers"}},
  };
  return kKinds;
}

constexpr uint64_t kMostVni = (1 << 24) - 1;  // 24 bits (RFC 7348 section 5)

class DeviceReader {
 public:
  DeviceReader(Reader& reader, const Yaml& map, const std::string& kind, std::string what)
      : reader_(reader), map_(map), kind_(kind), what_(std::move(what)) {}

  std::optional<Device> read() {
    if (kind_ == "bridge") return read_bridge();
    if (kind_ == "dummy") return Dummy{};
    if (kind_ == "macvlan") return read_macvlan();
    if (kind_ == "tap" || kind_ == "tun") return Tun{kind_ == "tap"};
    if (kind_ == "vlan") return read_vlan();
    if (kind_ == "vrf") return read_vrf();
    if (kind_ == "vxlan") return read_vxlan();
    if (kind_ == "wireguard") return read_wireguard();
    return read_tunnel();
  }

 private:
  const Yaml* required(const char* key) {
    return reader_.required(map_, key, fmt::format("{} needs '{}'", what_, key));
  }

  std::string read_text(const char* key) {
    const Yaml* value = map_.find(key);
    return value ? reader_.text(*value, fmt::format("'{}'", key)).value_or("") : "";
  }

  std::optional<uint64_t> read_number(const char* key, uint64_t least, uint64_t most) {
    const Yaml* value = map_.find(key);
    if (!value) return std::nullopt;
    return reader_.number(*value, fmt::format("'{}'", key), least, most);
  }

  std::optional<IpAddress> read_address(const char* key) {
    const Yaml* value = map_.find(key);
    const auto text = value ? reader_.text(*value, fmt::format("'{}'", key)) : std::nullopt;
    if (!text) return std::nullopt;
    const auto address = IpAddress::parse(*text);
    if (!address) reader_.mistake(*value, fmt::format("'{}' is not an address", *text));
    return address;
  }

  std::optional<Device> read_bridge() {
    Bridge bridge;
    if (const Yaml* value = map_.find("vlan_filtering"))
      bridge.vlan_filtering = reader_.boolean(*value, "'vlan_filtering'").value_or(false);
    return bridge;
  }

  std::optional<Device> read_vlan() {
    if (!required("link") || !required("id")) return std::nullopt;
    Vlan vlan{.link = read_text("link")};
    vlan.id = static_cast<uint16_t>(read_number("id", 1, kMostVlan).value_or(0));
    return vlan;
  }

  std::optional<Device> read_macvlan() {
    if (!required("link")) return std::nullopt;
    Macvlan macvlan{.link = read_text("link")};
    const Yaml* mode = map_.find("mode");
    if (!mode) return macvlan;
    const std::vector<std::string> modes{"private", "vepa", "bridge", "passthru"};
    macvlan.mode = read_text("mode");
    if (!macvlan.mode.empty() && std::find(modes.begin(), modes.end(), macvlan.mode) == modes.end())
      reader_.mistake(*mode, fmt::format("unknown mode '{}' of a macvlan", macvlan.mode),
                      {did_you_mean(macvlan.mode, modes),
                       fmt::format("the modes are: {}", fmt::join(modes, ", "))});
    return macvlan;
  }

  std::optional<Device> read_vrf() {
    if (!required("table")) return std::nullopt;
    return Vrf{static_cast<uint32_t>(read_number("table", 1, UINT32_MAX).value_or(0))};
  }

  std::optional<Device> read_vxlan() {
    if (!required("id")) return std::nullopt;
    Vxlan vxlan;
    vxlan.id = static_cast<uint32_t>(read_number("id", 0, kMostVni).value_or(0));
    vxlan.remote = read_address("remote");
    vxlan.local = read_address("local");
    vxlan.link = read_text("link");
    if (const auto port = read_number("port", 1, 65535)) vxlan.port = static_cast<uint16_t>(*port);
    if (vxlan.remote && vxlan.local && vxlan.remote->is_v6() != vxlan.local->is_v6())
      reader_.mistake(*map_.find("remote"), "'local' and 'remote' are of two families");
    return vxlan;
  }

  /// gre, ipip, sit: over IPv4.
  std::optional<Device> read_tunnel() {
    if (!required("local") || !required("remote")) return std::nullopt;
    Tunnel tunnel;
    tunnel.kind = kind_ == "gre"    ? Tunnel::Kind::gre
                  : kind_ == "ipip" ? Tunnel::Kind::ipip
                                    : Tunnel::Kind::sit;
    for (const char* key : {"local", "remote"}) {
      const auto address = read_address(key);
      if (!address) return std::nullopt;
      if (address->is_v6()) {
        reader_.mistake(*map_.find(key), fmt::format("a tunnel of kind {} runs over IPv4", kind_));
        return std::nullopt;
      }
      (key == std::string_view("local") ? tunnel.local : tunnel.remote) = *address;
    }
    if (const auto key = read_number("key", 0, UINT32_MAX))
      tunnel.key = static_cast<uint32_t>(*key);
    return tunnel;
  }

  std::optional<Device> read_wireguard() {
    Wireguard wireguard;
    if (const auto port = read_number("port", 1, 65535))
      wireguard.port = static_cast<uint16_t>(*port);
    const Yaml* peers = required("peers");
    const auto* list = peers ? reader_.list(*peers, "'peers'") : nullptr;
    if (!list) return std::nullopt;
    for (const Yaml& item : *list) read_peer(item, wireguard);
    return wireguard;
  }

  /// {peer: site-b:wg0, endpoint: 203.0.113.2:51820, allowed: [10.2.0.0/16]}
  void read_peer(const Yaml& map, Wireguard& wireguard) {
    if (!reader_.check_map(map, "a peer", keys_of(MapKind::wireguard_peer))) return;
    const Yaml* peer = reader_.required(map, "peer", "a peer needs 'peer'");
    const Yaml* allowed = reader_.required(map, "allowed", "a peer needs 'allowed'");
    if (!peer || !allowed) return;
    Wireguard::Peer read;
    const std::string name = reader_.text(*peer, "'peer'").value_or("");
    const size_t colon = name.find(':');
    if (colon == std::string::npos) {
      if (!name.empty())
        reader_.mistake(*peer, fmt::format("'{}' is not a device like site-b:wg0", name));
      return;
    }
    read.node = name.substr(0, colon);
    read.dev = name.substr(colon + 1);
    if (const Yaml* endpoint = map.find("endpoint")) {
      const std::string text = reader_.text(*endpoint, "'endpoint'").value_or("");
      read.endpoint = Endpoint::parse(text);
      if (!text.empty() && (!read.endpoint || read.endpoint->port == 0))
        reader_.mistake(*endpoint,
                        fmt::format("'{}' is not an endpoint like 203.0.113.2:51820", text));
    }
    for (const Yaml* item : reader_.one_or_more(*allowed, "'allowed'")) {
      const auto text = reader_.text(*item, "an allowed prefix");
      const auto prefix = text ? Prefix::parse(*text) : std::nullopt;
      if (prefix) read.allowed.push_back(*prefix);
      if (text && !prefix) reader_.mistake(*item, fmt::format("'{}' is not a prefix", *text));
    }
    wireguard.peers.push_back(std::move(read));
  }

  Reader& reader_;
  const Yaml& map_;
  const std::string& kind_;
  const std::string what_;
};

}  // namespace

std::optional<std::vector<std::string>> device_keys(const std::string& kind) {
  const auto found = kinds().find(kind);
  return found == kinds().end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> device_kinds() {
  std::vector<std::string> names;
  for (const auto& [name, keys] : kinds()) names.push_back(name);
  return names;
}

std::optional<Device> read_device(Reader& reader, const Yaml& map, const std::string& kind,
                                  const std::string& interface) {
  return DeviceReader(reader, map, kind, fmt::format("{} '{}'", kind, interface)).read();
}

}  // namespace fwproof::parse
