// From the kernel's trace messages to passages: what one packet met on one way through one node's
// stack, from its entry (PREROUTING or OUTPUT) to where it left, ended or was lost.
//
// nf_tables' trace is the skeleton: fwproof's own chains stand first and last in each hook (one is
// both where nothing else can stand), so a message of a `first` chain begins a passage and all
// messages of the same trace id belong to it, until the next one begins (ids are reused within
// moments). Where the steps of legacy tables go, follow/legacy_places.h says.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "follow/legacy_places.h"
#include "follow/passage.h"
#include "model/rules_in_force.h"
#include "model/trace.h"
#include "model/walk.h"

namespace fwproof::follow {

/// What the fragments of one packet share: its ends, protocol and identification. A whole packet of
/// IPv6 has no identification, and so comes before all fragments with its ends.
using PieceKey = std::tuple<IpAddress, IpAddress, uint8_t, uint32_t>;
PieceKey piece_key(const Packet& packet);

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

  size_t make(const TraceEvent& event);
  void begin(const TraceEvent& event, Hook hook);
  bool goes_on(const TraceEvent& event, Hook entry);
  size_t original_of(const TraceEvent& event) const;
  bool is_copy(const TraceEvent& event, const TraceChain& chain) const;
  void begin_bridged_copy(const TraceEvent& event);
  size_t find(const TraceEvent& event, const TraceChain* own);
  using Pieces = std::map<std::pair<std::string, PieceKey>, std::vector<size_t>>;
  Pieces::iterator pieces_of(const TraceEvent& event);
  size_t begin_whole(const TraceEvent& event, const TraceChain* own);
  size_t begin_copy(const TraceEvent& event, const TraceChain* own);
  void add_nf_tables(const TraceEvent& event);
  void find_renamed(const TraceEvent& event, Hook hook);
  void note_own(Passage& passage, const TraceChain& chain, const TraceEvent& event);
  void append(HookVisit& visit, const TraceEvent& event);
  HookVisit& visit_of_device(Passage& passage, const TraceEvent& event);
  size_t begin_sent_copy(const TraceEvent& event);
  static void begin_egress(Passage& passage, const TraceEvent& event);

  Backend backend_;
  const RulesByNode& rules_;
  std::vector<Passage> all_;
  std::map<std::string, size_t> count_;                       // passages by node
  std::map<std::pair<std::string, uint32_t>, size_t> by_id_;  // node, trace id -> newest passage
  PassagesByIdentity by_identity_;
  /// Node and what fragments of one packet have in common -> those that may yet be made whole.
  Pieces pieces_;
  LegacyPlaces legacy_;
  size_t drops_ = 0;
  std::vector<std::string> problems_;
};

}  // namespace fwproof::follow
