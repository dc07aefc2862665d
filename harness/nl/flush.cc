#include "nl/flush.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <vector>

#include "nl/message.h"
#include "nl/solicit.h"

namespace fwproof::nl {
namespace {

constexpr const char* kAttempt = "list the neighbours";

struct Entry {
  int dev = 0;
  IpAddress address;
  uint16_t state = 0;
};

std::vector<Entry> passing_neighbours(Socket& route) {
  const Message question = make_message(RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP);
  append(question.get(), ndmsg{.ndm_family = AF_INET});
  std::vector<Entry> all;
  route.dump(question.get(), kAttempt, [&](nlmsghdr* answer) {
    if (answer->nlmsg_type != RTM_NEWNEIGH) return;
    const nlattr* address = nlmsg_find_attr(answer, sizeof(ndmsg), NDA_DST);
    const auto* entry = static_cast<const ndmsg*>(nlmsg_data(answer));
    if (!address || (entry->ndm_state & NUD_PERMANENT) != 0) return;
    const std::span bytes(static_cast<const uint8_t*>(nla_data(address)),
                          static_cast<size_t>(nla_len(address)));
    all.push_back({entry->ndm_ifindex, IpAddress::from_bytes(bytes), entry->ndm_state});
  });
  return all;
}

void put_end(const Endpoint& end, __be16& port, __be32 (&address)[4]) {
  port = htons(end.port);
  std::memcpy(address, end.address.bytes().data(), end.address.bytes().size());
}

}  // namespace

bool flush_neighbours(Socket& route) {
  const std::vector<Entry> all = passing_neighbours(route);
  for (const Entry& entry : all) {
    if ((entry.state & (NUD_INCOMPLETE | NUD_FAILED)) != 0) return false;
    if (!forget_neighbour(route, entry.dev, entry.address)) return false;
  }
  return all.empty() || passing_neighbours(route).empty();
}

bool destroy_tcp(Socket& diag, const Endpoint& own, const Endpoint& other) {
  const Message message = make_message(SOCK_DESTROY, NLM_F_ACK);
  inet_diag_req_v2 request{.sdiag_family = static_cast<uint8_t>(own.address.family()),
                           .sdiag_protocol = IPPROTO_TCP,
                           .idiag_states = ~0U};
  put_end(own, request.id.idiag_sport, request.id.idiag_src);
  put_end(other, request.id.idiag_dport, request.id.idiag_dst);
  request.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  request.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  append(message.get(), request);
  return diag.ask(message.get(), "destroy a socket", [](nlmsghdr*) {}) == 0;
}

}  // namespace fwproof::nl
