// Putting a netlink message together: headers, attributes and nests of them. libnl's calls fail
// here only for want of memory, which is thrown.
#pragma once

#include <netlink/attr.h>
#include <netlink/msg.h>

#include <new>

#include "base/address.h"

namespace fwproof::nl {

inline void put(int result) {
  if (result < 0) throw std::bad_alloc();
}

template <typename Header>
void append(nl_msg* message, Header header) {
  put(nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO));
}

inline void put_address(nl_msg* message, int type, const IpAddress& address) {
  const auto bytes = address.bytes();
  put(nla_put(message, type, static_cast<int>(bytes.size()), bytes.data()));
}

/// A nest of attributes that is open while this lives.
class Nest {
 public:
  Nest(nl_msg* message, int type) : message_(message), start_(nla_nest_start(message, type)) {
    if (!start_) throw std::bad_alloc();
  }
  ~Nest() { nla_nest_end(message_, start_); }
  Nest(const Nest&) = delete;
  Nest& operator=(const Nest&) = delete;
  Nest(Nest&&) = delete;
  Nest& operator=(Nest&&) = delete;

 private:
  nl_msg* message_;
  nlattr* start_;
};

}  // namespace fwproof::nl
