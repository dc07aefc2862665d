// A node for the tests against the kernel: a namespace with lo up, rules loaded by the users' own
// tools, and a few packets.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "nl/netns.h"

namespace fwproof::observe {

class TestNode {
 public:
  TestNode();

  const nl::Netns& netns() const { return netns_; }

  /// Runs a program in the node with `input`; returns its exit code.
  int run(std::vector<std::string> command, const std::string& input = {}) const;

  /// A UDP socket bound to `port` of 127.0.0.1, or of ::1.
  UniqueFd udp(uint16_t port, bool v6 = false) const;

  /// Sends "hi" over lo from port 5000 to `port`, where a socket waits for it.
  void send_udp(uint16_t port, bool v6 = false) const;

 private:
  nl::Netns netns_;
};

/// Bound to `port` of the loopback address; TCP sockets listen.
UniqueFd bind_loopback(int type, uint16_t port, bool v6);

/// Connects, or sends `payload` if it is not empty, to `port` of the loopback address.
void connect_loopback(int fd, uint16_t port, bool v6);

}  // namespace fwproof::observe
