// Drives flows while all taps are read, and says how their packets went.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "drive/flow_run.h"
#include "model/seen.h"
#include "run/stage.h"

namespace fwproof::run {

/// Sends the flow and waits for its end: its answer, an error, or the proof that a packet of it was
/// dropped, by a rule or for a cause that the kernel tells of at once (follow/cause.h). In real
/// time a drop does not end it, only the kernel's own time-outs or the flow's deadline do. A flow
/// of which nothing more is heard is given up after kPatience; what was sent is followed until
/// nothing more can come of it (drive/fence.h). `before` are the flows that went before, for what
/// this one says of them.
FlowSeen run_flow(const Flow& flow, Stage& stage, const std::vector<FlowSeen>& before);

/// A flow that stays open: its requests are sent one by one, while other things happen between
/// them.
class OpenFlow {
 public:
  /// Sends its first request; it ends as that of run_flow() does. `flow` must outlive this.
  OpenFlow(const Flow& flow, Stage& stage);

  /// Sends another. What is told is of this request alone, under the name `as`.
  FlowSeen go_on(Stage& stage, const std::string& as);

  /// Closes it. What is told is of that alone.
  FlowSeen close(Stage& stage, const std::string& as);

  const Flow& flow() const { return flow_; }

  /// The walks of all its packets so far.
  std::vector<Walk> walks(const Stage& stage) const;

  /// All of it, once it is over: no more of its captures are counted.
  FlowSeen whole(Stage& stage);

 private:
  FlowSeen next(Stage& stage, const std::string& as, void (drive::FlowRun::*what)());

  const Flow& flow_;
  size_t mark_;
  std::unique_ptr<drive::FlowRun> run_;
  FlowResult taken_;  // who took its first request
};

}  // namespace fwproof::run
