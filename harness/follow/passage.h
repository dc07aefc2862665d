// From the kernel's trace messages to passages: what one packet met on one way through one node's
// stack, from its entry (PREROUTING or OUTPUT) to where it left, ended or was lost.
//
// nf_tables' trace is the skeleton: fwproof's own chains stand first and last in each hook (one is
// both where nothing else can stand), so a message of a `first` chain begins a passage and all
// messages of the same trace id belong to it, until the next one begins (ids are reused within
// moments). Legacy tables tell their steps without an id and on another socket: each is put into
// the passage whose packet has the same identity and whose hook has not heard this table yet.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "follow/later_fragments.h"
#include "model/rules_in_force.h"
#include "model/trace.h"
#include "model/walk.h"

namespace fwproof::follow {

/// What the fragments of one packet share: its ends, and IPv4's protocol and identification. IPv6's
/// identification stands where the trace does not look.
using PieceKey = std::tuple<IpAddress, IpAddress, uint8_t, uint16_t>;
PieceKey piece_key(const Packet& packet);

struct Passage {
  NodeVisit visit;
  bool came_in = false;  // began in PREROUTING, not in OUTPUT
  Packet packet;         // as it was at the start
  size_t number = 0;     // order among the passages of its node
  /// The passage that this is a copy of: of a packet for many, POSTROUTING sees one more, which the
  /// node hears itself (net/ipv4/ip_output.c, ip_mc_output()).
  std::optional<size_t> copy_of;
  /// A fragment: the passage of the whole packet that the node made of it and others. Connection
  /// tracking does so in PREROUTING or OUTPUT (priority -400, nf_defrag_ipv4.c), delivery before
  /// INPUT.
  std::optional<size_t> whole;
  std::vector<size_t> fragments;  // what this one was made of, likewise
};

class Passages {
 public:
  /// `backend` decides whether a policy is written DROP or drop.
  Passages(Backend backend, const RulesByNode& rules) : backend_(backend), rules_(rules) {}

  /// Takes events in the order of each node's socket.
  void add(const TraceEvent& event);

  const std::vector<Passage>& all() const { return all_; }

  /// How many steps said drop so far.
  size_t drops() const { return drops_; }

  /// Events that fit nowhere, and passages that contradict themselves. Call it once nothing more
  /// will come.
  std::vector<std::string> problems() const;

 private:
  static constexpr size_t kNowhere = static_cast<size_t>(-1);
  struct Place {
    size_t passage = kNowhere;
    Hook hook = Hook::prerouting;
  };

  size_t make(const TraceEvent& event);
  void begin(const TraceEvent& event, Hook hook);
  bool goes_on(const TraceEvent& event, Hook entry);
  bool is_copy(const TraceEvent& event, const TraceChain& chain) const;
  size_t find(const TraceEvent& event, const TraceChain* own);
  size_t begin_whole(const TraceEvent& event, const TraceChain* own);
  size_t begin_copy(const TraceEvent& event, const TraceChain* own);
  void add_nf_tables(const TraceEvent& event);
  void find_renamed(const TraceEvent& event);
  void note_own(Passage& passage, const TraceChain& chain, const TraceEvent& event);
  void append(HookVisit& visit, const TraceEvent& event);
  static void begin_egress(Passage& passage, const TraceEvent& event);
  Place find_place(const TraceEvent& event, Hook hook) const;
  bool place_legacy(const TraceEvent& event);
  void place_waiting();

  Backend backend_;
  const RulesByNode& rules_;
  std::vector<Passage> all_;
  std::map<std::string, size_t> count_;                       // passages by node
  std::map<std::pair<std::string, uint32_t>, size_t> by_id_;  // node, trace id -> newest passage
  /// Node and what no NAT changes -> the passages of packets like it, oldest first.
  std::map<std::pair<std::string, IdentityKey>, std::vector<size_t>> by_identity_;
  /// Node and what fragments of one packet have in common -> those that may yet be made whole.
  std::map<std::pair<std::string, PieceKey>, std::vector<size_t>> pieces_;
  LaterFragments later_fragments_;
  std::vector<TraceEvent> waiting_;                              // legacy events not placed yet
  std::map<std::string, Place> last_legacy_;                     // by node: where the last one went
  std::set<std::tuple<size_t, Hook, std::string>> legacy_done_;  // passage, hook, table: has ended
  size_t drops_ = 0;
  std::vector<std::string> problems_;
};

}  // namespace fwproof::follow
