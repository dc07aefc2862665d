#include "parse/interfaces.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "parse/keys.h"
#include "parse/words.h"

namespace fwproof::parse {
namespace {

/// Why the kernel refuses this address on a dev, or takes packets to it for something else; empty
/// if it is an address of a host.
std::string_view address_fault(const Prefix& prefix, bool on_lo) {
  static const Prefix kLoopback = *Prefix::parse("127.0.0.0/8");
  static const Prefix kMulticast = *Prefix::parse("224.0.0.0/4");
  static const Prefix kMulticast6 = *Prefix::parse("ff00::/8");
  const IpAddress& address = prefix.address;
  if (kMulticast.contains(address) || kMulticast6.contains(address)) return "a multicast address";
  if (on_lo) return {};
  if (kLoopback.contains(address) || address.to_string() == "::1")
    return "a loopback address, which only lo can have";
  // Below a prefix of 31 bits the first and the last address belong to no host (RFC 919, RFC 3021).
  if (address.is_v6() || prefix.length > 30) return {};
  uint32_t number = 0;
  for (const uint8_t byte : address.bytes()) number = number << 8 | byte;
  const uint32_t host_bits = 0xFFFFFFFFu >> prefix.length;
  if ((number & host_bits) == 0) return "its subnet's own address";
  if ((number & host_bits) == host_bits) return "its subnet's broadcast address";
  return {};
}

/// The kinds that have this key, beside those of every interface.
std::vector<std::string> kinds_with(const std::string& key) {
  std::vector<std::string> found;
  for (const std::string& kind : device_kinds()) {
    const auto keys = *device_keys(kind);
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) found.push_back(kind);
  }
  return found;
}

class InterfaceReader {
 public:
  InterfaceReader(Reader& reader, const std::string& node, TopologyPlaces& places)
      : reader_(reader), node_(node), places_(places) {}

  Interface read(const YamlEntry& entry) {
    const std::string fault = device_name_fault(entry.key.scalar);
    if (!fault.empty()) reader_.mistake(entry.key, fault);
    interface_.name = entry.key.scalar;
    interface_.at = reader_.at(entry.key);
    if (entry.value.kind != Yaml::Kind::null) read_map(entry.value);
    return std::move(interface_);
  }

 private:
  void read_map(const Yaml& map) {
    const std::string what = fmt::format("interface '{}'", interface_.name);
    if (!reader_.check_map(map, what, keys_of(MapKind::interface))) return;
    const auto kind = read_kind(map);
    check_keys_of_kind(map, kind);
    if (kind) interface_.device = read_device(reader_, map, *kind, interface_.name);
    if (const Yaml* mtu = map.find("mtu"))
      if (const auto value = reader_.number(*mtu, "'mtu'", kLeastMtu, kMostMtu))
        interface_.mtu = static_cast<uint32_t>(*value);
    if (const Yaml* mac = map.find("mac")) interface_.mac = read_mac(reader_, *mac, "'mac'");
    if (const Yaml* master = map.find("master")) {
      interface_.master = reader_.text(*master, "'master'").value_or("");
      places_.masters[{node_, interface_.name}] = reader_.at(*master);
    }
    if (const Yaml* vlans = map.find("vlans")) read_vlans(*vlans);
    if (const Yaml* addresses = map.find("addresses")) read_addresses(*addresses);
  }

  std::optional<std::string> read_kind(const Yaml& map) {
    const Yaml* kind = map.find("kind");
    if (!kind) return std::nullopt;
    places_.of_a_kind.insert({node_, interface_.name});
    const auto text = reader_.text(*kind, "'kind'");
    if (!text) return std::nullopt;
    if (interface_.name == "lo") {
      reader_.mistake(*kind, "lo is of no other kind");
      return std::nullopt;
    }
    if (device_keys(*text)) return text;
    const std::string note = did_you_mean(*text, device_kinds());
    reader_.mistake(
        *kind, fmt::format("unknown kind '{}' of an interface", *text),
        {note,
         note.empty() ? fmt::format("the kinds are: {}", fmt::join(device_kinds(), ", ")) : ""});
    return std::nullopt;
  }

  /// Keys that belong to another kind than this interface's.
  void check_keys_of_kind(const Yaml& map, const std::optional<std::string>& kind) {
    if (map.find("kind") && !kind) return;
    const auto own = kind ? *device_keys(*kind) : std::vector<std::string>();
    for (const YamlEntry& entry : map.entries) {
      const std::string& key = entry.key.scalar;
      const auto others = kinds_with(key);
      if (others.empty() || std::find(own.begin(), own.end(), key) != own.end()) continue;
      reader_.mistake(entry.key,
                      fmt::format("'{}' is a key of kind {}", key, fmt::join(others, ", ")),
                      {"", kind ? "" : "say which with 'kind'"});
    }
  }

  void read_addresses(const Yaml& value) {
    const auto* list = reader_.list(value, "'addresses'");
    if (!list) return;
    for (const Yaml& item : *list) {
      if (item.is_map())
        read_address_map(item);
      else if (const auto text = reader_.text(item, "an address"))
        read_address(item, *text);
    }
  }

