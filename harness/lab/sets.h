// The sets of a node as the kernel holds them now: those of nf_tables by libnftables, those of
// ipset by its program, the lists of xt_recent by their files (/proc/net/xt_recent).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/set.h"
#include "nl/netns.h"

namespace fwproof::lab {

/// All named sets and maps of the node; of those that a check means, the elements too, and what the
/// elements that the check names are to the set. Where the
/// program ipset is not installed there is no set of it. Throws MachineError.
std::vector<SetSeen> read_sets(const nl::Netns& netns, const std::string& node,
                               const std::vector<SetCheck>& checks);

/// Asks the kernel what it finds for a key in sets of nf_tables.
class ElementFinder {
 public:
  /// Throws MachineError.
  ElementFinder(const nl::Netns& netns, const std::string& node);
  ~ElementFinder();
  ElementFinder(const ElementFinder&) = delete;
  ElementFinder& operator=(const ElementFinder&) = delete;
  ElementFinder(ElementFinder&&) = delete;
  ElementFinder& operator=(ElementFinder&&) = delete;

  /// The element that holds `key`, of the set or map: "10.0.1.0/24", "22 : accept". Empty if there
  /// is none, or libnftables does not tell it whole.
  std::string find(Family family, const std::string& table, const std::string& set,
                   const std::string& key);

 private:
  const nl::Netns& netns_;
  std::unique_ptr<class Nft> nft_;
};

/// The elements in what `nft list set` says of one set.
std::vector<SetElement> elements_of_nft(std::string_view listed);

/// The elements in what `ipset save` says of one set.
std::vector<SetElement> elements_of_ipset(std::string_view saved, const std::string& name);

}  // namespace fwproof::lab
