// TCP that takes no notice of a connection: packets of it arrive, and nothing answers, no RST
// either. So crafted packets can be a half-open connection, or one that both ends open at once.
#pragma once

#include <string>

#include "base/address.h"
#include "base/unique_fd.h"
#include "nl/netns.h"

namespace fwproof::drive {

/// A socket of `netns` that takes all packets between these two ends and drops them. Made as
/// established without a packet (TCP_REPAIR, tcp(7) of CRIU: include/uapi/linux/tcp.h), it drops
/// by a socket filter. Throws MachineError.
UniqueFd mute_tcp(const nl::Netns& netns, const std::string& node, const Endpoint& own,
                  const Endpoint& other);

}  // namespace fwproof::drive
