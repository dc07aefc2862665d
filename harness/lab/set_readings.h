// What elements that somebody wrote are to a set, in the words of the tool that lists it: each is
// put into an empty set of the same type, in a namespace that is there for nothing else, and read
// back. So 7 is 0x00000007 where the set is one of marks, and ssh is 22.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lab/nft.h"
#include "model/set.h"
#include "nl/netns.h"

namespace fwproof::lab {

class NftReadings {
 public:
  /// `listed`: what `nft list set` says of it. Throws MachineError.
  NftReadings(const std::string& node, Family family, std::string_view listed);

  SetReading read(const SetElement& written);

 private:
  std::vector<SetElement> read_in(const char* set, const std::string& key,
                                  const std::string& timeout, SetReading& reading);
  void read_value(const SetElement& written, SetReading& reading);

  std::string family_;
  std::string data_;  // the type of what a map holds; empty: a set
  nl::Netns netns_;
  std::unique_ptr<Nft> nft_;
};

class IpsetReadings {
 public:
  /// `create`: the line of `ipset save` that makes the set. Throws MachineError.
  IpsetReadings(std::string node, std::string name, std::string create);

  SetReading read(const SetElement& written);

 private:
  std::string node_;
  std::string name_;
  std::string create_;
  nl::Netns netns_;
};

/// xt_recent keeps addresses.
SetReading read_address(const SetElement& written);

}  // namespace fwproof::lab
