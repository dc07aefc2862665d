// Fragments of IPv6 that are not their packet's first. The kernel's trace does not tell where such
// a one goes (observe/packet_decode.h, decode_later_fragment6()); its ends are those of the first,
// which a node may see before it or, if they are sent in another order, after it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/packet.h"
#include "model/trace.h"

namespace fwproof::follow {

class LaterFragments {
 public:
  using Go = std::function<void(const TraceEvent&)>;

  /// Hands the event to `go`, with its packet's ends. From a later fragment on whose first has not
  /// been seen, a node's events are kept, and handed on in their order when it is.
  void take(const TraceEvent& event, const Go& go);

  /// Those whose first never came.
  std::vector<std::string> problems() const;

 private:
  using Key = std::pair<std::string, std::string>;
  static Key key_of(const TraceEvent& event);
  bool may_go(const TraceEvent& event) const;
  void hand_on(TraceEvent event, const Go& go) const;

  std::map<Key, Packet>
      first_;  // node and what is told of a source -> the first fragment seen last
  std::map<std::string, std::deque<TraceEvent>> held_;  // by node
};

}  // namespace fwproof::follow
