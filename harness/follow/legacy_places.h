// Where the steps go that legacy tables tell: without a trace id and on another socket than the
// rest. Each is put into the passage whose packet has the same identity and whose hook has not
// heard this table yet.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "follow/passage.h"
#include "model/trace.h"

namespace fwproof::follow {

class LegacyPlaces {
 public:
  using Append = std::function<void(HookVisit&, const TraceEvent&)>;

  /// In the order of each node's socket.
  void wait(const TraceEvent& event) { waiting_.push_back(event); }

  /// Appends to `passages` what has a place there by now, as the last step of its hook.
  void place(std::vector<Passage>& passages, const PassagesByIdentity& by_identity,
             const Append& append);

  /// Those that still wait.
  std::vector<std::string> problems() const;

 private:
  static constexpr size_t kNowhere = static_cast<size_t>(-1);
  struct Place {
    size_t passage = kNowhere;
    Hook hook = Hook::prerouting;
  };

  Place find(const TraceEvent& event, const std::vector<Passage>& passages,
             const PassagesByIdentity& by_identity) const;
  Place find_in_hook(const TraceEvent& event, Hook hook, const std::vector<Passage>& passages,
                     const PassagesByIdentity& by_identity) const;

  std::vector<TraceEvent> waiting_;
  std::map<std::string, Place> last_;                     // by node: where the last one went
  std::set<std::tuple<size_t, Hook, std::string>> done_;  // passage, hook, table: has ended
};

}  // namespace fwproof::follow
