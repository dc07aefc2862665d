// The part of a TraceTap that reads the trace of legacy tables, which is told to NFLOG group 0.
#pragma once

#include <string>
#include <vector>

#include "model/trace.h"
#include "nl/netns.h"
#include "observe/device_names.h"
#include "observe/nflog_group.h"

namespace fwproof::observe {

class LegacyTrace {
 public:
  LegacyTrace(const nl::Netns& netns, const std::string& node, bool ipv6);

  int fd() const { return group_.fd(); }
  void drain(std::vector<TraceEvent>& events, std::vector<std::string>& lost);

 private:
  void take(const NflogMessage& nflog, std::vector<TraceEvent>& events,
            std::vector<std::string>& lost);

  std::string node_;
  NflogGroup group_;
  DeviceNames devices_;
};

}  // namespace fwproof::observe
