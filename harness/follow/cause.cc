#include "follow/cause.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <tuple>
#include <vector>

namespace fwproof::follow {
namespace {

/// How far the packet had got in the node it was lost in.
enum class Stage { inside_hook, routing, sending, delivered };

struct Vote {
  Cause cause;
  std::string node;
  std::string evidence;
};
using Votes = std::vector<Vote>;

bool is_v6(const Walk& walk) { return walk.packet.source.is_v6(); }

std::optional<Stage> stage_of(const Walk& walk) {
  const HookVisit& last = last_hook(walk);
  switch (walk.end.kind) {
    case WalkEnd::Kind::delivered:
      return Stage::delivered;
    case WalkEnd::Kind::left:
      return Stage::sending;
    case WalkEnd::Kind::dropped:
    case WalkEnd::Kind::taken:
    case WalkEnd::Kind::split:
    case WalkEnd::Kind::joined:
    case WalkEnd::Kind::waiting:
      return std::nullopt;
    case WalkEnd::Kind::lost:
      break;
  }
  // Where br_netfilter has IP's PREROUTING asked from within a bridge's, the bridge's INPUT is the
  // last before a packet is routed.
  const bool to_be_routed =
      last.hook == Hook::prerouting || (last.hook == Hook::input && last.bridge);
  if (last.passed && to_be_routed) return Stage::routing;
  if (last.passed && last.hook == Hook::postrouting) return Stage::sending;
  if (last.passed && last.hook == Hook::input) return Stage::delivered;
  const bool handed_over = walk.end.step && (walk.end.step->verdict == Verdict::queue ||
                                             walk.end.step->verdict == Verdict::stolen);
  if (last.passed || handed_over) return std::nullopt;
  return Stage::inside_hook;
}

/// Resets and ICMP errors end something: that no socket takes them up says nothing.
bool answers_to_nobody(const Walk& walk) {
  const bool reset = walk.packet.protocol == kProtocolTcp && (walk.packet.tcp_flags & kTcpRst) != 0;
  return reset || walk.packet.is_icmp_error();
}

/// The kernel's reasons (net/dropreason-core.h) and where each can strike.
struct Reason {
  std::string_view name;
  Cause cause;
  Stage stage;
};
constexpr std::array kReasons{
    Reason{"IP_INNOROUTES", Cause::no_route, Stage::routing},
    Reason{"IP_INADDRERRORS", Cause::not_forwarding, Stage::routing},
    Reason{"IP_RPFILTER", Cause::rp_filter, Stage::routing},
    Reason{"IP_LOCAL_SOURCE", Cause::martian, Stage::routing},
    Reason{"IP_INVALID_SOURCE", Cause::martian, Stage::routing},
    Reason{"IP_INVALID_DEST", Cause::martian, Stage::routing},
    Reason{"IP_LOCALNET", Cause::martian, Stage::routing},
    Reason{"IP_INHDR", Cause::ttl, Stage::routing},
    Reason{"PKT_TOO_BIG", Cause::mtu, Stage::routing},
    Reason{"NEIGH_FAILED", Cause::neighbour, Stage::sending},
    Reason{"NEIGH_QUEUEFULL", Cause::neighbour, Stage::sending},
    Reason{"IP_CSUM", Cause::checksum, Stage::sending},
    Reason{"IP_OUTNOROUTES", Cause::no_route, Stage::delivered},
    Reason{"NO_SOCKET", Cause::no_listener, Stage::delivered},
    Reason{"SOCKET_FILTER", Cause::socket_filter, Stage::delivered},
    Reason{"TCP_CSUM", Cause::checksum, Stage::delivered},
    Reason{"UDP_CSUM", Cause::checksum, Stage::delivered},
    Reason{"ICMP_CSUM", Cause::checksum, Stage::delivered},
    Reason{"SKB_CSUM", Cause::checksum, Stage::delivered},
};

/// What the kernel counts (proc(5), SNMP counters of the kernel's documentation) and where.
struct CounterMeaning {
  std::string_view name;
  Cause cause;
  Stage stage;
};
constexpr std::array kCounters{
    CounterMeaning{"nf_conntrack drop", Cause::conntrack_full, Stage::inside_hook},
    // nf_confirm(), behind the last hook of a node (net/netfilter/nf_conntrack_core.c).
    CounterMeaning{"nf_conntrack insert_failed", Cause::conntrack_clash, Stage::sending},
    CounterMeaning{"nf_conntrack insert_failed", Cause::conntrack_clash, Stage::delivered},
    CounterMeaning{"IpExt InNoRoutes", Cause::no_route, Stage::routing},
    CounterMeaning{"Ip6InNoRoutes", Cause::no_route, Stage::routing},
    CounterMeaning{"Ip InAddrErrors", Cause::not_forwarding, Stage::routing},
    CounterMeaning{"TcpExt IPReversePathFilter", Cause::rp_filter, Stage::routing},
    CounterMeaning{"Ip FragFails", Cause::mtu, Stage::routing},
    CounterMeaning{"Ip6InTooBigErrors", Cause::mtu, Stage::routing},
    CounterMeaning{"Ip OutNoRoutes", Cause::no_route, Stage::delivered},  // for the answer
    CounterMeaning{"Ip6OutNoRoutes", Cause::no_route, Stage::delivered},
    CounterMeaning{"Udp NoPorts", Cause::no_listener, Stage::delivered},
    CounterMeaning{"Udp6NoPorts", Cause::no_listener, Stage::delivered},
    CounterMeaning{"Tcp InCsumErrors", Cause::checksum, Stage::delivered},
    CounterMeaning{"Udp InCsumErrors", Cause::checksum, Stage::delivered},
    CounterMeaning{"Udp6InCsumErrors", Cause::checksum, Stage::delivered},
    CounterMeaning{"Icmp InCsumErrors", Cause::checksum, Stage::delivered},
    CounterMeaning{"Icmp6InCsumErrors", Cause::checksum, Stage::delivered},
};

uint64_t growth(const LossEvidence& evidence, const std::string& node, const std::string& counter) {
  const auto of_node = evidence.grown.find(node);
  if (of_node == evidence.grown.end()) return 0;
  const auto found = of_node->second.find(counter);
  return found == of_node->second.end() ? 0 : found->second;
}

std::string grew(const std::string& counter, uint64_t by, const std::string& node) {
  return fmt::format("{} +{} on {}", counter, by, node);
}

/// What is asked of all walks of a flow for each of them, looked up once.
class Overview {
 public:
  explicit Overview(const std::vector<Walk>& walks) {
    for (const Walk& walk : walks) {
      const bool reset =
          walk.packet.protocol == kProtocolTcp && (walk.packet.tcp_flags & kTcpRst) != 0;
      if (reset || walk.packet.is_icmp_error()) answers_[walk.visits.front().node].push_back(&walk);
      ++alike_[{walk.end.kind, walk.end.node, walk.packet.protocol}];
    }
  }

