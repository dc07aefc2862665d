// Cuts an IP packet into fragments (RFC 791 section 3.2, RFC 8200 section 4.5).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/craft.h"

namespace fwproof::drive {

/// The length of an IPv4 header with its options, or of IPv6's fixed header.
size_t ip_header_size(std::span<const uint8_t> packet);

/// The fragments of a whole packet, in the order in which they are to be sent, without those that
/// are to be missing. `id` is the identification of IPv6 fragments; IPv4's stands in the packet.
std::vector<std::vector<uint8_t>> cut(std::span<const uint8_t> packet, const Fragments& how,
                                      uint32_t id);

}  // namespace fwproof::drive
