// What a flow or a program needs while it runs: the lab, the services that answer, and the taps,
// read over and over.
#pragma once

#include <poll.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "base/address.h"
#include "base/deadline.h"
#include "base/unique_fd.h"
#include "drive/flow_run.h"
#include "drive/services.h"
#include "follow/follower.h"
#include "lab/lab.h"
#include "run/losses.h"
#include "run/taps.h"

namespace fwproof::run {

/// Sockets that mute TCP (drive/mute.h), by node, own and other end.
using Muted = std::map<std::tuple<std::string, Endpoint, Endpoint>, UniqueFd>;

/// Connections that stay open until the lab ends.
using Kept = std::vector<std::unique_ptr<drive::FlowRun>>;

struct Stage {
  lab::Lab& lab;
  Taps& taps;
  Losses& losses;
  drive::Services& services;
  follow::Follower& follower;
  Muted& muted;  // kept until the lab ends: what was not answered may be sent again
  Kept& kept;
  std::function<bool()> take_in;  // takes all that the taps have, and follows it: was there any?
  bool real_time = false;
};

/// Waits until something comes in at one of `waits`, at a tap or at a service, or the deadline.
void wait(std::vector<pollfd> waits, const Stage& stage, const Deadline& deadline);

}  // namespace fwproof::run