  /// ICMP errors and resets that a node sent.
  const std::vector<const Walk*>& answers_of(const std::string& node) const {
    static const std::vector<const Walk*> none;
    const auto found = answers_.find(node);
    return found == answers_.end() ? none : found->second;
  }

  /// How many packets of its protocol ended as this one did.
  uint64_t alike(const Walk& walk) const {
    return alike_.at({walk.end.kind, walk.end.node, walk.packet.protocol});
  }

 private:
  std::map<std::string, std::vector<const Walk*>> answers_;
  std::map<std::tuple<WalkEnd::Kind, std::string, uint8_t>, uint64_t> alike_;
};

/// Finds the cause of one walk's end.
class Finder {
 public:
  Finder(const LossEvidence& evidence, const FlowSeen& seen, const Overview& overview,
         const Walk& walk, Stage stage)
      : evidence_(evidence),
        seen_(seen),
        overview_(overview),
        walk_(walk),
        node_(walk.end.node),
        stage_(stage) {}

  std::optional<CauseFound> find() {
    const Votes levels[] = {of_this_packet(), of_counters(), of_reasons()};
    std::optional<CauseFound> found;
    for (const Votes& votes : levels) {
      std::set<Cause> causes;
      for (const Vote& vote : votes) causes.insert(vote.cause);
      if (!found && causes.size() > 1) return std::nullopt;
      for (const Vote& vote : votes) {
        if (!found) found = CauseFound{vote.cause, vote.node, {}};
        if (vote.cause == found->cause) found->evidence.push_back(vote.evidence);
      }
    }
    return found;
  }

