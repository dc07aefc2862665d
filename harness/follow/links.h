// Which passages follow which: what left one node and came into the next with the same headers is
// one packet.
#pragma once

#include <cstddef>
#include <set>
#include <vector>

#include "follow/passage.h"
#include "follow/wires.h"

namespace fwproof::follow {

inline constexpr size_t kNone = static_cast<size_t>(-1);

/// How a passage hangs together with others.
struct Link {
  std::vector<size_t> next;    // the same packet in the next node; several for many
  std::vector<size_t> copies;  // made of it in its own node
  std::vector<size_t> pieces;  // the fragments it was cut into behind POSTROUTING
  size_t previous = kNone;     // the other way round, of `next`
  size_t cut_from = kNone;     // and of `pieces`
  bool apart = false;          // a copy that goes a way of its own
};

/// Those of all passages from `first` on.
class Links {
 public:
  Links(size_t first, size_t count) : first_(first), all_(count - first) {}

  size_t first() const { return first_; }
  Link& operator[](size_t i) { return all_[i - first_]; }
  const Link& operator[](size_t i) const { return all_[i - first_]; }

  void join(size_t from, size_t to) {
    (*this)[from].next.push_back(to);
    (*this)[to].previous = from;
  }

 private:
  size_t first_;
  std::vector<Link> all_;
};

/// All that a passage comes of, itself included.
std::set<size_t> origins(const std::vector<Passage>& passages, const Links& links, size_t of);

/// Is this packet, which a passage has to do with, for many? By its address, or because copies of
/// it were made.
bool is_for_many(const Links& links, const Passage& passage, size_t index, const Packet& packet);

/// Of all passages from `first` on; none before it may have to do with these.
Links find_links(const std::vector<Passage>& passages, const Wires& wires, size_t first);

}  // namespace fwproof::follow
