#include "run/run_flow.h"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <map>
#include <set>

#include "base/deadline.h"
#include "base/error.h"
#include "drive/fence.h"
#include "drive/mute.h"
#include "follow/cause.h"
#include "nl/netns.h"
#include "nl/socket.h"

namespace fwproof::run {
namespace {

using namespace std::chrono_literals;

/// How long a flow may be silent, with no verdict seen, before it counts as lost. Longer than an
/// unanswered neighbour request takes to become an error (lab/lab.h), shorter than TCP waits before
/// it sends again.
constexpr auto kPatience = 800ms;

constexpr auto kFenceDeadline = 10s;

/// How long to wait for packets that are still under way when the flow itself has ended.
constexpr auto kSettle = 200ms;

/// How long a flow that is neither a program nor in real time may go on at all.
constexpr auto kLongest = 60s;

/// How long at most for a neighbour that is asked for: what sysctls make of the kernel's own 3 s is
/// the user's.
constexpr auto kNeighbourDeadline = 10s;

/// Everything that can happen without waiting has happened when this returns, or it has been
/// happening for too long.
bool advance(drive::FlowRun& run, Stage& stage, const Deadline& longest) {
  bool progress = false;
  for (bool again = true; again && !longest.passed();) {
    again = run.advance();
    again |= stage.services.advance();
    progress |= again;
    stage.take_in();  // each time: what a flood says is more than the taps can hold
  }
  return progress;
}

/// Was a packet dropped, so that nothing more is to come? A program hears the answer to one that
/// was rejected, and goes its own way.
bool dropped(const Flow& flow, const std::vector<Walk>& walks) {
  return std::any_of(walks.begin(), walks.end(), [&](const Walk& w) {
    return w.end.kind == WalkEnd::Kind::dropped &&
           !(flow.kind == FlowKind::exec && was_rejected(w));
  });
}

bool went_astray(const Walk& walk) {
  return walk.end.kind == WalkEnd::Kind::left || walk.end.kind == WalkEnd::Kind::lost;
}

/// May more be seen of these packets? Behind a fence only of one that waits for its neighbour.
bool under_way(const std::vector<Walk>& walks, bool fenced) {
  return std::any_of(walks.begin(), walks.end(), [fenced](const Walk& w) {
    const bool lost = fenced && w.end.kind == WalkEnd::Kind::lost;
    return went_astray(w) && !lost && !w.end.cause;
  });
}

/// Is it proven that a packet was lost for good, and is no other under way?
bool is_lost_for_good(const FlowSeen& seen) {
  const auto& walks = seen.walks;
  return !under_way(walks, false) && std::any_of(walks.begin(), walks.end(), follow::is_final);
}

/// What of a flow is driven: its packets since `since` are those of this request.
struct Part {
  const Flow& flow;
  drive::FlowRun& run;
  size_t mark;   // where the flow began
  size_t since;  // where this part of it began
  std::string name;

  std::vector<Walk> walks(const Stage& stage) const {
    return stage.follower.walks(flow, run.result(), mark, since);
  }

