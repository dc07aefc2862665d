// Which parts of a packet a rule of nf_tables looks up in sets: by the loads of registers before
// each lookup.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/ruleset.h"

struct nftnl_expr;

namespace fwproof::observe {

/// What must be known of a set to tell what is looked up in it.
struct SetShape {
  uint32_t key_bytes = 0;
  bool changes = false;  // by packets or by itself: its elements are added by rules, or time out
  uint64_t handle = 0;   // no other set of the table ever has the same
};

/// The sets of one table, by name.
using SetShapes = std::map<std::string, SetShape, std::less<>>;

class LookupReader {
 public:
  /// `sets` must outlive this.
  explicit LookupReader(const SetShapes& sets) : sets_(&sets) {}

  /// Takes the expressions of one rule, in their order.
  void take(const nftnl_expr* expression, std::string_view name);

  const std::vector<SetLookup>& lookups() const { return lookups_; }

 private:
  struct Load {
    KeyPart part;
    uint32_t bytes;
  };
  void note_load(uint32_t reg, uint32_t bytes, const KeyPart* part);
  void take_lookup(const nftnl_expr* expression);
  std::vector<KeyPart> key_at(uint32_t place, uint32_t bytes) const;

  const SetShapes* sets_;
  std::map<uint32_t, Load> loads_;  // by where they begin, in units of 4 bytes
  std::vector<SetLookup> lookups_;
};

}  // namespace fwproof::observe
