// One case, on one backend, from its topology to what the judge says of it.
#pragma once

#include <string>

#include "model/case.h"
#include "model/finding.h"

namespace fwproof::run {

struct RunOptions {
  /// Folder under which evidence is kept: pcap files of every device, rules, trace, conntrack,
  /// story. Empty: none is.
  std::string keep;
};

/// Never throws for what a user or the machine did wrong: that is Outcome::error, with its message.
CaseResult run_case(const Case& c, Backend backend, const RunOptions& options);

/// What was seen of the case's flows, unjudged. Throws MachineError and BadInput.
Seen observe_case(const Case& c, Backend backend, const std::string& evidence_folder);

}  // namespace fwproof::run
