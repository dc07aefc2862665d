// One case, on one backend, from its topology to what the judge says of it.
#pragma once

#include "model/case.h"
#include "model/finding.h"
#include "run/keep.h"
#include "run/kept_networks.h"
#include "run/reaper.h"

namespace fwproof::run {

struct RunOptions {
  /// Where evidence is kept: pcap files of every device, rules, trace, conntrack, story. Nobody:
  /// none is.
  const Keep* keep = nullptr;
  /// Takes the lab down once the case is over. Nobody: it is taken down before run_case() returns.
  Reaper* reaper = nullptr;
  /// Tell what rules found in sets, which takes the kernel some time. It is told of cases that do
  /// not pass in any event.
  bool elements = false;
  /// Networks of earlier cases, for cases that may share them, and where theirs go. Nobody: each
  /// case has a network of its own.
  KeptNetworks* networks = nullptr;
};

/// Never throws for what a user or the machine did wrong: that is Outcome::error, with its message.
CaseResult run_case(const Case& c, Backend backend, const RunOptions& options);

}  // namespace fwproof::run
