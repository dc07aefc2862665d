// The part of a TraceTap that reads nf_tables' trace.
#pragma once

#include <linux/netlink.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/trace.h"
#include "observe/device_names.h"
#include "observe/listener.h"
#include "observe/trace_table.h"

namespace fwproof::observe {

class NftTrace {
 public:
  /// `table` is fwproof's in the node; it must outlive this.
  NftTrace(std::shared_ptr<Mail> mail, TraceTable& table);

  void drain(std::vector<TraceEvent>& events, std::vector<std::string>& lost);

  bool is_at_rest() const { return ends_.empty(); }

  /// The newest generation of rules that the kernel told of since this was made, 0 if of none. It
  /// tells in the same mail, so that each message has its place before or after the change.
  uint32_t generation() const { return generation_; }

 private:
  void take(nlmsghdr* header, uint64_t order, std::vector<TraceEvent>& events,
            std::vector<std::string>& lost);
  void tell(TraceEvent event, std::vector<TraceEvent>& events);

  std::shared_ptr<Mail> mail_;
  DeviceNames devices_;
  FullHeaders* headers_;
  uint32_t generation_ = 0;
  /// By trace id, a chain's end that was just told. Of a base chain the policy follows and takes
  /// its place; until then it cannot be known which it is. Something always follows.
  std::map<uint32_t, TraceEvent> ends_;
};

}  // namespace fwproof::observe
