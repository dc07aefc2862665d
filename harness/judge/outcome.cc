#include "judge/outcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace fwproof::judge {
namespace {

using Socket = FlowResult::Socket;

bool is_named(const Walk& walk, std::string_view name) {
  return walk.name == name || walk.name.starts_with(std::string(name) + " ");
}

bool was_dropped(const Walk& walk) { return walk.end.kind == WalkEnd::Kind::dropped; }

bool got_to_sender(const Flow& flow, const Walk& walk) {
  return walk.direction == Direction::reply && walk.end.kind == WalkEnd::Kind::delivered &&
         walk.end.node == flow.node;
}

/// An ICMP error that got to the one who started the flow.
bool tells_sender(const Flow& flow, const Walk& walk) {
  return walk.packet.is_icmp_error() && got_to_sender(flow, walk);
}

template <typename Predicate>
const Walk* find_last(const FlowSeen& seen, Predicate predicate) {
  const auto found = std::find_if(seen.walks.rbegin(), seen.walks.rend(), predicate);
  return found == seen.walks.rend() ? nullptr : &*found;
}

/// The answer of the REJECT that dropped this packet, if it got to the one who started the flow.
/// One that went to the other end told the sender nothing.
const Walk* answer_heard(const Flow& flow, const FlowSeen& seen, const Walk& rejected) {
  return find_last(
      seen, [&](const Walk& w) { return w.about == rejected.name && got_to_sender(flow, w); });
}

/// The last drop, since what came before it was tried again. A connection that stands cannot have
/// been ended by what happened to a SYN.
const Walk* last_drop(const FlowSeen& seen) {
  const bool stands = seen.result.socket == Socket::half;
  return find_last(seen, [&](const Walk& walk) {
    return was_dropped(walk) && !(stands && (is_named(walk, "syn") || is_named(walk, "syn-ack")));
  });
}

std::string describe_drop(const Flow& flow, const FlowSeen& seen, const Walk& walk) {
  const Walk* answer = was_rejected(walk) ? answer_heard(flow, seen, walk) : nullptr;
  if (!answer) return "dropped";
  return "rejected " + (answer->packet.is_icmp() ? icmp_name(answer->packet) : "tcp-reset");
}

bool timed_out(const FlowResult& result) {
  return result.error_number == ETIMEDOUT || result.deadline_passed;
}

/// The socket never heard, or heard no more.
std::string describe_silence(const Flow& flow, const FlowSeen& seen) {
  if (const Walk* drop = last_drop(seen)) return describe_drop(flow, seen, *drop);
  return timed_out(seen.result) ? "timed out" : "lost";
}

/// The drop that made the socket fail with this error, if one did.
const Walk* drop_behind_failure(const Flow& flow, const FlowSeen& seen) {
  switch (seen.result.error_number) {
    case ECONNREFUSED:
    case ENETUNREACH:
    case EHOSTUNREACH:
      return find_last(seen, [&](const Walk& walk) {  // silence cannot cause these
        return was_rejected(walk) && answer_heard(flow, seen, walk);
      });
    default:
      return last_drop(seen);
  }
}

std::string describe_failure(const Flow& flow, const FlowSeen& seen) {
  if (const Walk* drop = drop_behind_failure(flow, seen)) return describe_drop(flow, seen, *drop);
  const int error = seen.result.error_number;
  if (error == ECONNREFUSED) return "refused";
  if (error == ETIMEDOUT) return "timed out";
  if (const Walk* told = find_last(seen, [&](const Walk& w) { return tells_sender(flow, w); }))
    return "unreachable " + icmp_name(told->packet);
  if (error == ENETUNREACH) return "unreachable network-unreachable";
  if (error == EHOSTUNREACH) return "unreachable host-unreachable";
  if (seen.not_sent && seen.not_sent->cause == Cause::prohibited)
    return "unreachable communication-prohibited";
  if (seen.not_sent && seen.not_sent->cause == Cause::blackhole) return "lost";
  return fmt::format("failed: {}", std::strerror(error));
}

/// What came back to the sender of a crafted packet, last of all; nullptr if nothing did.
const Walk* last_answer(const Flow& flow, const FlowSeen& seen) {
  return find_last(seen, [&](const Walk& walk) { return got_to_sender(flow, walk); });
}

/// A drop of what was sent or of what answered it. That the sender's own TCP resets a connection it
/// knows nothing of is not the flow's.
const Walk* drop_of_crafted(const Flow& flow, const FlowSeen& seen) {
  return find_last(seen, [&](const Walk& walk) {
    return was_dropped(walk) && (walk.direction == Direction::reply || is_first_packet(flow, walk));
  });
}

/// No socket tells: it went where the trace saw it go, and what answered is what was seen to come
/// back.
std::string describe_crafted(const Flow& flow, const FlowSeen& seen) {
  if (const Walk* drop = drop_of_crafted(flow, seen)) return describe_drop(flow, seen, *drop);
  if (const Walk* answer = last_answer(flow, seen)) {
    const bool closed_port =
        flow.kind == FlowKind::udp && icmp_name(answer->packet) == "port-unreachable";
    if (answer->packet.is_icmp_error())
      return closed_port ? "refused" : "unreachable " + icmp_name(answer->packet);
    const bool reset =
        answer->packet.protocol == kProtocolTcp && (answer->packet.tcp_flags & kTcpRst) != 0;
    return reset ? "refused" : "answered";
  }
  const bool arrived = std::any_of(seen.walks.begin(), seen.walks.end(), [&](const Walk& walk) {
    return is_first_packet(flow, walk) && walk.end.kind == WalkEnd::Kind::delivered;
  });
  return arrived ? "delivered" : "lost";
}

/// Did anything that was seen make the socket say ECONNREFUSED (tcp(7), icmp(7))?
bool was_refused(const Flow& flow, const FlowSeen& seen) {
  return std::any_of(seen.walks.begin(), seen.walks.end(), [&](const Walk& walk) {
    const bool reset =
        walk.packet.protocol == kProtocolTcp && (walk.packet.tcp_flags & kTcpRst) != 0;
    return (reset || walk.packet.is_icmp_error()) && got_to_sender(flow, walk);
  });
}

/// Why the first packets cannot have been answered; empty if one was delivered.
std::string no_request_delivered(const Flow& flow, const FlowSeen& seen) {
  const Walk* last = nullptr;
  for (const Walk& walk : seen.walks) {
    if (!is_first_packet(flow, walk)) continue;
    if (walk.end.kind == WalkEnd::Kind::delivered) return {};
    last = &walk;
  }
  if (!last) return "no packet that began it was seen";
  return fmt::format("no packet that began it was delivered: '{}' {}", last->name,
                     to_string(last->end));
}

}  // namespace

