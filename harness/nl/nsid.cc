#include "nl/nsid.h"

#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>

#include <cstdint>

#include "base/error.h"
#include "nl/message.h"

namespace fwproof::nl {
namespace {

constexpr const char* kAttempt = "number a network namespace";

Message make_question(uint16_t type, const Netns& other) {
  Message message = make_message(type, NLM_F_REQUEST | NLM_F_ACK);
  append(message.get(), rtgenmsg{.rtgen_family = AF_UNSPEC});
  put(nla_put_u32(message.get(), NETNSA_FD, static_cast<uint32_t>(other.fd())));
  return message;
}

int known_as(Socket& route, const Netns& other) {
  int nsid = NETNSA_NSID_NOT_ASSIGNED;
  const Message question = make_question(RTM_GETNSID, other);
  route.dump(question.get(), kAttempt, [&](nlmsghdr* answer) {
    if (const nlattr* number = nlmsg_find_attr(answer, sizeof(rtgenmsg), NETNSA_NSID))
      nsid = nla_get_s32(number);
  });
  return nsid;
}

}  // namespace

int nsid_of(Socket& route, const Netns& other) {
  int nsid = known_as(route, other);
  if (nsid >= 0) return nsid;
  const Message request = make_question(RTM_NEWNSID, other);
  put(nla_put_s32(request.get(), NETNSA_NSID, NETNSA_NSID_NOT_ASSIGNED));  // whichever is free
  route.request(request.get(), kAttempt);
  nsid = known_as(route, other);
  if (nsid < 0) throw MachineError(kAttempt, "the kernel gave it none");
  return nsid;
}

}  // namespace fwproof::nl
