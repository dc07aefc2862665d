// ctnetlink messages as structs. Pure: no sockets, safe on any bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "model/conntrack.h"

namespace fwproof::observe {

/// A whole netlink message, aligned to 4 bytes: an event, or the answer to a question (which looks
/// like an update). Nothing if it is none or not understood. The node is not filled in. The
/// attributes are those of enum ctattr_type (linux/netfilter/nfnetlink_conntrack.h).
std::optional<ConntrackEvent> decode_conntrack(std::span<const uint8_t> message);

}  // namespace fwproof::observe