 private:
  Votes of_this_packet() const {
    Votes votes;
    for (const Walk* answer : overview_.answers_of(node_))
      if (const auto cause = told_by(*answer))
        votes.push_back({*cause, node_, fmt::format("{} sent '{}'", node_, answer->name)});
    if (const auto refusal = evidence_.refusals.find(walk_.name);
        refusal != evidence_.refusals.end() && stage_ == Stage::routing)
      if (const auto cause = refused_for(refusal->second))
        votes.push_back(
            {*cause, node_,
             fmt::format("on {}, '{}' says {}", node_, refusal->second.question,
                         std::generic_category().message(refusal->second.error_number))});
    if (stage_ != Stage::sending) return votes;
    const std::string& dev = last_hook(walk_).out_dev;
    for (const SilentNeighbour& neighbour : evidence_.neighbours)
      if (neighbour.node == node_ && neighbour.dev == dev)
        votes.push_back({Cause::neighbour, node_,
                         fmt::format("neighbour {} on {} {} is FAILED",
                                     neighbour.address.to_string(), node_, dev)});
    return votes;
  }

  /// What this packet, which the node sent, says of the walk's.
  std::optional<Cause> told_by(const Walk& answer) const {
    const bool reset = answer.packet.protocol == kProtocolTcp &&
                       (answer.packet.tcp_flags & kTcpRst) != 0 &&
                       answer.direction != walk_.direction && answer.about.empty();
    if (reset && stage_ == Stage::delivered && walk_.packet.tcp_flags == kTcpSyn)
      return Cause::no_listener;
    if (answer.about != walk_.name || !answer.packet.is_icmp_error()) return std::nullopt;
    const std::string name = icmp_name(answer.packet);
    if (name == "port-unreachable" && stage_ == Stage::delivered) return Cause::no_listener;
    if (name == "time-exceeded" && stage_ == Stage::routing) return Cause::ttl;
    if (name == "fragmentation-needed" || name == "packet-too-big") return Cause::mtu;
    const bool host = name == "host-unreachable" || name == "address-unreachable";
    if (host && stage_ == Stage::sending) return Cause::neighbour;
    if (stage_ != Stage::routing) return std::nullopt;
    if (host || name == "network-unreachable" || name == "no-route") return Cause::no_route;
    if (name == "communication-prohibited") return Cause::prohibited;
    return std::nullopt;
  }

  /// By errors of net/ipv4/route.c and net/ipv4/fib_semantics.c (fib_props).
  std::optional<Cause> refused_for(const RouteRefusal& refusal) const {
    switch (refusal.error_number) {
      case ENETUNREACH:
        return Cause::no_route;
      case EACCES:
        return Cause::prohibited;
      case EHOSTUNREACH:
        return refusal.for_itself_too ? Cause::no_route : Cause::not_forwarding;
      case EXDEV:
        return Cause::rp_filter;
      case EINVAL:
        if (refusal.for_itself_too) return Cause::blackhole;
        // Also of a group that nobody there has joined (ip_route_input_rcu()).
        if (walk_.packet.is_for_many()) return std::nullopt;
        return growth(evidence_, node_, "TcpExt IPReversePathFilter") > 0 ? Cause::rp_filter
                                                                          : Cause::martian;
      default:
        return std::nullopt;
    }
  }

  Votes of_counters() const {
    Votes votes;
    for (const CounterMeaning& counter : kCounters) {
      const std::string name(counter.name);
      const uint64_t by = growth(evidence_, node_, name);
      if (by > 0 && counter.stage == stage_ && speaks_of_it(counter) && accounts_for_all(by))
        votes.push_back({counter.cause, node_, grew(name, by, node_)});
    }
    if (stage_ == Stage::routing) vote_for_ttl(votes);
    if (stage_ == Stage::sending) vote_for_bad_header(votes);
    if (stage_ == Stage::delivered) vote_for_filter(votes);
    return votes;
  }

  /// A program may have sent packets that were taken and others that were not. Which of those that
  /// came as far as this one were counted is certain only if all were.
  bool accounts_for_all(uint64_t counted) const {
    const auto socket = seen_.result.socket;
    const bool program = socket == FlowResult::Socket::ran || socket == FlowResult::Socket::ended;
    if (!program || stage_ != Stage::delivered) return true;
    return overview_.alike(walk_) <= counted;
  }

  /// A counter of a protocol speaks of packets of that protocol.
  bool speaks_of_it(const CounterMeaning& counter) const {
    if (counter.stage != Stage::delivered || counter.cause == Cause::no_route ||
        counter.cause == Cause::conntrack_clash)
      return true;
    const uint8_t protocol = walk_.packet.protocol;
    if (counter.name.starts_with("Tcp")) return protocol == kProtocolTcp;
    if (counter.name.starts_with("Udp")) return protocol == kProtocolUdp;
    return walk_.packet.is_icmp();
  }

