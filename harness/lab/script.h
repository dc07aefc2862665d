// A script as a ruleset: whatever puts rules into the kernel itself, as root of the node. It runs
// by the interpreter that its first line names, or by sh, in its own folder, and may start
// daemons: they end with it.
#pragma once

#include <string>

#include "base/deadline.h"
#include "base/error.h"
#include "lab/private_files.h"
#include "model/ruleset.h"
#include "nl/netns.h"

namespace fwproof::lab {

inline constexpr std::chrono::milliseconds kTimeForScript{60'000};

/// Runs it to its end. One that does not end well throws BadInput: the script, its line where it
/// names one, and its own words. One that does not end in time throws MachineError.
void run_script(const nl::Netns& netns, const PrivateFiles& files, const std::string& node,
                const RulesFile& script, Deadline deadline = Deadline::after(kTimeForScript));

/// What runs the script: {"/bin/bash", "-e", "/x/setup.sh", arguments...}.
std::vector<std::string> script_command(const RulesFile& script);

/// The diagnostics in what a script said that ended with this status, not 0.
Diagnostics script_diagnostics(const std::string& node, int exit_status, const std::string& words,
                               const RulesFile& script);

}  // namespace fwproof::lab
