// Kernel settings of one namespace, through /proc/sys as seen by a thread that is in it.
#pragma once

#include <string>

#include "base/unique_fd.h"
#include "nl/netns.h"

namespace fwproof::lab {

/// Whether a kernel without the setting is an error.
enum class IfMissing { fail, ignore };

/// A procfs of its own, mounted nowhere, for set_sysctl(). All namespaces have their settings under
/// the same names, so that in one procfs the kernel walks past those of all others that were looked
/// at (fs/proc/proc_sysctl.c, proc_sys_compare()): with a thousand of them 0.1 ms each time. Not
/// valid where only the machine's may be used: by others than root, for one.
UniqueFd own_procfs();

/// `key` is written as sysctl(8) does: "net.ipv4.conf.eth0.rp_filter", or with slashes where a
/// device's name has a dot. Only keys under net. belong to a namespace; the others are the whole
/// machine's and are refused. Throws MachineError that begins with `where`, the file and node that
/// ask for it. `procfs` is that of own_procfs(), or not valid.
void set_sysctl(const nl::Netns& netns, const std::string& where, const std::string& key,
                const std::string& value, IfMissing if_missing = IfMissing::fail,
                const UniqueFd& procfs = {});

}  // namespace fwproof::lab