  std::optional<Prefix> read_address(const Yaml& item, const std::string& text) {
    const auto prefix = Prefix::parse(text);
    if (!prefix) {
      const bool no_length = IpAddress::parse(text).has_value();
      reader_.mistake(
          item, fmt::format("'{}' is not an address with the length of its prefix", text),
          {"", no_length
                   ? fmt::format("write {}/{}", text, text.find(':') == std::string::npos ? 24 : 64)
                   : "write 10.0.0.1/24 or 2001:db8::1/64"});
      return std::nullopt;
    }
    if (const auto fault = address_fault(*prefix, interface_.name == "lo"); !fault.empty())
      reader_.mistake(item, fmt::format("'{}' is {}", text, fault));
    interface_.addresses.push_back(*prefix);
    places_.addresses.push_back({{node_, interface_.name}, *prefix, reader_.at(item)});
    return prefix;
  }

  void read_address_map(const Yaml& map) {
    if (!reader_.check_map(map, "an address", keys_of(MapKind::address))) return;
    const Yaml* address = reader_.required(map, "address", "an address needs 'address'");
    const Yaml* peer = map.find("peer");
    const Yaml* shared = map.find("shared");
    if (!peer && !shared)
      reader_.mistake(map, "an address with 'address' needs 'peer' or 'shared'",
                      {"", "without these write the address alone"});
    const auto own = address ? reader_.text(*address, "'address'") : std::nullopt;
    if (!own) return;
    const size_t before = places_.addresses.size();
    if (peer)
      read_address_with_peer(*address, *own, *peer);
    else if (shared)
      read_address(*address, *own);
    const bool is_shared = shared && reader_.boolean(*shared, "'shared'").value_or(false);
    if (places_.addresses.size() > before) places_.addresses.back().shared = is_shared;
  }

  /// {address: 10.0.0.1/32, peer: 10.0.0.2/32}: the two ends of a point-to-point link.
  void read_address_with_peer(const Yaml& address, const std::string& own_text, const Yaml& peer) {
    const auto peer_text = reader_.text(peer, "'peer'");
    if (!peer_text) return;
    auto own = Prefix::parse(own_text);
    if (const auto alone = IpAddress::parse(own_text)) own = whole(*alone);
    auto other = Prefix::parse(*peer_text);
    if (const auto alone = IpAddress::parse(*peer_text)) other = whole(*alone);
    if (!own || own->length != own->address.bytes().size() * 8) {
      reader_.mistake(address, fmt::format("'{}' is not one address", own_text),
                      {"", "with 'peer' write it without a prefix, or /32, or /128"});
      return;
    }
    if (!other) {
      reader_.mistake(peer, fmt::format("'{}' is not an address or a prefix", *peer_text));
      return;
    }
    if (other->address.is_v6() != own->address.is_v6()) {
      reader_.mistake(peer, "'address' and 'peer' are of two families");
      return;
    }
    if (read_address(address, own->to_string())) interface_.peers.emplace(own->address, *other);
  }

  static Prefix whole(const IpAddress& address) {
    return {address, static_cast<uint8_t>(address.bytes().size() * 8)};
  }

  /// "10", "10 pvid untagged": bridge(8)'s words.
  void read_vlans(const Yaml& value) {
    places_.vlans[{node_, interface_.name}] = reader_.at(value);
    const auto* list = reader_.list(value, "'vlans'");
    if (!list) return;
    for (const Yaml& item : *list) {
      Words words(reader_, item, "a VLAN");
      if (!words.valid() || words.done()) continue;
      const Word number = words.take();
      const auto id = parse_unsigned(number.text);
      if (!id || *id < 1 || *id > kMostVlan) {
        words.mistake(number,
                      fmt::format("'{}' is not a VLAN from 1 to {}", number.text, kMostVlan),
                      {"", "write such as 10 or '10 pvid untagged'"});
        continue;
      }
      PortVlan vlan{.id = static_cast<uint16_t>(*id)};
      while (!words.done()) {
        const Word word = words.take();
        vlan.pvid |= word.text == "pvid";
        vlan.untagged |= word.text == "untagged";
        if (word.text != "pvid" && word.text != "untagged")
          words.mistake(word, fmt::format("unknown word '{}' of a VLAN", word.text),
                        {did_you_mean(word.text, {"pvid", "untagged"}), ""});
      }
      interface_.vlans.push_back(vlan);
    }
  }

  Reader& reader_;
  const std::string& node_;
  TopologyPlaces& places_;
  Interface interface_;
};

}  // namespace

std::vector<Interface> read_interfaces(Reader& reader, const Yaml& map, const std::string& node,
                                       TopologyPlaces& places) {
  std::vector<Interface> interfaces;
  if (!reader.is_map(map, "'interfaces'")) return interfaces;
  for (const YamlEntry& entry : map.entries)
    interfaces.push_back(InterfaceReader(reader, node, places).read(entry));
  return interfaces;
}

std::optional<MacAddress> read_mac(Reader& reader, const Yaml& value, std::string_view what) {
  const auto text = reader.text(value, what);
  if (!text) return std::nullopt;
  const auto mac = MacAddress::parse(*text);
  if (!mac)
    reader.mistake(value, fmt::format("'{}' is not a MAC address", *text),
                   {"", "write such as 02:00:00:00:00:07"});
  else if (mac->is_multicast() || mac->is_zero())
    reader.mistake(value, fmt::format("'{}' is no MAC address of a device", *text));
  else
    return mac;
  return std::nullopt;
}

}  // namespace fwproof::parse
