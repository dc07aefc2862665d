// The part of a TraceTap that reads nf_tables' trace.
#pragma once

#include <linux/netlink.h>

#include <map>
#include <string>
#include <vector>

#include "model/trace.h"
#include "nl/netns.h"
#include "nl/socket.h"
#include "observe/device_names.h"

namespace fwproof::observe {

class NftTrace {
 public:
  NftTrace(const nl::Netns& netns, std::string node);

  int fd() const { return socket_.fd(); }
  void drain(std::vector<TraceEvent>& events, std::vector<std::string>& lost);

  bool is_at_rest() const { return ends_.empty(); }

  /// The newest generation of rules that the kernel told of since this was made, 0 if of none. It
  /// tells on the same socket, so that each message has its place before or after the change.
  uint32_t generation() const { return generation_; }

 private:
  void take(nlmsghdr* header, std::vector<TraceEvent>& events, std::vector<std::string>& lost);
  void tell(TraceEvent event, std::vector<TraceEvent>& events);

  std::string node_;
  nl::Socket socket_;
  DeviceNames devices_;
  uint32_t generation_ = 0;
  /// By trace id, a chain's end that was just told. Of a base chain the policy follows and takes
  /// its place; until then it cannot be known which it is. Something always follows.
  std::map<uint32_t, TraceEvent> ends_;
};

}  // namespace fwproof::observe