bool is_first_packet(const Flow& flow, const Walk& walk) {
  if (walk.direction != Direction::original) return false;
  if (flow.goes_on) return true;
  if (flow.craft) {
    const uint8_t flags = flow.craft->flags.value_or(0);
    return !is_named(walk, "rst") || (flags & kTcpRst) != 0;
  }
  switch (flow.kind) {
    case FlowKind::tcp:
      return is_named(walk, "syn");
    case FlowKind::udp:
      return is_named(walk, "data");
    case FlowKind::icmp:
      return is_named(walk, "echo-request");
    case FlowKind::other:
    case FlowKind::arp:
    case FlowKind::exec:
      break;
  }
  return true;
}

std::string outcome_of(const Flow& flow, const FlowSeen& seen) {
  switch (seen.result.socket) {
    case Socket::completed:
      return flow.kind == FlowKind::tcp ? "connected" : "answered";
    case Socket::pending:
    case Socket::half:
      return describe_silence(flow, seen);
    case Socket::failed:
      return describe_failure(flow, seen);
    case Socket::sent:
      return describe_crafted(flow, seen);
    case Socket::ran:
      return fmt::format("exited {}", seen.result.exit_status);
    case Socket::ended:
      break;
  }
  const Walk* drop = last_drop(seen);
  return drop ? describe_drop(flow, seen, *drop) : "ended";
}

bool has_outcome(const Flow& flow, const FlowSeen& seen, const std::string& asserted) {
  const std::string outcome = outcome_of(flow, seen);
  if (outcome == asserted || outcome.starts_with(asserted + " ")) return true;
  const bool silent = seen.result.socket == Socket::pending || seen.result.socket == Socket::half ||
                      seen.result.socket == Socket::failed;
  return asserted == "timed out" && silent && timed_out(seen.result);
}

const Walk* deciding_walk(const Flow& flow, const FlowSeen& seen) {
  const Socket socket = seen.result.socket;
  const Walk* drop = socket == Socket::failed ? drop_behind_failure(flow, seen)
                     : socket == Socket::sent ? drop_of_crafted(flow, seen)
                                              : last_drop(seen);
  if (drop) return drop;
  if (const Walk* told = find_last(seen, [&](const Walk& w) { return tells_sender(flow, w); }))
    return told;
  if (const Walk* astray =
          find_last(seen, [](const Walk& w) { return w.end.kind != WalkEnd::Kind::delivered; }))
    return astray;
  return seen.walks.empty() ? nullptr : &seen.walks.front();
}

std::string unheard_answer(const Flow& flow, const FlowSeen& seen, const Walk& walk) {
  if (!was_rejected(walk) || answer_heard(flow, seen, walk)) return {};
  const Walk* answer = find_last(seen, [&](const Walk& w) { return w.about == walk.name; });
  if (!answer) return "no answer to it was sent";
  return fmt::format("its answer '{}' {}", answer->name, to_string(answer->end));
}

std::vector<std::string> contradictions(const Flow& flow, const FlowSeen& seen) {
  std::vector<std::string> found;
  const FlowResult& result = seen.result;
  if (flow.kind == FlowKind::exec) return found;
  const std::string outcome = outcome_of(flow, seen);
  if (result.socket == Socket::completed) {
    const std::string why = no_request_delivered(flow, seen);
    if (!why.empty())
      found.push_back(
          fmt::format("flow '{}': the socket says '{}', but {}", flow.name, outcome, why));
  }
  if (result.socket == Socket::failed && result.error_number == ECONNREFUSED &&
      !was_refused(flow, seen))
    found.push_back(
        fmt::format("flow '{}': the socket says 'refused', but nothing that refuses was seen to "
                    "get to '{}'",
                    flow.name, flow.node));
  if (outcome.starts_with("failed: "))
    found.push_back(
        fmt::format("flow '{}': the socket {}, and nothing seen says why", flow.name, outcome));
  const bool taken_unseen =
      !result.accepted_by.empty() &&
      std::none_of(seen.walks.begin(), seen.walks.end(), [&](const Walk& walk) {
        const auto ends = ends_of(walk);
        return std::any_of(ends.begin(), ends.end(), [&](const WalkEnd* end) {
          return end->kind == WalkEnd::Kind::delivered && end->node == result.accepted_by;
        });
      });
  if (taken_unseen)
    found.push_back(
        fmt::format("flow '{}': the service of '{}' took it, but no packet was seen to get there",
                    flow.name, result.accepted_by));
  return found;
}

}  // namespace fwproof::judge
