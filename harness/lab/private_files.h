// What the scripts and programs of one node find as files: a mount namespace
// (mount_namespaces(7)) in which they can do as they like without touching the machine.
//
//   /run         empty: no daemon of the machine answers, no lock of it (xtables.lock) is waited
//   for /etc, /var   the machine's, and what is written there stays in memory: an overlay
//                (overlayfs of the kernel's documentation). An ordinary user, whom an overlay lets
//                write nowhere where root owns the folder, gets a copy of all in /etc that he may
//                read, and the machine's /var
//   /sys         with the node's devices in /sys/class/net
//   iptables     and its kin are those of the backend, where the machine chooses among them by
//                /etc/alternatives (update-alternatives(1))
//
// What one script of a node leaves there the next one finds.
#pragma once

#include <string>

#include "base/unique_fd.h"
#include "model/netfilter.h"
#include "nl/netns.h"

namespace fwproof::lab {

class PrivateFiles {
 public:
  /// Throws MachineError.
  PrivateFiles(const nl::Netns& netns, const std::string& node, Backend backend);

  /// The mount namespace, for setns(2).
  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

}  // namespace fwproof::lab
