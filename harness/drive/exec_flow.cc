// A program of the user's as traffic: curl, ssh, nc, a script's interpreter.
#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/programs.h"
#include "drive/flow_run.h"
#include "lab/program.h"

namespace fwproof::drive {
namespace {

constexpr const char* kHintIfMissing =
    "install it, or write its path: a relative one starts at the folder of the case";

/// Of the file that says so; ours where none does.
std::string folder_of(const Location& at) {
  if (at.file.empty()) return {};
  return std::filesystem::absolute(at.file).parent_path().string();
}

class ExecFlow final : public FlowRun {
 public:
  ExecFlow(const Flow& flow, const nl::Netns& netns, const std::string& hosts)
      : program_(
            netns, flow.node,
            {.argv = flow.command,
             .input = {},
             // An iptables among the programs takes its lock in the node, not on the machine.
             .environment = {{"XTABLES_LOCKFILE", "/proc/self/ns/net"}, {"PATH", path_of_root()}},
             .own_pid_namespace = true,
             .hosts = hosts,
             .folder = folder_of(flow.at),
             .hint_if_missing = kHintIfMissing}) {
    if (flow.exec_destination) result_.remote = *flow.exec_destination;
  }

  bool advance() override {
    if (done_ || !program_.advance()) return false;
    finish(FlowResult::Socket::ran);
    return true;
  }

  bool done() const override { return done_; }

  std::vector<pollfd> waits() const override {
    std::vector<pollfd> all;
    if (done_) return all;
    for (const int fd : program_.fds()) all.push_back({.fd = fd, .events = POLLIN, .revents = 0});
    return all;
  }

  void stop() override {
    if (done_) return;
    program_.stop();
    finish(FlowResult::Socket::ended);
  }

 private:
  void finish(FlowResult::Socket how) {
    result_.socket = how;
    result_.exit_status = program_.exit_status();
    result_.standard_output = program_.output();
    result_.standard_error = program_.error();
    done_ = true;
  }

  lab::Program program_;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<FlowRun> start_program(const Flow& flow, const nl::Netns& netns,
                                       const std::string& hosts) {
  try {
    return std::make_unique<ExecFlow>(flow, netns, hosts);
  } catch (const MachineError& no) {
    throw MachineError("flow '" + flow.name + "'", no.what(), no.hint());
  }
}

std::unique_ptr<FlowRun> start(const Flow& flow, const nl::Netns& netns, const std::string& hosts,
                               const std::optional<Packet>& quoted) {
  if (flow.kind == FlowKind::arp) return start_arp(flow, netns);
  if (flow.craft && !flow.craft->replay.empty()) return start_replay(flow, netns);
  if (flow.craft) return start_crafted(flow, netns, quoted);
  switch (flow.kind) {
    case FlowKind::tcp:
      return start_tcp(flow, netns);
    case FlowKind::udp:
    case FlowKind::icmp:
      return start_datagrams(flow, netns);
    case FlowKind::arp:
    case FlowKind::other:
    case FlowKind::exec:
      break;
  }
  return start_program(flow, netns, hosts);
}

}  // namespace fwproof::drive
