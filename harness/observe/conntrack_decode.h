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

/// The event of an expectation that was made (NFNL_SUBSYS_CTNETLINK_EXP, enum ctattr_expect of the
/// same header). Nothing if the message is none or not understood.
std::optional<Expectation> decode_expectation(std::span<const uint8_t> message);

}  // namespace fwproof::observe
