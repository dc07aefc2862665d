// Drives one flow to its end while all taps are read, and says how its packets went.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "base/address.h"
#include "base/unique_fd.h"
#include "drive/flow_run.h"
#include "drive/services.h"
#include "follow/follower.h"
#include "lab/lab.h"
#include "model/seen.h"
#include "run/losses.h"
#include "run/taps.h"

namespace fwproof::run {

/// Sockets that mute TCP (drive/mute.h), by node, own and other end.
using Muted = std::map<std::tuple<std::string, Endpoint, Endpoint>, UniqueFd>;

/// Connections that stay open until the lab ends.
using Kept = std::vector<std::unique_ptr<drive::FlowRun>>;

struct Stage {
  const lab::Lab& lab;
  Taps& taps;
  Losses& losses;
  drive::Services& services;
  follow::Follower& follower;
  Muted& muted;  // kept until the lab ends: what was not answered may be sent again
  Kept& kept;
  bool real_time = false;
};

/// Sends the flow and waits for its end: its answer, an error, or the proof that a packet of it was
/// dropped, by a rule or for a cause that the kernel tells of at once (follow/cause.h). In real
/// time a drop does not end it, only the kernel's own time-outs or the flow's deadline do. A flow
/// of which nothing more is heard is given up after kPatience; what was sent is followed until
/// nothing more can come of it (drive/fence.h). `before` are the flows that went before, for what
/// this one says of them.
FlowSeen run_flow(const Flow& flow, Stage& stage, const std::vector<FlowSeen>& before);

}  // namespace fwproof::run
