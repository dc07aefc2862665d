// One flow under way. It never waits: whoever runs it polls `waits()` and calls advance().
#pragma once

#include <poll.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/flow.h"
#include "nl/netns.h"

namespace fwproof::drive {

/// A packet makes some dozens of trace messages at most, and a tap of an ordinary user has room for
/// some hundreds (observe/nfnetlink.h; net.core.rmem_max).
inline constexpr size_t kAtOnce = 8;

class FlowRun {
 public:
  FlowRun() = default;
  virtual ~FlowRun() = default;
  FlowRun(const FlowRun&) = delete;
  FlowRun& operator=(const FlowRun&) = delete;
  FlowRun(FlowRun&&) = delete;
  FlowRun& operator=(FlowRun&&) = delete;

  /// Does what can be done without waiting, but sends at most kAtOnce packets: what the taps can
  /// hold until they are read. True if anything was done; then there may be more to do.
  virtual bool advance() = 0;

  /// True once nothing more will come.
  virtual bool done() const = 0;

  virtual std::vector<pollfd> waits() const = 0;

  /// Gives up: the result is what there is so far.
  virtual void stop() = 0;

  /// A flow that stays open (Flow::stays_open) is done once its request was answered, and has these
  /// two. Sends another request; the result is then that request's.
  virtual void go_on() {}
  /// Closes it from its own side.
  virtual void close() {}

  const FlowResult& result() const { return result_; }
  FlowResult& result() { return result_; }

 protected:
  FlowResult result_;
};

/// Starts the flow in its node's netns: the first packet may be on its way when this returns.
/// A program finds `hosts` as /etc/hosts. Throws MachineError if the node cannot do it at all (no
/// such source address, no such program). `quoted` is the packet that a crafted ICMP error is
/// about.
std::unique_ptr<FlowRun> start(const Flow& flow, const nl::Netns& netns, const std::string& hosts,
                               const std::optional<Packet>& quoted = std::nullopt);

std::unique_ptr<FlowRun> start_tcp(const Flow& flow, const nl::Netns& netns);
std::unique_ptr<FlowRun> start_datagrams(const Flow& flow, const nl::Netns& netns);
std::unique_ptr<FlowRun> start_crafted(const Flow& flow, const nl::Netns& netns,
                                       const std::optional<Packet>& quoted);
std::unique_ptr<FlowRun> start_arp(const Flow& flow, const nl::Netns& netns);
std::unique_ptr<FlowRun> start_replay(const Flow& flow, const nl::Netns& netns);
std::unique_ptr<FlowRun> start_program(const Flow& flow, const nl::Netns& netns,
                                       const std::string& hosts);

}  // namespace fwproof::drive
