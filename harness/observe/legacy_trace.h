// The part of a TraceTap that reads the trace of legacy tables, which is told to NFLOG group 0.
#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/trace.h"
#include "nl/netns.h"
#include "nl/socket.h"
#include "observe/device_names.h"

namespace fwproof::observe {

class LegacyTrace {
 public:
  LegacyTrace(const nl::Netns& netns, std::string node, bool ipv6);

  int fd() const { return socket_.fd(); }
  void drain(std::vector<TraceEvent>& events, std::vector<std::string>& lost);

 private:
  void take(nlmsghdr* header, std::vector<TraceEvent>& events, std::vector<std::string>& lost);
  void count(uint32_t sequence, std::vector<std::string>& lost);

  std::string node_;
  nl::Socket socket_;
  DeviceNames devices_;
  uint32_t next_sequence_ = 0;
};

}  // namespace fwproof::observe
