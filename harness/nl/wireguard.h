// WireGuard devices over generic netlink (linux/wireguard.h).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "nl/netns.h"

namespace fwproof::nl {

using WireguardKey = std::array<uint8_t, 32>;

struct WireguardPeer {
  WireguardKey key{};  // its public key
  std::optional<Endpoint> endpoint;
  std::vector<Prefix> allowed;
};

/// Gives the device its private key and port.
void set_wireguard(const Netns& netns, int index, const WireguardKey& private_key, uint16_t port,
                   const std::string& attempt);

void add_wireguard_peer(const Netns& netns, int index, const WireguardPeer& peer,
                        const std::string& attempt);

/// The public key that the kernel worked out from the private one.
WireguardKey wireguard_public_key(const Netns& netns, int index, const std::string& attempt);

}  // namespace fwproof::nl
