// Kernel settings of one namespace, through /proc/sys as seen by a thread that is in it.
#pragma once

#include <string>

#include "nl/netns.h"

namespace fwproof::lab {

/// Whether a kernel without the setting is an error.
enum class IfMissing { fail, ignore };

/// `key` is written as sysctl(8) does: "net.ipv4.conf.eth0.rp_filter", or with slashes where a
/// device's name has a dot. Only keys under net. belong to a namespace; the others are the whole
/// machine's and are refused. Throws MachineError that begins with `where`, the file and node that
/// ask for it.
void set_sysctl(const nl::Netns& netns, const std::string& where, const std::string& key,
                const std::string& value, IfMissing if_missing = IfMissing::fail);

}  // namespace fwproof::lab