  /// As it has gone so far, with the cause of what went wrong as far as it can be told.
  FlowSeen look(Stage& stage) const {
    FlowSeen seen{name, run.result(), walks(stage)};
    follow::find_causes(flow, stage.losses.gather(seen.walks, seen.result), seen);
    return seen;
  }
};

void drive_to_end(const Part& part, Stage& stage) {
  size_t drops_known = stage.follower.drops();
  size_t packets_known = 0;
  const bool patient = stage.real_time || part.flow.kind == FlowKind::exec;
  const Deadline deadline =
      patient ? Deadline::after(part.flow.deadline) : Deadline::after(kLongest);
  const Deadline asked = Deadline::after(kNeighbourDeadline);
  Deadline silence = Deadline::after(kPatience);
  while (true) {
    if (advance(part.run, stage, deadline)) silence = Deadline::after(kPatience);
    if (part.run.done()) return;
    if (!stage.real_time && stage.follower.drops() > drops_known) {
      drops_known = stage.follower.drops();
      if (dropped(part.flow, part.walks(stage))) break;
    }
    if (!patient && stage.follower.mark() > packets_known) {
      packets_known = stage.follower.mark();
      if (is_lost_for_good(part.look(stage))) break;
    }
    if (!patient && deadline.passed())
      throw MachineError("send flow '" + part.flow.name + "'", "more and more packets come");
    const Deadline& until = patient ? deadline : silence;
    if (until.passed()) {
      if (!patient && !asked.passed() && !stage.losses.asking(part.walks(stage)).empty()) {
        silence = Deadline::after(kPatience);
        continue;
      }
      part.run.result().deadline_passed = patient;
      break;
    }
    wait(part.run.waits(), stage, until);
  }
  part.run.stop();
}

/// What an ICMP error of the flow quotes: the latest packet of the flow it is about, as the error's
/// sender saw it last.
std::optional<Packet> quoted_by(const Flow& flow, const std::vector<FlowSeen>& before) {
  if (!flow.craft || flow.craft->about.empty()) return std::nullopt;
  std::optional<Packet> quoted;
  for (const FlowSeen& seen : before)
    for (const Walk& walk : seen.walks)
      if (seen.flow == flow.craft->about && walk.direction == Direction::original)
        for (const HookVisit* hook : hooks_in(walk, flow.node))
          quoted = hook->at_end ? hook->at_end : hook->at_start;
  if (!quoted)
    throw MachineError("send flow '" + flow.name + "'", "no packet of flow '" + flow.craft->about +
                                                            "' was seen in node '" + flow.node +
                                                            "' for it to quote");
  return quoted;
}

/// Makes the TCP of the nodes that the flow names take no notice of it.
void mute_nodes(const Flow& flow, const FlowResult& result, Stage& stage) {
  for (const std::string& node : flow.craft->mute) {
    const bool sender = node == flow.node;
    const Endpoint& own = sender ? result.local : result.remote;
    const Endpoint& other = sender ? result.remote : result.local;
    if (!stage.muted.contains({node, own, other}))
      stage.muted.emplace(std::tuple(node, own, other),
                          drive::mute_tcp(stage.lab.netns(node), node, own, other));
  }
}

/// Everything that was set off has happened once nothing new comes between two fences. Did anything
/// come?
bool come_to_rest(const drive::Fence& fence, Stage& stage) {
  const Deadline deadline = Deadline::after(kFenceDeadline);
  bool came = false;
  for (bool more = true; more;) {
    if (deadline.passed()) throw MachineError("wait for the last packet", "more and more come");
    fence.wait(deadline);
    more = stage.services.advance();
    more |= stage.take_in();
    came |= more;
  }
  return came;
}

/// Of several connections at once those stay that stand. One that does not would try again.
bool stays_open(const Flow& flow, const FlowResult& result) {
  return !flow.connection_of.empty() && (result.socket == FlowResult::Socket::completed ||
                                         result.socket == FlowResult::Socket::sent);
}

/// Tells of each change to a neighbour of a node, from now on.
nl::Socket hear_neighbours(const nl::Netns& netns) {
  const nl::NetnsScope inside(netns);
  nl::Socket socket(NETLINK_ROUTE);
  socket.join(RTNLGRP_NEIGH);
  return socket;
}

/// Waits until a neighbour of these nodes is told of, or anything else comes.
void wait_for_neighbours(std::map<std::string, nl::Socket>& neighbours, const Stage& stage,
                         const Deadline& until) {
  std::vector<pollfd> waits;
  for (const auto& [node, socket] : neighbours)
    waits.push_back({.fd = socket.fd(), .events = POLLIN, .revents = 0});
  wait(std::move(waits), stage, until);
  for (auto& [node, socket] : neighbours) socket.drain([](nlmsghdr*) {});
}

/// How it went once no packet is under way any more: none waits for a neighbour, and what else is
/// still to come has been given its time.
FlowSeen settle(const Part& part, const drive::Fence& fence, Stage& stage) {
  const bool crafted = part.flow.craft.has_value();
  const Deadline asked = Deadline::after(kNeighbourDeadline);
  Deadline settled = Deadline::after(kSettle);
  std::map<std::string, nl::Socket> neighbours;  // by node
  FlowSeen seen = part.look(stage);
  while (true) {
    const std::set<std::string> asking = stage.losses.asking(seen.walks);
    const size_t heard_before = neighbours.size();
    for (const std::string& node : asking)
      if (!neighbours.contains(node))
        neighbours.emplace(node, hear_neighbours(stage.lab.netns(node)));
    if (neighbours.size() > heard_before) continue;  // it may have been found before that
    if (!asking.empty()) settled = Deadline::after(kSettle);
    const bool at_rest = asking.empty() && !under_way(seen.walks, crafted);
    const Deadline& until = asking.empty() && !at_rest ? settled : asked;
    if (until.passed()) return seen;
    if (at_rest) {
      if (!come_to_rest(fence, stage)) return seen;  // nothing came while it was looked at
    } else {
      wait_for_neighbours(neighbours, stage, until);
      come_to_rest(fence, stage);
    }
    seen = part.look(stage);
  }
}

/// Drives it, and waits for packets that are still under way at the end. `fence` stands since
/// before its first packet.
FlowSeen drive_and_settle(const Part& part, const drive::Fence& fence, Stage& stage) {
  if (part.flow.craft) {
    mute_nodes(part.flow, part.run.result(), stage);
    while (part.run.advance()) stage.take_in();
  } else {
    drive_to_end(part, stage);
  }
  come_to_rest(fence, stage);
  FlowSeen seen = settle(part, fence, stage);
  stage.losses.end_flow(seen);
  return seen;
}

/// Who took the request: the services note it, and only this flow was under way.
void note_service(const drive::Services& services, size_t requests_before, FlowResult& result) {
  if (services.requests().size() <= requests_before) return;
  const drive::Request& request = services.requests()[requests_before];
  result.accepted_by = request.node;
  result.accepted_at = request.service;
  result.seen_as = request.client;
}

}  // namespace

void wait(std::vector<pollfd> waits, const Stage& stage, const Deadline& deadline) {
  waits.push_back(stage.taps.waits());
  for (const int fd : stage.services.fds())
    waits.push_back({.fd = fd, .events = POLLIN, .revents = 0});
  if (poll(waits.data(), waits.size(), deadline.poll_timeout()) < 0 && errno != EINTR)
    throw MachineError::from_errno("wait for packets", errno);
}

FlowSeen run_flow(const Flow& flow, Stage& stage, const std::vector<FlowSeen>& before) {
  stage.take_in();
  stage.taps.begin_flow(flow.name);
  stage.losses.begin_flow();
  const size_t mark = stage.follower.mark();
  const size_t requests_before = stage.services.requests().size();
  const drive::Fence fence;
  auto run =
      drive::start(flow, stage.lab.netns(flow.node), stage.lab.hosts(), quoted_by(flow, before));
  FlowSeen seen = drive_and_settle({flow, *run, mark, mark, flow.name}, fence, stage);
  note_service(stage.services, requests_before, seen.result);
  stage.taps.end_flow(seen);
  if (stays_open(flow, seen.result)) {
    stage.services.set_connections_aside();
    stage.kept.push_back(std::move(run));
  }
  stage.services.drop_connections();
  return seen;
}

OpenFlow::OpenFlow(const Flow& flow, Stage& stage) : flow_(flow) {
  stage.take_in();
  stage.taps.begin_flow(flow.name);
  stage.losses.begin_flow();
  mark_ = stage.follower.mark();
  const size_t requests_before = stage.services.requests().size();
  const drive::Fence fence;
  run_ = drive::start(flow, stage.lab.netns(flow.node), stage.lab.hosts());
  drive_and_settle({flow_, *run_, mark_, mark_, flow_.name}, fence, stage);
  note_service(stage.services, requests_before, taken_);
  stage.services.keep_connections();
}

FlowSeen OpenFlow::go_on(Stage& stage, const std::string& as) {
  return next(stage, as, &drive::FlowRun::go_on);
}

FlowSeen OpenFlow::close(Stage& stage, const std::string& as) {
  return next(stage, as, &drive::FlowRun::close);
}

FlowSeen OpenFlow::next(Stage& stage, const std::string& as, void (drive::FlowRun::*what)()) {
  stage.take_in();
  stage.taps.begin_flow(as);
  stage.losses.begin_flow();
  const size_t since = stage.follower.mark();
  stage.services.keep_connections();
  const drive::Fence fence;
  (*run_.*what)();
  FlowSeen seen = drive_and_settle({flow_, *run_, mark_, since, as}, fence, stage);
  if (seen.result.socket == FlowResult::Socket::completed) {
    seen.result.accepted_by = taken_.accepted_by;
    seen.result.accepted_at = taken_.accepted_at;
    seen.result.seen_as = taken_.seen_as;
  }
  stage.taps.end_flow(seen);
  return seen;
}

std::vector<Walk> OpenFlow::walks(const Stage& stage) const {
  return stage.follower.walks(flow_, run_->result(), mark_);
}

FlowSeen OpenFlow::whole(Stage& stage) {
  stage.take_in();
  FlowSeen seen = Part{flow_, *run_, mark_, mark_, flow_.name}.look(stage);
  seen.result.accepted_by = taken_.accepted_by;
  seen.result.accepted_at = taken_.accepted_at;
  seen.result.seen_as = taken_.seen_as;
  stage.taps.end_flow(seen);
  return seen;
}

}  // namespace fwproof::run