  /// InHdrErrors tells of more than the TTL.
  void vote_for_ttl(Votes& votes) const {
    const auto& sight = last_hook(walk_).at_end;
    if (!sight || sight->ttl > 1) return;
    const std::string name = is_v6(walk_) ? "Ip6InHdrErrors" : "Ip InHdrErrors";
    if (const uint64_t by = growth(evidence_, node_, name))
      votes.push_back({Cause::ttl, node_, grew(name, by, node_)});
  }

  /// A header with a wrong checksum is thrown away before any hook, in the next node.
  void vote_for_bad_header(Votes& votes) const {
    static const std::string kName = "IpExt InCsumErrors";
    for (const auto& [node, grown] : evidence_.grown)
      if (const uint64_t by = growth(evidence_, node, kName))
        votes.push_back({Cause::checksum, node, grew(kName, by, node)});
  }

  /// Of what UDP counts as an error, that which is neither a checksum nor a full buffer
  /// (net/ipv4/udp.c, udp_queue_rcv_one_skb). TCP counts nothing.
  void vote_for_filter(Votes& votes) const {
    if (walk_.packet.protocol != kProtocolUdp) return;
    const std::string udp = is_v6(walk_) ? "Udp6" : "Udp ";
    const uint64_t others = growth(evidence_, node_, udp + "InCsumErrors") +
                            growth(evidence_, node_, udp + "RcvbufErrors");
    const uint64_t all = growth(evidence_, node_, udp + "InErrors");
    if (all > others && accounts_for_all(all - others))
      votes.push_back({Cause::socket_filter, node_, grew(udp + "InErrors", all, node_)});
  }

  Votes of_reasons() const {
    Votes votes;
    std::set<std::string_view> named;
    for (const std::string& name : evidence_.reasons)
      for (const Reason& reason : kReasons)
        if (reason.name == name && reason.stage == stage_ && named.insert(name).second)
          votes.push_back({reason.cause, node_, "drop reason " + name});
    return votes;
  }

  const LossEvidence& evidence_;
  const FlowSeen& seen_;
  const Overview& overview_;
  const Walk& walk_;
  const std::string& node_;
  Stage stage_;
};

/// connect(2), send(2): the error of a packet that never came to be.
std::optional<Cause> cause_of_error(int error_number) {
  switch (error_number) {
    case ENETUNREACH:
    case EHOSTUNREACH:
      return Cause::no_route;
    case EACCES:
      return Cause::prohibited;
    case EINVAL:
      return Cause::blackhole;
    case EMSGSIZE:
      return Cause::mtu;
    default:
      return std::nullopt;
  }
}

void explain_nothing_sent(const Flow& flow, const LossEvidence& evidence, FlowSeen& seen) {
  if (!seen.walks.empty() || seen.result.socket != FlowResult::Socket::failed) return;
  const auto cause = cause_of_error(seen.result.error_number);
  if (!cause) return;
  CauseFound found{*cause, flow.node, {}};
  found.evidence.push_back(fmt::format("the socket of {} says {}", flow.node,
                                       std::generic_category().message(seen.result.error_number)));
  for (const char* name : {"Ip OutNoRoutes", "Ip6OutNoRoutes"})
    if (const uint64_t by = growth(evidence, flow.node, name); by > 0 && *cause == Cause::no_route)
      found.evidence.push_back(grew(name, by, flow.node));
  seen.not_sent = std::move(found);
}

}  // namespace

void find_causes(const Flow& flow, const LossEvidence& evidence, FlowSeen& seen) {
  const bool served = seen.result.socket == FlowResult::Socket::completed;
  const Overview overview(seen.walks);
  for (Walk& walk : seen.walks) {
    walk.end.cause.reset();
    const auto stage = stage_of(walk);
    if (!stage || (*stage == Stage::delivered && (served || answers_to_nobody(walk)))) continue;
    walk.end.cause = Finder(evidence, seen, overview, walk, *stage).find();
    const bool clash = walk.end.cause && walk.end.cause->cause == Cause::conntrack_clash;
    if (clash) walk.end.kind = WalkEnd::Kind::lost;  // it got no further than the last hook
  }
  explain_nothing_sent(flow, evidence, seen);
}

bool is_final(const Walk& walk) {
  if (!walk.end.cause) return false;
  const Cause cause = walk.end.cause->cause;
  return cause != Cause::mtu && cause != Cause::neighbour && cause != Cause::no_listener;
}

}  // namespace fwproof::follow
