// Makes the kernel ask for a neighbour's address, as it does before it sends a packet there.
#pragma once

#include <string>

#include "base/address.h"
#include "nl/socket.h"

namespace fwproof::nl {

/// Forgets what is known of the neighbour and asks for it anew, once at first, then as often as the
/// device's `mcast_solicit` says (NTF_USE of linux/neighbour.h, arp(7)).
void solicit(Socket& route, int link_index, const IpAddress& neighbour, const std::string& attempt);

/// Forgets the neighbour, if it is known or asked for. False if the kernel refuses.
bool forget_neighbour(Socket& route, int link_index, const IpAddress& neighbour);

}  // namespace fwproof::nl
