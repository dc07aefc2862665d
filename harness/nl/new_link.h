// How a request for a new device begins, whatever its kind.
#pragma once

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "nl/link.h"
#include "nl/message.h"

namespace fwproof::nl {

inline ifinfomsg header_of(int index) { return {.ifi_family = AF_UNSPEC, .ifi_index = index}; }

inline void put_link(nl_msg* message, const NewLink& link) {
  put(nla_put_string(message, IFLA_IFNAME, link.name.c_str()));
  if (link.mac)
    put(nla_put(message, IFLA_ADDRESS, static_cast<int>(link.mac->bytes.size()),
                link.mac->bytes.data()));
  if (link.mtu) put(nla_put_u32(message, IFLA_MTU, *link.mtu));
}

inline Message new_link(const NewLink& link) {
  Message message = make_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  append(message.get(), header_of(link.index));
  return message;
}

}  // namespace fwproof::nl
