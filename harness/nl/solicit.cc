#include "nl/solicit.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <cerrno>
#include <cstdint>
#include <new>

namespace fwproof::nl {
namespace {

Message neighbour_message(int type, int flags, int link_index, const IpAddress& neighbour,
                          uint8_t neighbour_flags) {
  Message message = make_message(type, flags);
  ndmsg header{};
  header.ndm_family = static_cast<unsigned char>(neighbour.family());
  header.ndm_ifindex = link_index;
  header.ndm_flags = neighbour_flags;
  const auto bytes = neighbour.bytes();
  if (nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO) < 0 ||
      nla_put(message.get(), NDA_DST, static_cast<int>(bytes.size()), bytes.data()) < 0)
    throw std::bad_alloc();
  return message;
}

}  // namespace

void solicit(Socket& route, int link_index, const IpAddress& neighbour,
             const std::string& attempt) {
  forget_neighbour(route, link_index, neighbour);
  const Message ask =
      neighbour_message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_ACK, link_index, neighbour, NTF_USE);
  route.request(ask.get(), attempt);
}

bool forget_neighbour(Socket& route, int link_index, const IpAddress& neighbour) {
  const Message forget = neighbour_message(RTM_DELNEIGH, NLM_F_ACK, link_index, neighbour, 0);
  const int error_number = route.ask(forget.get(), "forget a neighbour", [](nlmsghdr*) {});
  return error_number == 0 || error_number == ENOENT;
}

}  // namespace fwproof::nl
