// Network namespaces held by file descriptors (network_namespaces(7)). A namespace made here has no
// name and no process of its own: it lasts as long as something holds it open, so whatever ends
// this process ends the namespace and all devices, rules and entries in it.
#pragma once

#include <string>

#include "base/unique_fd.h"

namespace fwproof::nl {

class Netns {
 public:
  /// A new, empty namespace (lo is there, and down). The calling thread stays where it is.
  /// Throws MachineError, with the cure where there is one.
  static Netns create();

  /// The namespace the calling thread is in.
  static Netns current();

  int fd() const { return fd_.get(); }

 private:
  explicit Netns(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

/// The calling thread is in `netns`, which must outlive this, while this lives. Sockets,
/// libnftables contexts, /proc/sys/net and child processes take the namespace of the thread that
/// opens them. Aborts if it cannot go back: nothing may run on in the wrong network.
class NetnsScope {
 public:
  explicit NetnsScope(const Netns& netns);
  ~NetnsScope();
  NetnsScope(const NetnsScope&) = delete;
  NetnsScope& operator=(const NetnsScope&) = delete;
  NetnsScope(NetnsScope&&) = delete;
  NetnsScope& operator=(NetnsScope&&) = delete;

 private:
  UniqueFd opened_;  // where no NetnsHome holds it
  int before_;
};

/// While this lives, what enters and makes namespaces in this thread does not look up each time
/// where it came from: the thread must go nowhere else by itself. May be there twice.
class NetnsHome {
 public:
  NetnsHome();
  ~NetnsHome();
  NetnsHome(const NetnsHome&) = delete;
  NetnsHome& operator=(const NetnsHome&) = delete;
  NetnsHome(NetnsHome&&) = delete;
  NetnsHome& operator=(NetnsHome&&) = delete;

 private:
  int before_;
  UniqueFd opened_;
};

}  // namespace fwproof::nl
